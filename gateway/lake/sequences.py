"""Several records of each person: which of them an extract reads, chosen in the engine.

A person's first record, by contribution rank, says what doesn't change: of every quasi-identifier
outside the policy's `sequence`, its value at the floor is the person's. Records that differ in
one of them are left out, so that no released value is invented and none changes. Of the others
the first ones are kept, as many as the policy allows. Which records of a person are chosen never
depends on anybody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policies.plans import ColumnPlan, ExtractPlan

DIFFERING = "differing-records"
NUMBER = "weir_number"


def constant_columns(plan: ExtractPlan) -> tuple[ColumnPlan, ...]:
    """Return the quasi-identifiers that mustn't change within a person."""
    return tuple(
        column
        for column in plan.columns
        if column.quasi_identifier and column.name not in plan.protection.sequence
    )


def first_of_each(records: ibis.Table) -> ibis.Table:
    """Keep each person's record of lowest contribution rank."""
    first = records.group_by("weir_person").aggregate(weir_first=records.weir_rank.min())
    return records.semi_join(
        first,
        [
            records.weir_person == first.weir_person,
            records.weir_rank == first.weir_first,
        ],
    )


def like_the_first(records: ibis.Table, columns: Sequence[str]) -> ibis.Table:
    """Keep the records that have their person's first record's codes in these columns."""
    firsts = {f"{name}_first": name for name in columns}
    first = first_of_each(records).select("weir_person", **firsts)
    joined = records.inner_join(first, "weir_person")
    same = (joined[name] == joined[f"{name}_first"] for name in columns)
    return joined.filter(ibis.and_(*same)).select(*records.columns)


def up_to(most: int, records: ibis.Table) -> ibis.Table:
    """Keep so many records of each person, those of lowest rank."""
    within = ibis.window(group_by="weir_person", order_by="weir_rank")
    ranked = records.mutate(weir_nth=ibis.row_number().over(within))
    return ranked.filter(ranked.weir_nth < most).drop("weir_nth")


def with_numbers(records: ibis.Table) -> ibis.Table:
    """Number people from 0, in no order, so that arrays can be indexed by person."""
    people = records.select("weir_person").distinct()
    numbered = people.mutate(**{NUMBER: ibis.row_number().cast("int64")})
    return records.inner_join(numbered, "weir_person")

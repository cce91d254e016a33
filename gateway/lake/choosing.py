"""Choosing which of a person's permitted records an extract reads: the first, or a sequence.

What falls out is counted by its rule. Which records of a person are chosen never depends on
anybody else's.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.lake.consent import PERMITTED
from gateway.lake.lookups import Lookup, distinct_values, join_codes
from gateway.lake.sequences import (
    DIFFERING,
    constant_columns,
    like_the_first,
    up_to,
    with_numbers,
)
from policies.ladders import column_ladder

if TYPE_CHECKING:
    import ibis
    from ibis.backends.duckdb import Backend

    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan

FURTHER = "further-records"


def chosen_tables(table: str) -> tuple[str, ...]:
    """Return the names of all tables that choosing into a table may leave behind."""
    return table, _later(table), _every(table)


@dataclass(frozen=True)
class Choosing:
    """Staged records on their way into a table of the chosen ones.

    Attributes:
        backend: the engine, in whose memory the tables are.
        staged: every record of the snapshot (`stages`).
        table: takes the chosen records; tables beside it help.
    """

    backend: Backend
    staged: ibis.Table
    table: str

    def first_of_each(self) -> dict[str, int]:
        """Keep each person's permitted record of lowest rank; return what fell out, and why.

        That is the person's record of rank 1 nearly always, which needs no grouping. Only the
        people whose first record isn't permitted are grouped by.
        """
        left_out: Counter[str] = Counter()
        later = 0
        for row in self._count_stages():
            if row["weir_stage"] != PERMITTED:
                left_out[row["weir_stage"]] += row["records"]
            elif row["later"]:
                later = row["records"]
        permitted = self._permitted
        first = permitted.filter(permitted.weir_rank == 1).drop("weir_rank")
        self.backend.create_table(self.table, first)
        firsts = self._count(self._chosen)
        if later:
            self._keep_later()
        further = later + firsts - self._count(self._chosen)
        return {**dict(sorted(left_out.items())), **({FURTHER: further} if further else {})}

    def _keep_later(self) -> None:
        """Keep the first permitted record of those whose record of rank 1 isn't."""
        already, permitted = self._chosen, self._permitted
        others = permitted.filter(permitted.weir_rank > 1).anti_join(already, "weir_person")
        lowest = self.backend.create_table(
            _later(self.table),
            others.group_by("weir_person").aggregate(weir_rank=others.weir_rank.min()),
        )
        chosen = permitted.semi_join(lowest, ["weir_person", "weir_rank"])
        self.backend.insert(self.table, chosen.select(*already.columns))

    def sequences(self, document: DatasetDocument, plan: ExtractPlan) -> dict[str, int]:
        """Keep as many records of each person's sequence as allowed; return what fell out.

        Args:
            document: the dataset.
            plan: how many are allowed, and what mustn't change between them.
        """
        left_out: Counter[str] = Counter()
        for row in self._count_stages():
            left_out[row["weir_stage"]] += row["records"]
        permitted = self._permitted
        records = self.backend.create_table(_every(self.table), permitted)
        alike = like_the_first(*_with_floors(self.backend, records, document, plan))
        few = up_to(plan.protection.max_records_per_person, alike).select(*permitted.columns)
        numbered = with_numbers(self.backend.create_table(_later(self.table), few))
        self.backend.create_table(self.table, numbered.drop("weir_rank"))
        every, same = left_out.pop(PERMITTED, 0), self._count(alike)
        of_people = {DIFFERING: every - same, FURTHER: same - self._count(self._chosen)}
        return dict(sorted(left_out.items())) | {k: n for k, n in of_people.items() if n}

    @property
    def _permitted(self) -> ibis.Table:
        return self.staged.filter(self.staged.weir_stage == PERMITTED).drop("weir_stage")

    @property
    def _chosen(self) -> ibis.Table:
        return self.backend.table(self.table)

    def _count(self, records: ibis.Table) -> int:
        return int(self.backend.to_pyarrow(records.count()).as_py())

    def _count_stages(self) -> list[dict[str, Any]]:
        """Count the records of each stage, first ones and later ones of their people apart."""
        ranked = self.staged.mutate(later=self.staged.weir_rank > 1)
        counted = ranked.group_by("weir_stage", "later").aggregate(records=ranked.count())
        rows: list[dict[str, Any]] = self.backend.to_pyarrow(counted).to_pylist()
        return rows


def _with_floors(
    backend: Backend, records: ibis.Table, document: DatasetDocument, plan: ExtractPlan
) -> tuple[ibis.Table, tuple[str, ...]]:
    """Put the floor codes of what mustn't change beside the values, and name them."""
    floors = {}
    for column in constant_columns(plan):
        ladder = column_ladder(document, column.name, column.min_population)
        assert ladder is not None  # noqa: S101 - the lint refuses a coarsened column without one
        climb = ladder.climb(distinct_values(backend, records, column.name))
        codes = climb.rung(column.floor).codes
        floors[f"weir_floor_{column.name}"] = Lookup(climb.values, codes)
    copies = {name: records[name.removeprefix("weir_floor_")] for name in floors}
    return join_codes(records.mutate(**copies), floors), tuple(floors)


def _later(table: str) -> str:
    return f"{table}_later"


def _every(table: str) -> str:
    return f"{table}_every"

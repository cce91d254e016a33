"""Deciding about people with one record each: their levels, who stays.

Memory: the weighted distinct table, which is much smaller than the records where the policy has a
floor. People with several records are decided about in `sequences.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.arranging import ARRANGE
from anonymizers.information import information_lost
from anonymizers.partitions import Members
from anonymizers.recoding import recode
from anonymizers.references import Reference
from anonymizers.search import NothingSafeError
from gateway.deciding import Decided
from gateway.people_table import group_people

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from anonymizers.recoding import Recoded
    from gateway.quasi_identifiers import QuasiIdentifiers
    from gateway.selected import Selected


def decide_single_records(
    selected: Selected, quasi: QuasiIdentifiers, grouped: Callable[[], None]
) -> Decided:
    """Group people, find the levels, and decide who stays.

    Args:
        selected: the records, one of each person.
        quasi: their quasi-identifiers.
        grouped: is called once people are grouped.

    Raises:
        NothingSafeError: not even the coarsest levels allowed protect these people.
        LatticeTooLargeError: there are too many combinations of levels.
        LakeError: the lake can't be read.
    """
    protection, hierarchies = selected.plan.protection, quasi.hierarchies
    model = protection.model
    table, values = group_people(selected, quasi)
    if table.total == 0:
        raise NothingSafeError
    grouped()
    found = ARRANGE[protection.recoding](table, hierarchies, model)
    members = Members.of(table, found.classes)

    def recoded(batch: pa.RecordBatch) -> Recoded:
        codes = {name: batch.column(name).to_numpy() for name in hierarchies}
        minors = batch.column("weir_minor").to_numpy(zero_copy_only=False)
        return recode(codes, minors, hierarchies, found.classes)

    return Decided(
        levels=found.classes.stands_on,
        people=found.people,
        by_search=found.suppressed,
        suppressed=members.suppressed,
        loss=found.loss,
        loss_by_column=found.loss_by_column,
        recode=recoded,
        lost=information_lost(members, hierarchies),
        references={name: Reference.of(values[name].texts, table.counts(name)) for name in model.t},
    )

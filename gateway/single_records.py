"""Deciding about people with one record each: their weighted table, their levels, who stays.

Memory: the weighted distinct table, which is much smaller than the records where the policy has a
floor. People with several records are decided about in `sequences.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from anonymizers.arranging import ARRANGE
from anonymizers.information import information_lost
from anonymizers.partitions import Members
from anonymizers.populations import Source, map_population
from anonymizers.recoding import recode
from anonymizers.references import Reference
from anonymizers.search import NothingSafeError
from anonymizers.weighted import WeightedTable, weighted_table
from gateway.deciding import Decided
from gateway.known_sets import released_separators
from gateway.lake.filters import people_asked_for
from gateway.sensitive_values import SensitiveValues, sensitive_values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pyarrow as pa

    from anonymizers.recoding import Recoded
    from gateway.known_sets import KnownSets
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
    several = selected.known_sets(released_separators(selected.plan, selected.dataset))
    values = _values(selected, (name for name in model.sensitive if name not in several))
    table = _weighted(selected, quasi, values, several)
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


def _values(selected: Selected, columns: Iterable[str]) -> dict[str, SensitiveValues]:
    """Code the values of sensitive columns."""
    declared = selected.dataset.columns
    return {name: sensitive_values(declared[name], *selected.values(name)) for name in columns}


def _everybody(selected: Selected, values: Mapping[str, SensitiveValues]) -> WeightedTable:
    """Count everybody by the values of the columns that t names, whatever was asked for."""
    coded = {name: values[name].lookup for name in selected.plan.protection.model.t}
    return weighted_table(selected.everybody.weighted({}, coded), [], list(coded), [*coded])


def _weighted(
    selected: Selected,
    quasi: QuasiIdentifiers,
    values: Mapping[str, SensitiveValues],
    several: Mapping[str, KnownSets],
) -> WeightedTable:
    """Group people by their codes; with k-map, put the population beside them."""
    coded = {name: one.lookup for name, one in values.items()}
    coded |= {name: cells.lookup for name, cells in several.items()}
    grouped = selected.records.weighted(quasi.lookups, coded)
    masks = {name: cells.masks for name, cells in several.items()}
    counted = selected.plan.protection.model.counted
    table = weighted_table(grouped, list(quasi.lookups), list(coded), counted, masks)
    if selected.everybody is not selected.records:
        table = table.against(_everybody(selected, values), selected.plan.protection.model.t)
    population = people_asked_for(selected.plan, selected.dataset)
    if population is None:
        return table
    sources = {name: Source(ladder, quasi.kind(name)) for name, ladder in quasi.ladders.items()}
    mapped = map_population(population, table.columns, quasi.hierarchies, sources)
    return replace(table, population=mapped)

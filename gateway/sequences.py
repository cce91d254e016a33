"""Deciding about people with several records: their sequences, their levels, who stays.

Memory: 25 bytes a record with one protected column, 36 at most while sequences are laid together
(measured on 5 M records of 250,000 people at 590,000 places). That is what stays in memory of
several records for one person: the search looks at all sequences at once. All else goes through in
batches and buckets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anonymizers.people_rows import RowCollector
from anonymizers.recount_sequences import SequenceRules
from anonymizers.search import NothingSafeError, find_levels
from anonymizers.sequence_classes import SequenceClasses, recode_rows
from anonymizers.sequence_diversity import KnownValues
from gateway.deciding import Decided
from gateway.lake.sequences import NUMBER, constant_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.people_rows import PeopleRows
    from anonymizers.promises import Rules
    from anonymizers.recoding import Recoded
    from gateway.known_sets import KnownSets
    from gateway.lake.lookups import Lookup
    from gateway.lake.selection import Selection
    from gateway.progress import Stage
    from policies.plans import ExtractPlan


def decide_sequences(  # noqa: PLR0913, PLR0917 - what decides, and who is told
    selection: Selection,
    lookups: Mapping[str, Lookup],
    hierarchies: Mapping[str, Hierarchy],
    model: Model,
    cells: Mapping[str, KnownSets],
    stage: Stage,
) -> Decided:
    """Collect people's sequences, find the levels, and decide who stays.

    Args:
        selection: the records, several of each person.
        lookups: of the quasi-identifiers, at their floors.
        hierarchies: one for each of them.
        model: what every class of people must hold.
        cells: of the columns that l names.
        stage: of reading the records; the search isn't reported.

    Raises:
        NothingSafeError: not even the coarsest levels allowed protect these people.
        LakeError: the lake can't be read.
    """
    coded = {name: cell.lookup for name, cell in cells.items()}
    people = read_people(selection, lookups, coded, stage.done)
    if people.table.total == 0:
        raise NothingSafeError
    found = find_levels(people.table, hierarchies, model)
    known = {name: KnownValues(people.cells[name], cell.masks) for name, cell in cells.items()}
    classes = SequenceClasses.build(people, hierarchies, found.levels, model, known)

    def recoded(batch: pa.RecordBatch) -> Recoded:
        codes = {name: batch.column(name).to_numpy() for name in hierarchies}
        return recode_rows(codes, batch.column(NUMBER).to_numpy(), hierarchies, classes)

    return Decided(
        levels={name: (level,) for name, level in found.levels.items()},
        people=found.people,
        by_search=found.suppressed,
        suppressed=int(np.count_nonzero(~classes.kept)),
        loss=found.loss,
        loss_by_column=found.loss_by_column,
        recode=recoded,
    )


def sequence_rules(rules: Rules, people: int, plan: ExtractPlan) -> SequenceRules:
    """Return what a file with several records for one person promises."""
    return SequenceRules(
        rules,
        people=people,
        most=plan.protection.max_records_per_person,
        constant=tuple(column.name for column in constant_columns(plan)),
    )


def read_people(
    selection: Selection,
    lookups: Mapping[str, Lookup],
    cells: Mapping[str, Lookup],
    done: Callable[[int], None],
) -> PeopleRows:
    """Read whose each record is, and where it lies.

    Args:
        selection: the records, several of each person.
        lookups: of the quasi-identifiers, at their floors.
        cells: of further columns.
        done: is told how many records were read, batch by batch.

    Raises:
        LakeError: the lake can't be read.
    """
    sizes = {
        name: int(np.max(np.asarray(lookup.codes), initial=-1)) + 1
        for name, lookup in lookups.items()
    }
    rows = RowCollector(selection.count(), sizes, cells)
    for batch in selection.stream({**lookups, **cells}):
        rows.add(
            batch.column(NUMBER).to_numpy(),
            {name: batch.column(name).to_numpy() for name in lookups},
            batch.column("weir_minor").to_numpy(zero_copy_only=False),
            {name: batch.column(name).to_numpy() for name in cells},
        )
        done(batch.num_rows)
    return rows.finish()

"""Recoded rows: the records of everybody who stays, in released forms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gateway.deciding import Decided
    from gateway.lake.lookups import Lookup
    from gateway.selected import Selected
    from policies.plans import ColumnPlan

_OWN = ("weir_record", "weir_person", "weir_identity", "weir_minor")


def recoded_rows(
    selected: Selected,
    lookups: Mapping[str, Lookup],
    decided: Decided,
    done: Callable[[int], None],
) -> Iterator[pa.Table]:
    """Stream the records, leave out whom the classes leave out, recode the rest.

    Args:
        selected: the records; their transforms look at everybody who stays.
        lookups: of the quasi-identifiers, at their floors.
        decided: who stays, and in which forms.
        done: is told how many records were read, once their rows were taken.

    Yields:
        Rows with their roots, marks and class (`weir_class`), and the columns that leave; values
        of other columns than quasi-identifiers as stored, free text not at all.

    Raises:
        LakeError: the lake can't be read.
    """
    # Free text comes from the vault, once all is decided.
    columns = [column for column in selected.plan.columns if column.redaction is None]
    others = [column.name for column in columns if column.name not in lookups]
    for batch in selected.records.stream(lookups, others):
        rows = _recoded(batch, columns, decided)
        selected.transforms.look(rows)
        yield rows
        done(batch.num_rows)


def _recoded(batch: pa.RecordBatch, leaving: list[ColumnPlan], decided: Decided) -> pa.Table:
    recoded = decided.recode(batch)
    columns = {name: batch.column(name) for name in _OWN}
    for column in leaving:
        source = batch.column(column.name)
        columns[column.name] = recoded.columns.get(column.name, source)
    table = pa.table({**columns, "weir_class": recoded.classes})
    return table.filter(pa.array(recoded.kept))

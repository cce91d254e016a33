"""Lint of filled gaps: only what belongs to a person, and leaves as a value, can be filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.documents.dataset import ROW
from policies.lint.columns import unknown_column
from policies.planning import released_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument, ExtractDocument

PATH = "extract.fill"
_VALUES = ("quasi_identifier", "sensitive", "insensitive")


def filling_errors(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield which columns can't be filled from a person's other records, and why."""
    if extract.fill and dataset.privacy_unit == ROW:
        yield Reason("fill-without-person", {"path": PATH, "dataset": dataset.dataset})
    released = released_columns(extract, dataset)
    for number, name in enumerate(extract.fill):
        path, column = f"{PATH}[{number}]", dataset.columns.get(name)
        if column is None:
            yield unknown_column(path, name, dataset)
        elif name not in released or column.role not in _VALUES:
            yield Reason("fill-not-released", {"path": path, "column": name})
        elif name in extract.sequence:
            yield Reason("fill-in-sequence", {"path": path, "column": name})

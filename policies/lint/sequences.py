"""Lint of several records for one person: what may change between them is protected, or stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.covers import MOST_L
from policies.documents.dataset import ROW
from policies.lint.columns import unknown_column
from policies.lint.tokens import joining_tokens
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import ColumnRule, DatasetDocument, ExtractDocument

MOST_RECORDS = 100
PATH = "extract.max_records_per_person"
MOMENTS = ("date", "timestamp")


def sequence_errors(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what keeps several records for one person from being protected."""
    most = extract.max_records_per_person
    if most == 1:
        if extract.sequence:
            yield Reason("sequence-of-one", {"path": "extract.sequence"})
        return
    if most > MOST_RECORDS:
        yield Reason("records-too-many", {"path": PATH, "limit": str(MOST_RECORDS)})
    if dataset.privacy_unit == ROW:
        yield Reason("records-without-person", {"path": PATH, "dataset": dataset.dataset})
    if not extract.sequence:
        yield Reason("sequence-missing", {"path": PATH})
    for number, name in enumerate(extract.sequence):
        yield from _named(f"extract.sequence[{number}]", name, extract, dataset)
    yield from _models(extract)
    for name, rule in extract.columns.items():
        if name in dataset.columns:
            yield from _between_rows(name, rule, dataset)
    for name in joining_tokens(extract, dataset):
        # Which of a person's rows share it is a pattern that nobody else may have.
        yield Reason("sequence-of-tokens", {"path": f"extract.columns.{name}", "column": name})


def _named(
    path: str, name: str, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    column, rule = dataset.columns.get(name), extract.columns.get(name)
    if column is None:
        yield unknown_column(path, name, dataset)
    elif column.role != "quasi_identifier" or rule is None or rule.coarsen is None:
        yield Reason("sequence-not-protected", {"path": path, "column": name})


def _models(extract: ExtractDocument) -> Iterator[Reason]:
    """Refuse the models that have no meaning for sequences here."""
    if extract.protect.levels_by == "all":
        path = "extract.protect.levels_by"
        yield Reason("sequence-levels-by-k", {"path": path})
    if extract.protect.recoding == "local":
        yield Reason("sequence-full-domain", {"path": "extract.protect.recoding"})
    models = {
        "t": bool(extract.protect.t),
        "k_map": extract.protect.k_map is not None,
        **{f"l.{name}": rule.short_form() is None for name, rule in extract.protect.l.items()},
    }
    for model, asked in models.items():
        if asked:
            yield Reason("sequence-k-and-l-only", {"path": f"extract.protect.{model}"})
    for name, rule in extract.protect.l.items():
        if rule.least > MOST_L:
            path = f"extract.protect.l.{name}"
            yield Reason("l-above-sets", {"path": path, "column": name, "most": str(MOST_L)})


def _between_rows(name: str, rule: ColumnRule, dataset: DatasetDocument) -> Iterator[Reason]:
    """Refuse what shows, between a person's rows, more than their protected sequence does.

    Exact moments give the intervals away that coarsened ones hide, moved together or not.
    """
    path, column = f"extract.columns.{name}", dataset.columns[name]
    if column.type in MOMENTS and rule.action not in ("coarsen", "drop"):
        yield Reason("sequence-exact-moments", {"path": path, "column": name})

"""Lint of a policy's privacy models and of its rule for minors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.covers import MOST_L
from anonymizers.unknown_values import is_known
from policies.lint.columns import unknown_column
from policies.lint.transforms import is_by_value, leaves_sets
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument, ExtractDocument, MinorsDocument, ProtectDocument

SMALLEST_K = 2
FIELD_K = 11  # the practice of CTDC's microdata
MUCH_SUPPRESSED = 0.2
ORDERED_TYPES = ("integer", "decimal", "date", "timestamp")
ADULT = 18  # Convention on the Rights of the Child, article 1


def protection_errors(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what keeps k, l, t and the rule for minors from protecting anybody."""
    k = extract.protect.k
    if k < SMALLEST_K:
        params = {"path": "extract.protect.k", "k": str(k), "least": str(SMALLEST_K)}
        yield Reason("k-too-small", params)
    for name, wanted in extract.protect.l.items():
        yield from _sensitive_errors("extract.protect.l", name, extract, dataset)
        yield from _l_errors(name, wanted.least, dataset)
        if wanted.short_form() is None:
            yield from _set_errors("extract.protect.l", name, extract, dataset)
        elif extract.max_records_per_person == 1:  # with more the lint of sequences says so
            yield from _cover_errors(name, wanted.least, extract, dataset)
    for name, close in extract.protect.t.items():
        yield from _sensitive_errors("extract.protect.t", name, extract, dataset)
        yield from _t_errors(name, close.distance, dataset)
        yield from _set_errors("extract.protect.t", name, extract, dataset)
    if extract.minors is not None:
        yield from _minors_errors(extract.minors, k, dataset)
    else:
        yield from _minors_missing(dataset)


def _sensitive_errors(
    path: str, name: str, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    model = path.rsplit(".", maxsplit=1)[-1]
    column, rule = dataset.columns.get(name), extract.columns.get(name)
    place = f"{path}.{name}"
    if column is None:
        yield unknown_column(place, name, dataset)
        return
    if column.role != "sensitive":
        params = {"path": place, "model": model, "column": name, "role": column.role}
        yield Reason("model-not-sensitive", params)
    if rule is not None and rule.change is not None and not is_by_value(rule):
        params = {"path": place, "model": model, "column": name, "action": rule.action}
        yield Reason("model-on-changed-values", params)
    elif rule is None or not is_by_value(rule):
        yield Reason("model-not-released", {"path": place, "model": model, "column": name})


def _l_errors(name: str, least: int, dataset: DatasetDocument) -> Iterator[Reason]:
    column = dataset.columns.get(name)
    if column is None or column.codes is None:
        return
    known = sum(is_known(code, column.says_nothing) for code in column.codes)
    if least > known:
        path = f"extract.protect.l.{name}"
        params = {"path": path, "column": name, "l": str(least), "codes": str(known)}
        yield Reason("l-above-codes", params)


def _set_errors(
    path: str, name: str, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Refuse the models that count people by their one value, where cells leave as sets."""
    if leaves_sets(name, extract, dataset):
        model = path.rsplit(".", maxsplit=1)[-1]
        params = {"path": f"{path}.{name}", "model": model, "column": name}
        yield Reason("model-not-for-sets", params)


def _cover_errors(
    name: str, least: int, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    if least > MOST_L and leaves_sets(name, extract, dataset):
        path = f"extract.protect.l.{name}"
        yield Reason("l-above-sets", {"path": path, "column": name, "most": str(MOST_L)})


def _t_errors(name: str, distance: str, dataset: DatasetDocument) -> Iterator[Reason]:
    column = dataset.columns.get(name)
    if column is None or distance != "ordered":
        return
    listed = column.codes is not None and column.multiple is None
    if column.type not in ORDERED_TYPES and not listed:
        yield Reason("t-not-ordered", {"path": f"extract.protect.t.{name}", "column": name})


def _minors_errors(minors: MinorsDocument, k: int, dataset: DatasetDocument) -> Iterator[Reason]:
    path = "extract.minors"
    column = dataset.columns.get(minors.column)
    if column is None:
        yield unknown_column(f"{path}.column", minors.column, dataset)
    elif column.type != "integer" or not _is_age(minors.column, dataset):
        yield Reason("minors-not-an-age", {"path": f"{path}.column", "column": minors.column})
    if minors.k is not None and minors.k < k:
        params = {"path": f"{path}.k", "minors_k": str(minors.k), "k": str(k)}
        yield Reason("minors-k-below-k", params)


def _is_age(name: str, dataset: DatasetDocument) -> bool:
    """Answer whether a column is the dataset's age: where one has that ladder, only that one."""
    ages = {column for column, declared in dataset.columns.items() if declared.ladder == "age"}
    return not ages or name in ages


def _minors_missing(dataset: DatasetDocument) -> Iterator[Reason]:
    # Whether the age itself leaves or not, the records are children's records.
    ages = [name for name, column in dataset.columns.items() if column.ladder == "age"]
    if ages:
        yield Reason("minors-rule-missing", {"path": "extract.minors", "column": ages[0]})


def protection_warnings(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what protects less than the field is used to."""
    protect = extract.protect
    if SMALLEST_K <= protect.k < FIELD_K:
        params = {"path": "extract.protect.k", "k": str(protect.k), "usual": str(FIELD_K)}
        yield Reason("k-below-usual", params)
    if protect.max_suppressed > MUCH_SUPPRESSED:
        params = {
            "path": "extract.protect.max_suppressed",
            "share": f"{protect.max_suppressed:g}",
            "usual": f"{MUCH_SUPPRESSED:g}",
        }
        yield Reason("suppression-high", params)
    if protect.recoding == "local":
        yield from _local_warnings(protect)
    if extract.minors is not None and extract.minors.below < ADULT:
        below = str(extract.minors.below)
        yield Reason("minors-below-adult", {"path": "extract.minors.below", "below": below})
    for name, rule in extract.columns.items():
        column = dataset.columns.get(name)
        if column is None or column.role != "sensitive" or not is_by_value(rule):
            continue
        if name not in protect.l and name not in protect.t:
            yield Reason("sensitive-without-l", {"path": "extract.protect.l", "column": name})


def _local_warnings(protect: ProtectDocument) -> Iterator[Reason]:
    yield Reason("local-recoding", {"path": "extract.protect.recoding"})
    if (protect.l or protect.t) and protect.levels_by == "k":
        # Its classes hardly pass k: where l or t counts afterwards, many of them don't stay.
        yield Reason("local-recoding-before-l", {"path": "extract.protect.levels_by"})

"""Lint of cells with several codes that a policy splits, groups or counts."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from anonymizers.ladders.base import LadderError
from policies.ladders import code_groups, column_ladder
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import ColumnDocument, ColumnRule, DatasetDocument, ExtractDocument

OF_SETS = ("split", "group", "count")


def set_errors(
    name: str, rule: ColumnRule, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Yield why a column can't be split, grouped or counted."""
    path, column = f"extract.columns.{name}.{rule.action}", dataset.columns[name]
    if rule.action not in OF_SETS or column.type != "string":
        return  # that it isn't text is said of every transform
    if column.multiple is None:
        yield Reason("sets-without-multiple", {"path": path, "column": name})
    elif rule.split is not None:
        yield from _split_errors(path, name, extract, dataset)
    elif rule.group is not None:
        yield from _group_errors(f"{path}.level", name, rule.group.level, dataset)


def set_warnings(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield the sensitive columns whose codes nothing protects."""
    for name, rule in extract.columns.items():
        column = dataset.columns.get(name)
        if column is None or column.role != "sensitive":
            continue
        params = {"path": f"extract.columns.{name}", "column": name}
        if rule.split is not None:
            yield Reason("split-without-l", params)
        if rule.sets is not None:
            yield Reason("sets-without-l", params)


def _split_errors(
    path: str, name: str, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Refuse names that another column of the dataset has, or another split makes."""
    taken = {other.casefold(): other for other in dataset.columns}
    for other in takewhile(lambda other: other != name, extract.columns):
        taken |= dict.fromkeys(_names(other, extract, dataset), other)
    for made in _names(name, extract, dataset):
        if made in taken:
            params = {"path": path, "column": name, "made": made, "other": taken[made]}
            yield Reason("split-name-taken", params)


def _names(name: str, extract: ExtractDocument, dataset: DatasetDocument) -> list[str]:
    """Return the names of what a column is split into, in lower case."""
    column, split = dataset.columns.get(name), extract.columns[name].split
    if split is None or column is None or column.multiple is None:
        return []
    made = split.transform(column).file_columns(name)
    return [column.name.casefold() for column in made]


def _group_errors(path: str, name: str, level: str, dataset: DatasetDocument) -> Iterator[Reason]:
    column = dataset.columns[name]
    if column.ladder not in dataset.ladders:
        yield Reason("group-without-ladder", {"path": path, "column": name})
        return
    try:
        ladder = column_ladder(dataset, name)
    except LadderError:
        return  # lint_dataset tells why
    known = ladder.levels[1:-1] if ladder else ()
    if level not in known:
        yield Reason(
            "group-level-unknown", {"path": path, "level": level, "levels": ", ".join(known)}
        )
    else:
        groups = code_groups(dataset, name, level)
        yield from _separator_errors(path, name, groups, column)


def _separator_errors(
    path: str, name: str, groups: tuple[tuple[str, str], ...], column: ColumnDocument
) -> Iterator[Reason]:
    """Refuse groups that would fall apart where cells are read."""
    held = sorted({group for _, group in groups if str(column.multiple) in group})
    if held:
        yield Reason("group-has-separator", {"path": path, "column": name, "group": held[0]})

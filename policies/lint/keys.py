"""Lint of what an aggregate groups by: keys come from declarations, or aren't keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP, LadderError
from policies.aggregates.keys import BESIDES, MOST_KEYS
from policies.lint.columns import known_ladder, unknown_column, unknown_level
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anonymizers.ladders.base import Ladder
    from policies.documents import DatasetDocument

KEY_ROLES = ("quasi_identifier", "sensitive", "insensitive")


def key_errors(
    path: str, name: str, level: str | None, dataset: DatasetDocument, *, private: bool = False
) -> Iterator[Reason]:
    """Yield why a column's values on a level can't be keys.

    Args:
        path: of what names it in the policy.
        name: of the column.
        level: the finest that may be asked for; None is the ladder's finest.
        dataset: with the column.
        private: whether its keys needn't be declared.
    """
    column = dataset.columns.get(name)
    if column is None:
        yield unknown_column(path, name, dataset)
        return
    if column.role not in KEY_ROLES:
        yield Reason("key-column-not-data", {"path": path, "column": name, "role": column.role})
        return
    if column.ladder_name is None:
        yield Reason("key-without-ladder", {"path": path, "column": name})
        return
    if column.multiple is not None and column.max_codes is None:
        yield Reason("key-without-max-codes", {"path": path, "column": name})
    ladder = known_ladder(dataset, name)
    if ladder is not None:
        yield from _level_errors(path, name, level or ladder.levels[0], ladder, private=private)


def key_warnings(
    path: str, name: str, level: str | None, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Yield where a level has more keys than one query may have."""
    ladder = known_ladder(dataset, name) if name in dataset.columns else None
    if ladder is None or level not in (None, *ladder.levels):
        return
    finest = level or ladder.levels[0]
    try:
        count = ladder.form_count(finest)
    except LadderError:  # that is an error, and said so
        return
    if count + len(BESIDES) > MOST_KEYS:
        params = {"path": path, "column": name, "level": finest}
        yield Reason("keys-too-many", {**params, "keys": str(count), "most": str(MOST_KEYS)})


def _level_errors(
    path: str, name: str, level: str, ladder: Ladder, *, private: bool
) -> Iterator[Reason]:
    if level not in ladder.levels:
        yield from unknown_level(f"{path}.level", level, ladder)
    elif level == TOP:
        yield Reason("key-level-top", {"path": f"{path}.level", "column": name})
    elif not private:
        yield from _form_errors(path, name, level, ladder)


def _form_errors(path: str, name: str, level: str, ladder: Ladder) -> Iterator[Reason]:
    """Look at every level that may be asked for: forms that can't be told, or not be listed."""
    for asked in ladder.levels[ladder.levels.index(level) : -1]:
        try:
            few = ladder.form_count(asked) <= MOST_KEYS
            forms = ladder.forms(asked) if few else ()
        except LadderError as error:
            yield Reason("keys-not-listed", {"path": path, "column": name, "detail": str(error)})
            return
        for form in sorted({*forms}.intersection(BESIDES)):
            params = {"path": path, "column": name, "level": asked, "form": form}
            yield Reason("key-form-reserved", params)

"""The keys of aggregates: every declared form of a level, and the two that every column has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import OTHER
from policies.ladders import column_ladder

if TYPE_CHECKING:
    from collections.abc import Iterable

    from anonymizers.ladders.base import Ladder
    from policies.aggregates.components import Key
    from policies.documents import DatasetDocument

NULL = "null"
"""The key of records without a value."""

MOST_KEYS = 100_000
"""Of one query."""

BESIDES = (NULL, OTHER)
"""The keys beside the declared ones; what no table lists (`*`) counts as `other`."""


def key_forms(dataset: DatasetDocument, key: Key) -> tuple[str, ...]:
    """Return the forms of a declared key, `null` and `other` last.

    From declarations alone: an aggregate answers all of them, whoever is in the data.

    Raises:
        LadderError: the level has too many forms to be listed, or none that could be.
    """
    return (*_ladder(dataset, key.column).forms(key.level), *BESIDES)


def key_count(dataset: DatasetDocument, key: Key) -> int:
    """Return how many forms a key has; 1 for a private one, for its number isn't declared.

    Raises:
        LadderError: its forms can't be listed.
    """
    if key.private:
        return 1
    return _ladder(dataset, key.column).form_count(key.level) + len(BESIDES)


def most_distinct(dataset: DatasetDocument, codes: Key) -> int:
    """Return how many distinct codes a column can have; `null` and `other` are none."""
    return key_count(dataset, codes) - len(BESIDES)


def cell_count(dataset: DatasetDocument, keys: Iterable[Key]) -> int:
    """Return how many cells a table over these keys has."""
    cells = 1
    for key in keys:
        cells *= key_count(dataset, key)
    return cells


def codes_of_a_record(dataset: DatasetDocument, keys: Iterable[Key]) -> int:
    """Return in how many cells over these keys one record counts at most (m).

    It counts with up to `max_codes` distinct codes of each multi-valued column.
    """
    codes = 1
    for key in keys:
        codes *= most_codes(dataset, key.column)
    return codes


def most_codes(dataset: DatasetDocument, column: str) -> int:
    """Return with how many codes of a column one record counts at most."""
    return dataset.columns[column].max_codes or 1


def _ladder(dataset: DatasetDocument, column: str) -> Ladder:
    ladder = column_ladder(dataset, column)
    assert ladder is not None  # noqa: S101 - the lint refuses keys without one
    return ladder

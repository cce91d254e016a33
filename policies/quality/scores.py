"""The score of a submission: 0 to 100, from counts that stand beside it.

    score = 40 * rows taken / rows
          + 20 * rows taken without a remark / rows
          + 20 * filled cells that are valid / filled cells
          + 20 * required cells that are filled / required cells

rounded down to a tenth, so that 100 means that nothing is wrong. A share of nothing is 1, but for a
file without rows, whose score is 0. A row that isn't a record (with too many cells or too few)
counts as one whose cells are all filled, invalid, and don't hold what is required.

What concerns no single row (completeness below a declared share, periods with many more records
than usual) isn't in the score twice, or at all: otherwise a further error could raise it, by taking
away the row that made the period unusual. Which of two rows with the same key is at fault nobody
knows; one of them counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import floor
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents import DatasetDocument

WEIGHTS: Mapping[str, int] = MappingProxyType({"taken": 40, "clean": 20, "valid": 20, "given": 20})
"""The parts of a score, and how many of its 100 points each can give."""


@dataclass(frozen=True)
class Tally:
    """What a score is made of: counts of rows, then of cells.

    Attributes:
        rows: that hold anything.
        taken: of the rows; clean: of those taken, the ones without a remark.
        filled: cells that hold anything; valid: of these, what could be read and was expected.
        required: cells of columns that every record needs; given: of these, the filled ones.
    """

    rows: int = 0
    taken: int = 0
    clean: int = 0
    filled: int = 0
    valid: int = 0
    required: int = 0
    given: int = 0


@dataclass(frozen=True)
class Part:
    """A part of a score: how many are good, of how many, and what all of them would give."""

    part: str
    good: int
    of: int
    weight: int

    @property
    def points(self) -> Fraction:
        """What it adds to the score."""
        return self.weight * (Fraction(self.good, self.of) if self.of else Fraction(1))


@dataclass(frozen=True)
class Score:
    """A score with its parts.

    Attributes:
        points: 0 to 100, in steps of a tenth.
    """

    points: float
    parts: tuple[Part, ...]


def score(tally: Tally) -> Score:
    """Return the score of a submission."""
    shares = {
        "taken": (tally.taken, tally.rows),
        "clean": (tally.clean, tally.rows),
        "valid": (tally.valid, tally.filled),
        "given": (tally.given, tally.required),
    }
    parts = tuple(Part(name, *shares[name], weight) for name, weight in WEIGHTS.items())
    points = sum((part.points for part in parts), Fraction(0)) if tally.rows else Fraction(0)
    return Score(floor(points * 10) / 10, parts)


def required_columns(dataset: DatasetDocument) -> tuple[str, ...]:
    """Return the columns that every record needs, in the dataset's order.

    They are the record's key, whose record it is, and what a rule of completeness names.
    """
    named = {*dataset.record_key, dataset.privacy_unit}
    named |= {rule.complete.column for rule in dataset.quality if rule.complete is not None}
    return tuple(name for name in dataset.columns if name in named)

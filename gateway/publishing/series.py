"""A series: the noisy values of one measure over the cells of its keys."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gateway.publishing.noise_tails import OUTSIDE, Noise

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.client import AnsweredTable

Number = int | float
Forms = tuple[str, ...]

NULL, OTHER, TOTAL = "null", "other", "*"
SPECIAL = frozenset({NULL, OTHER, TOTAL})
"""Forms that are no value of a column: they stand last, and on no axis of time."""


@dataclass(frozen=True)
class Cell:
    """One noisy value and its interval; an interval may be missing."""

    value: Number
    low: Number | None
    high: Number | None

    def is_clear(self) -> bool:
        """Say whether noise alone would hardly show this much: the interval lies above 0."""
        return self.low is not None and self.low > 0


@dataclass(frozen=True)
class Series:
    """The values of one measure.

    Attributes:
        measure: as the answer names it.
        keys: the columns that cells are told apart by.
        cells: by their forms, in the order of the answer.
        mechanism: of the noise, as the guarantee names it.
        added_up: a sum of noisy cells, in which somebody may count several times.
    """

    measure: str
    keys: tuple[str, ...]
    cells: Mapping[Forms, Cell]
    mechanism: str
    added_up: bool = False

    @cached_property
    def half_width(self) -> Number | None:
        """What every interval adds on both sides; None where they aren't alike."""
        sides = {
            side
            for cell in self.cells.values()
            for side in (
                None if cell.high is None else cell.high - cell.value,
                None if cell.low is None else cell.value - cell.low,
            )
        }
        return sides.pop() if len(sides) == 1 else None

    @property
    def noise(self) -> Noise | None:
        """The noise of each value; None where it isn't the same whole-numbered one for all."""
        width = self.half_width
        return Noise(self.mechanism, width) if isinstance(width, int) else None

    def forms(self, place: int) -> list[str]:
        """Return the forms of one key, as the answer orders them, special ones last."""
        found = list(dict.fromkeys(forms[place] for forms in self.cells))
        return sorted(found, key=lambda form: form in SPECIAL)

    def only(self, keep: Callable[[Forms], bool]) -> Series:
        """Return the series of some of its cells."""
        kept = {forms: cell for forms, cell in self.cells.items() if keep(forms)}
        return replace(self, cells=kept)


def read_series(table: AnsweredTable, mechanism: str) -> list[Series]:
    """Return one series for each measure of a table; a bin is the last key of a histogram.

    Dates, and sums too large for a number, are in the files alone.
    """
    plain = [
        Series(
            measure,
            table.keys,
            {tuple(row["keys"].values()): _cell(row[measure]) for row in table.rows},
            mechanism,
        )
        for measure in table.measures
        if all(isinstance(row[measure]["value"], int | float) for row in table.rows)
    ]
    binned = [
        Series(
            histogram,
            (*table.keys, histogram.split(":")[1]),
            {
                (*row["keys"].values(), entry["form"]): _cell(entry)
                for row in table.rows
                for entry in row[histogram]
            },
            mechanism,
        )
        for histogram in table.histograms
    ]
    return plain + binned


def added_up(series: Series, places: Sequence[int]) -> Series | None:
    """Return sums of noisy cells over all keys but some, with intervals of their own.

    It costs nothing: noise that was drawn is only added up. Somebody who counts in several of
    the cells counts several times. Totals aren't added to what they are totals of.

    Args:
        series: of counts.
        places: of the keys that stay, in their new order.

    Returns:
        None where the noise of the cells isn't known to be alike.
    """
    noise = series.noise
    if noise is None:
        return None
    groups: dict[Forms, list[Number]] = {}
    for forms, cell in series.cells.items():
        if TOTAL not in forms:
            groups.setdefault(tuple(forms[place] for place in places), []).append(cell.value)
    cells = {}
    for forms, values in groups.items():
        width = noise.sum_bound(len(values), OUTSIDE / 2)
        total = sum(values)
        cells[forms] = Cell(total, total - width, total + width)
    keys = tuple(series.keys[place] for place in places)
    return replace(series, keys=keys, cells=cells, added_up=True)


def pairs(series: Series) -> list[Series]:
    """Return the tables of each two of three keys, added up over the third."""
    found = (added_up(series, two) for two in itertools.combinations(range(len(series.keys)), 2))
    return [one for one in found if one is not None]


def _cell(entry: Mapping[str, Any]) -> Cell:
    low, high = entry.get("interval") or (None, None)
    return Cell(entry["value"], low, high)

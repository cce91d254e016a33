"""What ladders over ordered values share: dates, ages and numbers as integers in bands."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.ladders.base import OTHER, TOP, Ladder, LadderError
from anonymizers.ladders.rungs import Placement, Standing, climb_rungs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

MOST_FORMS = 200_000
_PAIR = 2


@dataclass(frozen=True)
class Bands:
    """One level of an ordered ladder: consecutive bands without a gap, numbered as they rise.

    Attributes:
        level: the level's name.
        numbers: values → the number of the band that holds each.
        starts: band numbers → their first values; the next band's start ends a band.
        texts: band numbers → released forms.
    """

    level: str
    numbers: Callable[[Ints], Ints]
    starts: Callable[[Ints], Ints]
    texts: Callable[[Ints], list[str]]

    def ends(self, numbers: Ints) -> Ints:
        """Return the last value of each band."""
        return self.starts(numbers + 1) - 1


@dataclass(frozen=True)
class Bounds:
    """The declared domain: every integer from first to last, both included."""

    first: int
    last: int

    @property
    def size(self) -> int:
        """Count the values of the domain."""
        return self.last - self.first + 1

    def clip(self, bands: Bands, numbers: Ints) -> tuple[Ints, Ints]:
        """Return the first and last value of each band inside the bounds."""
        return (
            np.maximum(bands.starts(numbers), self.first),
            np.minimum(bands.ends(numbers), self.last),
        )


def read_bounds(
    name: str,
    bounds: Sequence[object] | None,
    integer: Callable[[object], int],
) -> Bounds:
    """Turn declared bounds into integers.

    Args:
        name: the ladder, for the error.
        bounds: the first and the last value, both included.
        integer: turns one bound into its integer; raises ValueError or TypeError.

    Raises:
        LadderError: missing, not a pair, not readable, or reversed.
    """
    if bounds is None or isinstance(bounds, str) or len(bounds) != _PAIR:
        raise LadderError(f"ladder {name} needs `bounds: [first, last]` in the column")
    try:
        first, last = integer(bounds[0]), integer(bounds[1])
    except (TypeError, ValueError) as error:
        raise LadderError(f"ladder {name} can't read bounds [{bounds[0]}, {bounds[1]}]") from error
    if first > last:
        raise LadderError(
            f"ladder {name} has its bounds reversed: {bounds[0]} is after {bounds[1]}"
        )
    return Bounds(first, last)


class OrderedLadder(Ladder):
    """A ladder whose values are integers in bounds and whose levels are bands of them."""

    def __init__(self, name: str, bounds: Bounds, bands: tuple[Bands, ...]) -> None:
        """Take the levels below `*`, finest first."""
        self.name = name
        self.levels = (*(band.level for band in bands), TOP)
        self.bounds = bounds
        self._bands = bands

    @abstractmethod
    def read(self, values: pa.Array) -> tuple[Ints, Mask]:
        """Turn values into integers, and say which could be turned (False for NULL)."""

    @abstractmethod
    def parse(self, value: str) -> int | None:
        """Turn one exact value's text into its integer; None where it is none."""

    @abstractmethod
    def text(self, value: int) -> str:
        """Turn an integer back into the exact value's text."""

    @abstractmethod
    def value_in(self, form: str) -> int | None:
        """Return some integer of the band that looks released as `form`; None for no band."""

    def climb(self, values: pa.Array) -> Climb:
        """Place distinct values on every level; leaves count the values within the bounds."""
        integers, readable = self.read(values)
        null = np.asarray(values.is_null().to_numpy(zero_copy_only=False), dtype=np.bool_)
        known = readable & (integers >= self.bounds.first) & (integers <= self.bounds.last)
        standing = Standing(null=null, other=~(known | null))
        integers = np.where(known, integers, self.bounds.first)
        placements = (self._placement(bands, integers) for bands in self._bands)
        return climb_rungs(self.name, values, standing, placements, self.bounds.size)

    def _placement(self, bands: Bands, integers: Ints) -> Placement:
        def describe(numbers: Ints) -> tuple[list[str], Ints]:
            first, last = self.bounds.clip(bands, numbers)
            return bands.texts(numbers), last - first + 1

        return Placement(bands.level, bands.numbers(integers), describe)

    def levels_with(self, form: str) -> tuple[str, ...]:
        """Return every level with a band in bounds that is released as exactly `form`."""
        if form == TOP:
            return (TOP,)
        if form == OTHER:
            return self.levels[:-1]
        value = self.value_in(form)
        if value is None:
            return ()
        return tuple(b.level for b in self._bands if self._releases(b, value, form))

    def forms(self, level: str) -> tuple[str, ...]:
        """Return the bands of a level that reach into the bounds, as they rise.

        Raises:
            LadderError: no such level, or more than `MOST_FORMS` bands.
        """
        if level == TOP:
            return (TOP,)
        count = self.form_count(level)
        if count > MOST_FORMS:
            raise LadderError(
                f"level {level!r} of ladder {self.name} has {count} forms within its bounds, more "
                f"than the {MOST_FORMS} that can be listed; take a coarser level"
            )
        bands, first, last = self._span(level)
        return tuple(bands.texts(np.arange(first, last + 1, dtype=np.int64)))

    def form_count(self, level: str) -> int:
        """Count the bands of a level that reach into the bounds, without listing them."""
        if level == TOP:
            return 1
        _, first, last = self._span(level)
        return last - first + 1

    def _span(self, level: str) -> tuple[Bands, int, int]:
        """Return a level's bands, and the numbers of the first and the last within the bounds."""
        self.check_level(level)
        bands = self._bands[self.levels.index(level)]
        edges = np.array([self.bounds.first, self.bounds.last], dtype=np.int64)
        first, last = bands.numbers(edges).tolist()
        return bands, first, last

    def _releases(self, bands: Bands, value: int, form: str) -> bool:
        numbers = bands.numbers(np.array([value], dtype=np.int64))
        first, last = self.bounds.clip(bands, numbers)
        return bool(first[0] <= last[0]) and bands.texts(numbers)[0] == form

    def interval(self, level: str, value: str) -> tuple[str, str] | None:
        """Return the band that holds `value`, clipped to the bounds, closed on both ends."""
        integer = self.parse(value)
        if integer is None or not self.bounds.first <= integer <= self.bounds.last:
            return None
        first, last = self._band(level, integer)
        return self.text(first), self.text(last)

    def value_of(self, form: str, level: str) -> str | None:
        """Return some value in bounds; on the finest level any value may be written exactly."""
        exact = self.parse(form) if level == self.levels[0] else None
        value = self.value_in(form) if exact is None else exact
        if value is None or not self.bounds.first <= value <= self.bounds.last:
            return None
        known = exact is not None or level in self.levels_with(form)
        return self.text(value) if known else None

    def _band(self, level: str, value: int) -> tuple[int, int]:
        if level == TOP:
            return self.bounds.first, self.bounds.last
        for bands in self._bands:
            if bands.level == level:
                numbers = bands.numbers(np.array([value], dtype=np.int64))
                first, last = self.bounds.clip(bands, numbers)
                return int(first[0]), int(last[0])
        raise LadderError(f"no level {level!r}; the levels are {', '.join(self.levels)}")

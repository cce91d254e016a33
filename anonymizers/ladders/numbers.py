"""The ladder `number`: amounts in bands of declared widths, exact through scaled integers.

A number with `scale` decimals is counted in units of 10^-scale, so that no band's edge is ever
a rounded float. A band is released closed at that scale, `1000-1999` or `1000.00-1999.99`: both
ends are values that occur, and no value lies between two bands.
"""

from __future__ import annotations

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.ordered import Bands, Bounds, OrderedLadder, read_bounds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]

LARGEST = 2**60  # in units: sums of two still fit 64 bits
MAX_SCALE = 18
_EXACTLY = Context(prec=80, traps=[Inexact, InvalidOperation])
_WORDS = 4  # 64-bit words in an Arrow decimal256
_NUMBER = r"-?[0-9]{1,40}(?:\.[0-9]{1,40})?"
_EXACT = re.compile(_NUMBER)
_FORM = re.compile(rf"({_NUMBER})(?:-{_NUMBER})?")


def number_levels(widths: Sequence[object] | None, scale: int = 0) -> tuple[str, ...]:
    """Name the levels below `*`: exact, then each width as text.

    Raises:
        LadderError: no widths, one that isn't a multiple of the one before, or a wrong scale.
    """
    check_scale(scale)
    return ("exact", *(_plain(units, scale) for units in _read_widths(widths, scale)))


class NumberLadder(OrderedLadder):
    """`number` over the values of declared bounds at a declared scale."""

    def __init__(
        self,
        bounds: Sequence[object] | None,
        widths: Sequence[object] | None,
        scale: int,
    ) -> None:
        """Take the smallest and largest value, the bands' widths, and the decimals.

        Raises:
            LadderError: bounds or widths are missing, off the scale, too large, reversed,
                widths don't divide each other, or bands reach beyond what can be read back.
        """
        check_scale(scale)
        self.scale = scale
        units = _read_widths(widths, scale)
        domain = read_bounds("number", bounds, lambda bound: _units(bound, scale))
        _check_reach(domain, units[-1])
        super().__init__(
            "number",
            domain,
            (self._level("exact", 1), *(self._level(_plain(w, scale), w) for w in units)),
        )

    def _level(self, level: str, width: int) -> Bands:
        def texts(numbers: Ints) -> list[str]:
            firsts = [n * width for n in numbers.tolist()]
            if width == 1:
                return [self.text(first) for first in firsts]
            return [f"{self.text(first)}-{self.text(first + width - 1)}" for first in firsts]

        return Bands(level, lambda v: v // width, lambda n: n * width, texts)

    def read(self, values: pa.Array) -> tuple[Ints, Mask]:
        """Turn integers, decimals or floats into units; off the scale is not readable.

        A float stands for the number of that scale it is nearest to, and is off the scale when
        it isn't the nearest float to any.
        """
        if pa.types.is_signed_integer(values.type):
            return _read_integers(values, self.scale, self.bounds)
        if pa.types.is_floating(values.type):
            return _read_floats(values, self.scale)
        if pa.types.is_decimal128(values.type):
            return _read_decimals(values, self.scale)
        raise LadderError(f"ladder {self.name} takes numbers, not {values.type}")

    def parse(self, value: str) -> int | None:
        """Read a plain decimal number of at most `scale` decimals."""
        if not _EXACT.fullmatch(value):
            return None
        try:
            return _units(value, self.scale)
        except ValueError:
            return None

    def text(self, value: int) -> str:
        """Write the number with all its decimals."""
        if not self.scale:
            return str(value)
        whole, rest = divmod(abs(value), 10**self.scale)
        return f"{'-' if value < 0 else ''}{whole}.{rest:0{self.scale}d}"

    def value_in(self, form: str) -> int | None:
        """Return the first value that `form` names."""
        match = _FORM.fullmatch(form)
        return self.parse(match[1]) if match else None


def check_scale(scale: int) -> None:
    """Raise LadderError unless `scale` is a number of decimals that fits 64 bits."""
    if isinstance(scale, bool) or not isinstance(scale, int) or not 0 <= scale <= MAX_SCALE:
        raise LadderError(f"ladder number needs a scale from 0 to {MAX_SCALE}, not {scale!r}")


def _read_integers(values: pa.Array, scale: int, bounds: Bounds) -> tuple[Ints, Mask]:
    factor = 10**scale
    whole = values.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False)
    fits = (whole >= -(-bounds.first // factor)) & (whole <= bounds.last // factor)
    readable = fits & values.is_valid().to_numpy(zero_copy_only=False)
    return np.where(fits, whole, 0) * factor, readable


def _read_floats(values: pa.Array, scale: int) -> tuple[Ints, Mask]:
    floats = values.cast(pa.float64()).fill_null(np.nan).to_numpy(zero_copy_only=False)
    units = np.rint(np.where(np.abs(floats) < LARGEST / 10**scale, floats, 0) * 10.0**scale)
    return units.astype(np.int64), units / 10.0**scale == floats


def _read_decimals(values: pa.Array, scale: int) -> tuple[Ints, Mask]:
    """Rescale in 256 bits, where every decimal128 fits, then keep what 64 bits hold."""
    wide = values.cast(pa.decimal256(76, max(values.type.scale, scale)))
    limit = pa.scalar(Decimal(LARGEST).scaleb(-scale), wide.type)
    within = pc.less_equal(pc.abs(wide), limit)
    scaled = wide.cast(pa.decimal256(76, scale), safe=False)
    on_scale = pc.equal(scaled.cast(wide.type), wide)
    words = np.frombuffer(scaled.buffers()[1], dtype="<i8")[::_WORDS]
    readable = pc.fill_null(pc.and_(within, on_scale), fill_value=False)
    return words[scaled.offset :][: len(scaled)], readable.to_numpy(zero_copy_only=False)


def _units(number: object, scale: int) -> int:
    """Count a number in units of 10^-scale; ValueError or TypeError where that isn't exact."""
    if isinstance(number, bool) or not isinstance(number, int | float | str | Decimal):
        raise TypeError(number)
    try:
        units = Decimal(str(number)).scaleb(scale, context=_EXACTLY)
        even = units == units.to_integral_value()
    except (Inexact, InvalidOperation) as error:
        raise ValueError(number) from error
    if not even or not -LARGEST <= units <= LARGEST:
        raise ValueError(number)
    return int(units)


def _plain(units: int, scale: int) -> str:
    """Write units without trailing zeros: the name of a level."""
    text = f"{Decimal(units).scaleb(-scale):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _read_widths(widths: Sequence[object] | None, scale: int) -> tuple[int, ...]:
    if not widths or isinstance(widths, str):
        raise LadderError("ladder number needs `widths: [...]`, finest first")
    units = tuple(_width(width, scale) for width in widths)
    for finer, coarser, text in zip((1, *units), units, widths, strict=False):
        if coarser <= finer or coarser % finer:
            below = "exact" if finer == 1 else _plain(finer, scale)
            raise LadderError(
                f"ladder number: width {text} must be a larger multiple of the level below it, "
                f"{below}, or its bands don't refine",
            )
    return units


def _check_reach(bounds: Bounds, widest: int) -> None:
    """Refuse bands whose form no number could be read from: narrower ones lie within the widest."""
    first, end = bounds.first // widest * widest, (bounds.last // widest + 1) * widest
    if first < -LARGEST or end - 1 > LARGEST:
        raise LadderError(
            "ladder number: the bounds are too far out for the widest bands, which would reach "
            f"beyond {LARGEST} units of the scale; take narrower bounds or widths"
        )


def _width(width: object, scale: int) -> int:
    try:
        return _units(width, scale)
    except (TypeError, ValueError) as error:
        raise LadderError(
            f"ladder number can't read width {width!r}: it needs a number of at most {scale} "
            f"decimals",
        ) from error

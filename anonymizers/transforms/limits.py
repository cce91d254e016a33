"""Limits: top and bottom coding, so that nobody's extreme value leaves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from anonymizers.transforms.grids import Grid
    from anonymizers.transforms.watches import Watch


@dataclass(frozen=True)
class Limits(Transform):
    """Replaces each value above the top by the top, and each below the bottom by the bottom.

    Guarantee:
        All values beyond a limit have one form, the limit itself.

    Does not protect:
        Values between the limits leave as they are. If only one person lies beyond a limit, the
        limit says so of that person: choose limits that many reach. A rare one between them joins
        files, whatever tokens these have.

    References:
        A. Hundepool et al., "Statistical Disclosure Control" (2012), section 3.3.2.2.

    Attributes:
        bottom, top: in units of the grid; None is no limit. At least one is one.
        grid: what a unit of the column is.
    """

    bottom: int | None
    top: int | None
    grid: Grid
    action: ClassVar[str] = "limit"
    types: ClassVar[tuple[str, ...]] = ("integer", "decimal", "date", "timestamp")
    by_value: ClassVar[bool] = True
    joins_files: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change; it draws nothing."""
        del start

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            units, present = self.grid.units(values)
            return self.grid.values(np.clip(units, self.bottom, self.top), present, values.type)

        return change

    @property
    def parameters(self) -> Mapping[str, object]:
        """The limits, as text in the column's own values; null where there is none."""
        return {"bottom": self._text(self.bottom), "top": self._text(self.top)}

    def describe(self) -> str:
        """Say what the limits stand for."""
        parts = [
            f"{text} stands for it and everything {beyond}"
            for text, beyond in (
                (self._text(self.bottom), "below"),
                (self._text(self.top), "above"),
            )
            if text is not None
        ]
        return f"limited: {'; '.join(parts)}"

    def watch(self) -> Watch:
        """Watch that no value lies beyond a limit."""
        return EachValue(self._is_within)

    def _is_within(self, text: str) -> bool:
        units = self.grid.read(text)
        return units is not None and units == np.clip(units, self.bottom, self.top)

    def _text(self, limit: int | None) -> str | None:
        return None if limit is None else self.grid.text(limit)

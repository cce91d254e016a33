"""The ladder `codes`: a declared list of codes, each for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP, LadderError
from anonymizers.ladders.tables import TableLadder

if TYPE_CHECKING:
    from collections.abc import Sequence

LEVELS = ("exact",)


def codes_ladder(codes: Sequence[str] | None) -> TableLadder:
    """Make the ladder of a column's `codes`.

    Raises:
        LadderError: no codes, an empty one, one twice, or `*`, which is the top of any ladder.
    """
    if not codes or isinstance(codes, str):
        raise LadderError("ladder codes needs `codes: [...]` in the column")
    seen: set[str] = set()
    for code in codes:
        if not isinstance(code, str) or not code.strip() or code == TOP:
            raise LadderError(f"ladder codes can't take {code!r} as a code")
        if code in seen:
            raise LadderError(f"ladder codes has {code!r} twice")
        seen.add(code)
    return TableLadder("codes", LEVELS, [(code,) for code in codes])

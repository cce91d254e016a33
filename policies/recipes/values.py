"""What a rule of a recipe makes of a text: a value, nothing, or a problem with a name."""

from __future__ import annotations

from typing import NamedTuple

REFUSING = ("not-a-date", "date-order-doubtful", "not-a-number")
"""Problems that leave a record out, as a cell of its column that can't be read does."""

WARNING = ("unmapped-code", "born-later")
"""Problems that leave the cell empty, or a word of it out, and are counted."""


class Made(NamedTuple):
    """What became of a text, or of several from one row.

    A tuple, for millions are made: a frozen dataclass takes three times as long.

    Attributes:
        text: in the dataset's canonical form; None where nothing is known.
        problem: one of `REFUSING` or `WARNING`; '' for none. Then `text` is None, or what other
            words of the cell mean.
        unmapped: words that neither the recipe nor the dataset knows. Where the dataset lists
            what may stand in the column they are part of `text`, as they came.
        decisive: a date that can be read in the declared order of its numbers alone.
    """

    text: str | None
    problem: str = ""
    unmapped: tuple[str, ...] = ()
    decisive: bool = False


NOTHING = Made(None)

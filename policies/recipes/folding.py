"""Folding: words that differ in capitals, accents or blanks alone are one word."""

from __future__ import annotations

import unicodedata


def fold_word(text: str) -> str:
    """Return a word without capitals, accents and outer or repeated blanks.

    `ñ` counts as an `n` with an accent: who types without accents types without it too. Where
    two words of a list become one by this, only their exact spelling counts (`Folded`).
    """
    return " ".join((text if text.isascii() else _bare(text)).casefold().split())


def fold_name(text: str) -> str:
    """Return a column's name as its letters and digits alone, folded."""
    return "".join(filter(str.isalnum, fold_word(text)))


def _bare(text: str) -> str:
    # Once more after folding: capitals such as the dotted I come apart only then.
    opened = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(char for char in opened if unicodedata.category(char) not in ("Mn", "Cf"))

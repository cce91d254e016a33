"""How far two words are apart: letters put in, left out, changed, or swapped with the next one.

References:
    Damerau (1964), restricted to edits that don't overlap ("optimal string alignment").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST = 4  # letters: of shorter words too many are alike
LETTERS_FOR_AN_EDIT = 4
MOST_EDITS = 3


def distance(first: str, second: str, most: int) -> int:
    """Return how many edits turn one word into the other, or `most + 1` where it takes more."""
    if abs(len(first) - len(second)) > most:
        return most + 1
    before: list[int] = []
    above = list(range(len(second) + 1))
    for row, letter in enumerate(first, 1):
        line = [row]
        for place, other in enumerate(second, 1):
            best = min(above[place] + 1, line[-1] + 1, above[place - 1] + (letter != other))
            if row > 1 and place > 1 and letter == second[place - 2] and first[row - 2] == other:
                best = min(best, before[place - 2] + 1)
            line.append(best)
        if min(line) > most:
            return most + 1
        before, above = above, line
    return min(above[-1], most + 1)


def clear_winner(word: str, known: Mapping[str, str]) -> tuple[str, float] | None:
    """Return what the nearest known word stands for, and how sure that is.

    Digits are never edited: `9-18` isn't a misspelt `9-17`. Where words that stand for different
    things are as near, none wins.

    Args:
        word: folded.
        known: folded words, and what each stands for.

    Returns:
        What it stands for, with a confidence below 1; None where nothing is near, or two things.
    """
    if len(word) < SHORTEST:
        return None
    most = min(MOST_EDITS, max(1, len(word) // LETTERS_FOR_AN_EDIT))
    digits, best, found = _digits(word), most + 1, set[str]()
    for one, meaning in known.items():
        if len(one) < SHORTEST or _digits(one) != digits:
            continue
        far = distance(word, one, min(best, most))
        if far < best:
            best, found = far, {meaning}
        elif far == best:
            found.add(meaning)
    if best > most or len(found) != 1:
        return None
    return found.pop(), 1 - best / len(word)


def _digits(word: str) -> str:
    return "".join(letter for letter in word if letter.isdigit())

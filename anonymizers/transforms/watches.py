"""Watches: what can be checked of a changed column on the file itself, batch after batch."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.pseudonyms import TOKEN_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LETTERS = "0-9A-HJKMNP-TV-Z"


class Watch(Protocol):
    """Looks at every batch of a column, then says whether the promise holds."""

    def see(self, texts: pa.ChunkedArray) -> None:
        """Look at the next values, as text; NULL is none."""

    def holds(self) -> bool:
        """Say whether everything seen keeps the promise."""


class Unwatched:
    """Of a change that leaves no trace that could be checked."""

    def see(self, texts: pa.ChunkedArray) -> None:
        """Look away."""

    def holds(self) -> bool:
        """Say yes."""
        return True


class EachValue:
    """Every value by itself passes a test."""

    def __init__(self, test: Callable[[str], bool]) -> None:
        """Take the test of one text."""
        self._test, self._passed = test, True

    def see(self, texts: pa.ChunkedArray) -> None:
        """Test each distinct value."""
        distinct = pc.unique(texts.cast(pa.string())).drop_null().to_pylist()
        self._passed = self._passed and all(map(self._test, distinct))

    def holds(self) -> bool:
        """Say whether all passed."""
        return self._passed


class EachText:
    """Every value has a form, all of it."""

    def __init__(self, form: str) -> None:
        """Take the form, a regular expression without look-around, for millions of texts."""
        self._form, self._passed = rf"\A(?:{form})\z", True

    def see(self, texts: pa.ChunkedArray) -> None:
        """Test each value."""
        fits = pc.match_substring_regex(texts.cast(pa.string()), self._form)
        self._passed = self._passed and pc.all(fits, min_count=0).as_py()

    def holds(self) -> bool:
        """Say whether all passed."""
        return self._passed


def counted(texts: pa.ChunkedArray) -> Iterator[tuple[str, int]]:
    """Yield each text that occurs with the people who have it."""
    counts = pc.value_counts(texts.cast(pa.string()).drop_null())
    return zip(*(part.to_pylist() for part in counts.flatten()), strict=True)


class PeopleWithEach:
    """Every value that occurs, occurs for at least `least` people."""

    def __init__(self, least: int) -> None:
        """Take how many there must be."""
        self._least = least
        self._people: Counter[str] = Counter()

    def see(self, texts: pa.ChunkedArray) -> None:
        """Count the people of each value."""
        self._people.update(dict(counted(texts)))

    def holds(self) -> bool:
        """Say whether each has enough."""
        return all(people >= self._least for people in self._people.values())


@dataclass(frozen=True)
class Promise:
    """What a column of a written file promises.

    Attributes:
        column: its name in the file.
        rule: the promise's name, in errors.
        watch: makes a fresh watch.
    """

    column: str
    rule: str
    watch: Callable[[], Watch]


def token_promise(column: str, domain: str) -> Promise:
    """Promise that a column holds nothing but tokens of a domain."""
    form = f"{re.escape(domain)}_[0-7][{_LETTERS}]{{{TOKEN_CHARACTERS - 1}}}"
    return Promise(column, "token", lambda: EachText(form))

"""Own taxonomies: a file with one line for each value, `value;level-1;level-2;...`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa

from anonymizers.ladders.base import TOP, LadderError
from anonymizers.ladders.tables import TableLadder

if TYPE_CHECKING:
    from collections.abc import Iterable


class TaxonomyError(LadderError):
    """A taxonomy file has a line that can't stand; the text names it."""


@dataclass(frozen=True)
class Taxonomy:
    """A taxonomy's lines, each refining the next column, without the last `*`.

    Attributes:
        lines: for each value its forms, finest first, all of one length, no value twice.
    """

    lines: tuple[tuple[str, ...], ...]

    @property
    def levels(self) -> tuple[str, ...]:
        """Name the levels below `*`."""
        return ("exact", *(f"level-{number}" for number in range(1, len(self.lines[0]))))


def parse_taxonomy(text: str, name: str = "taxonomy") -> Taxonomy:
    """Read a taxonomy file: delimiter `;`, finest form first, no header, blank lines skipped.

    A last column that is `*` throughout is the top, which every ladder has anyway.

    Args:
        text: the file.
        name: the ladder, for the error.

    Raises:
        TaxonomyError: no lines, a line of another length, an empty form, a value twice, or `*`
            below the top; with the line's number.
        LadderDoesNotRefineError: two values are one on a level and two on the next.
    """
    numbered = tuple(_read_lines(text))
    if not numbered:
        raise TaxonomyError("the taxonomy has no lines; it needs `value;level-1;...` for each")
    _check_lengths(numbered)
    has_top = all(line[-1] == TOP for _, line in numbered) and len(numbered[0][1]) > 1
    body = tuple((number, line[:-1] if has_top else line) for number, line in numbered)
    _check_forms(body)
    taxonomy = Taxonomy(tuple(line for _, line in body))
    taxonomy_ladder(name, taxonomy).climb(pa.array([line[0] for line in taxonomy.lines]))
    return taxonomy


@lru_cache(maxsize=64)
def taxonomy_ladder(name: str, taxonomy: Taxonomy) -> TableLadder:
    """Make the ladder of a taxonomy; its domain is every line of the file."""
    return TableLadder(name, taxonomy.levels, taxonomy.lines)


def _read_lines(text: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    rows = csv.reader(text.removeprefix("\ufeff").splitlines(), delimiter=";", strict=True)
    try:
        for row in rows:
            line = tuple(form.strip() for form in row)
            if any(line):
                yield rows.line_num, line
    except csv.Error as error:
        raise TaxonomyError(f"line {rows.line_num} of the taxonomy: {error}") from error


def _check_lengths(numbered: tuple[tuple[int, tuple[str, ...]], ...]) -> None:
    width = len(numbered[0][1])
    for number, line in numbered:
        if len(line) != width:
            raise TaxonomyError(
                f"line {number} of the taxonomy has not as many columns as the first: "
                f"{len(line)}, not {width}",
            )


def _check_forms(numbered: tuple[tuple[int, tuple[str, ...]], ...]) -> None:
    first_lines: dict[str, int] = {}
    for number, line in numbered:
        if "" in line:
            raise TaxonomyError(f"line {number} of the taxonomy has an empty column")
        if TOP in line:
            raise TaxonomyError(
                f"line {number} of the taxonomy has `*` below the last level; name the group, or "
                f"let the last column be `*` in every line",
            )
        if line[0] in first_lines:
            raise TaxonomyError(
                f"line {number} of the taxonomy has {line[0]!r} again, first in line "
                f"{first_lines[line[0]]}",
            )
        first_lines[line[0]] = number

"""Columns that line up, for people who read them on a terminal."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterable, Sequence

import typer

GAP = "  "
NARROWEST = 40  # characters of a line


def print_rows(rows: Iterable[Sequence[str]], indent: str = "") -> None:
    """Print rows with their cells one below the other; the last one may be as long as it is."""
    cells = [[harmless(cell) for cell in row] for row in rows]
    widths = _widths(cells)
    for row in cells:
        line = GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(indent + line.rstrip())


def width_of(rows: Iterable[Sequence[str]]) -> int:
    """Return how many characters the widest row takes, printed as columns."""
    widths = _widths(rows)
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _widths(rows: Iterable[Sequence[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(*rows, strict=True)]


def harmless(text: str) -> str:
    """Return a text without what a terminal would obey: data and names may hold anything."""
    return "".join(mark if mark.isprintable() else "?" for mark in text)


def print_wrapped(text: str, indent: str) -> None:
    """Print a text of any length as lines that fit the terminal, harmless."""
    width = max(shutil.get_terminal_size().columns - len(indent), NARROWEST)
    for line in textwrap.wrap(harmless(text), width) or [""]:
        typer.echo(indent + line)

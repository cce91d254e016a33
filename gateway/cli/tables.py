"""Columns that line up, for people who read them on a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import typer

GAP = "  "


def print_rows(rows: Iterable[Sequence[str]], indent: str = "") -> None:
    """Print rows with their cells one below the other; the last one may be as long as it is."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        line = GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo(indent + line.rstrip())


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 record`, `2 records`, `2,000 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"

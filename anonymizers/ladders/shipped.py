"""Tables that ship with the package: lines of fields, below a head that tells their source."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def read_table(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the fields of each line of a table in `data`, without its head."""
    text = files("anonymizers.ladders").joinpath("data", name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(tuple(line.split(";")) for line in lines)

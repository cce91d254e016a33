"""A number and its noun, in the right form."""

from __future__ import annotations


def counted(number: int, one: str, many: str = "") -> str:
    """Return `1 record`, `2 records`, `2,000 people`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def counted_people(number: int) -> str:
    """Return `1 person`, `2,000 people`."""
    return counted(number, "person", "people")

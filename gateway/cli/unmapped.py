"""Unmapped words of a load, as a block that can be pasted into the recipe."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import typer
import yaml

from gateway.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterable


def render_unmapped(words: Iterable[dict[str, Any]], left_out: int) -> None:
    """Print the words to decide about; nothing where there are none.

    Args:
        words: `column`, `text` and `count` of each, those of one column together.
        left_out: how many more there are.
    """
    by_column = groupby(words, key=lambda word: str(word["column"]))
    blocks = [line for column, found in by_column for line in _block(column, found)]
    if not blocks:
        return
    typer.echo("  Decide once what these words mean, paste it into the recipe, and load again")
    typer.echo("  (null: nothing known):")
    typer.echo("    columns:")
    for line in blocks:
        typer.echo(f"      {line}")
    if left_out:
        typer.echo(f"  and {left_out:,} more")


def _block(column: str, words: Iterable[dict[str, Any]]) -> Iterable[str]:
    yield f"{_quoted(column)}:"
    yield "  codes:"
    for word in words:
        yield f"    {_quoted(word['text'])}: null  # {counted(word['count'], 'row')}"


def _quoted(text: str) -> str:
    """Return a text as YAML reads it back, on one line."""
    written: str = yaml.safe_dump(text, default_style='"', allow_unicode=True, width=10_000)
    return written.removesuffix("\n")

"""Examples at the end of each command's help: a command says best how it is used."""

from __future__ import annotations


def example(*commands: str) -> str:
    """Return the last paragraphs of a command's help, one command on each line."""
    title = "**Example**" if len(commands) == 1 else "**Examples**"
    return "\n\n".join((title, *(f"`{command}`" for command in commands)))

"""Officers: the people who decide, told apart by their names alone as yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.normalization import normalize
from gateway.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_first_vote(officer: str, voted: Iterable[str], item: str) -> None:
    """Let each officer vote once on an item.

    **Guarantee.** `Olivia`, `olivia` and ` olivia ` are one officer, not three; so are names that
    differ in what can't be seen, or in the width of their letters.

    **Does not protect.** Names are what the operator types; until officers sign in, whoever may
    run commands can vote under any name, one in letters that look alike among them, and the log
    says under which.

    Args:
        officer: who wants to vote.
        voted: who has.
        item: what the vote is on, for the error.

    Raises:
        ConflictError: this officer has voted, or has no name.
    """
    check_named(officer)
    if _spelled(officer) in map(_spelled, voted):
        raise ConflictError(f"officer {officer} has voted on {item}; another one must")


def check_named(officer: str) -> None:
    """Refuse what no officer is called: whoever looks or decides is named in the log.

    Raises:
        ConflictError: the name is empty, or holds what can't be seen.
    """
    if not " ".join(officer.split()).isprintable():
        raise ConflictError("an officer's name holds characters that can't be seen; type it anew")
    if not _spelled(officer):
        raise ConflictError("name the officer who looks or decides (--officer NAME)")


def _spelled(officer: str) -> str:
    return normalize(officer, "text") or ""

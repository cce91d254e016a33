"""Erasing random tokens: what a partner holds can't be linked to people any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.errors import NotFoundError
from gateway.store.engine import writing

if TYPE_CHECKING:
    from gateway.context import Context


def erase_tokens(context: Context, partner: str, agreement: str) -> dict[str, Any]:
    """Erase a partner's random tokens, and log that it was done.

    Derived tokens are untouched: nothing of them is stored.

    Args:
        context: the open home.
        partner: whose tokens.
        agreement: only those it received under this one; empty for all.

    Raises:
        NotFoundError: no such partner.
        LakeError: the token vault isn't there.
    """
    if context.registry.partner(partner) is None:
        raise NotFoundError(f"no partner {partner!r}; `weir partner list` names them")
    erased = context.tokens.erase(partner, agreement)
    with writing(context.store) as session:
        context.log.append(session, "key", f"tokens/{partner}", state="erased", agreement=agreement)
    return {"name": partner, "agreement": agreement, "erased": erased}

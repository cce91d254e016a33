"""Client assertions: how a partner's program proves who it is, once (RFC 7523)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sqlmodel import col, delete

from gateway.jwts import JwtError, is_time
from gateway.store.engine import insert_once, writing
from gateway.store.tables import AssertionSeen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

MAX_AGE_SECONDS = 60
SKEW_SECONDS = 10
MAX_JTI_CHARACTERS = 128
_TYPES = frozenset({None, "jwt", "client-authentication+jwt"})


def check_type(header: Mapping[str, Any]) -> None:
    """Refuse a token that was made to be something else, such as an access token.

    Raises:
        JwtError: its `typ` names another kind.
    """
    kind = header.get("typ")
    if (kind.lower() if isinstance(kind, str) else kind) not in _TYPES:
        raise JwtError


def check_claims(claims: Mapping[str, Any], *, client: str, issuer: str, now: float) -> None:
    """Check what an assertion says, except that it is said once.

    Args:
        claims: of an assertion whose signature is checked.
        client: who must have made it, for itself.
        issuer: this server: the one audience, as one string.
        now: seconds since 1970; clocks may differ by `SKEW_SECONDS`.

    Raises:
        JwtError: something isn't as it must be.
    """
    checks = (
        claims.get("iss") == client,
        claims.get("sub") == client,
        claims.get("aud") == issuer,
        _is_within(claims.get("iat"), now - MAX_AGE_SECONDS, now + SKEW_SECONDS),
        _is_within(claims.get("exp"), now, now + MAX_AGE_SECONDS + SKEW_SECONDS),
        _is_within(claims.get("nbf", now), 0, now + SKEW_SECONDS),
        _is_id(claims.get("jti")),
    )
    if not all(checks):
        raise JwtError


def _is_within(moment: Any, first: float, last: float) -> bool:
    return is_time(moment) and first <= moment <= last  # NaN compares false


def _is_id(jti: Any) -> bool:
    """Answer whether a store can hold it: short, and no NUL or half character."""
    return isinstance(jti, str) and 0 < len(jti) <= MAX_JTI_CHARACTERS and jti.isprintable()


def spend_assertion(store: Engine, claims: Mapping[str, Any], now: float) -> None:
    """Use an assertion up.

    **Guarantee.** An assertion works once, whatever worker it reaches: its id is a unique key
    of the store, kept until it can't be accepted any more.

    Raises:
        JwtError: it was used before.
    """
    client, jti = claims["sub"], claims["jti"]
    with writing(store) as session:
        of_client = col(AssertionSeen.client) == client
        session.execute(delete(AssertionSeen).where(of_client, col(AssertionSeen.expires_at) < now))
        row = AssertionSeen(client=client, jti=jti, expires_at=math.ceil(claims["exp"]))
        if not insert_once(session, row):
            raise JwtError

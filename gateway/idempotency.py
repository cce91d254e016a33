"""Idempotency keys: a POST that is sent again gets the answer of the first time."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlmodel import col, delete, update

from gateway.errors import IdempotencyError, InProgressError, InvalidRequestError
from gateway.store.engine import insert_once, reading, writing
from gateway.store.tables import IdempotentAnswer
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement

    from gateway.context import Context

MAX_KEY_CHARACTERS = 255
KEPT_HOURS = 24
ABANDONED_SECONDS = 60
_SERVER_ERROR = 500


@dataclass(frozen=True)
class Answer:
    """An answer as it is kept: status, headers that matter, body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True)
class Claim:
    """One use of a key by one client for one request.

    Attributes:
        key: hash of what the client sent, so that a key that says something isn't kept.
        body: hash of method, path and body, to which the key is bound.
        taken_at: when; who takes an abandoned claim over changes it.
    """

    client: str
    key: str
    body: str
    taken_at: str


def read_key(values: Sequence[str]) -> str | None:
    """Return the key that the `Idempotency-Key` headers give, None where there is none.

    Raises:
        InvalidRequestError: it is given twice, empty, too long, or not printable ASCII.
    """
    if not values:
        return None
    key = values[0]
    printable = key.isascii() and key.isprintable()
    if len(values) > 1 or not 0 < len(key) <= MAX_KEY_CHARACTERS or not printable:
        limit = str(MAX_KEY_CHARACTERS)
        raise InvalidRequestError((Reason("idempotency-key-invalid", {"limit": limit}),))
    return key


def answer_once(  # noqa: PLR0913 - a request is named by all of these
    context: Context,
    *,
    client: str,
    key: str | None,
    request: str,
    body: bytes,
    make: Callable[[], Answer],
) -> Answer:
    """Return the answer to a request, made once for each key.

    **Guarantee.** Of requests with one key at the same time, on any worker, one is carried out;
    the others get its answer, or are told that it is in progress. An answer is kept for
    `KEPT_HOURS`, sealed; a failure of the gateway isn't kept, so a retry tries again.

    Args:
        context: the open home.
        client: whose key it is; keys of two clients never meet.
        key: as `read_key` returned it.
        request: method and path.
        body: as it was sent.
        make: carries the request out, refusals included.

    Raises:
        IdempotencyError: the key was used for another request.
        InProgressError: its first request is being carried out.
    """
    if key is None:
        return make()
    claim = Claim(
        client=client,
        key=context.keys.fingerprint(key.encode()),
        body=context.keys.fingerprint(request.encode() + b"\n" + body),
        taken_at=context.clock.timestamp(),
    )
    if not _take(context, claim):
        return _stored_answer(context, claim)
    return _carry_out(context, claim, make)


def _carry_out(context: Context, claim: Claim, make: Callable[[], Answer]) -> Answer:
    try:
        answer = make()
    except BaseException:
        _give_back(context, claim)
        raise
    if answer.status >= _SERVER_ERROR:
        _give_back(context, claim)
    else:
        _keep(context, claim, answer)
    return answer


def _before(context: Context, age: timedelta) -> str:
    return (context.clock.now() - age).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _take(context: Context, claim: Claim) -> bool:
    """Claim the key; a claim whose worker died is taken over after `ABANDONED_SECONDS`."""
    expired = _before(context, timedelta(hours=KEPT_HOURS))
    abandoned = _before(context, timedelta(seconds=ABANDONED_SECONDS))
    row = col(IdempotentAnswer.client) == claim.client
    with writing(context.store) as session:
        session.execute(
            delete(IdempotentAnswer).where(row, col(IdempotentAnswer.created_at) < expired)
        )
        fresh = IdempotentAnswer(
            client=claim.client, key=claim.key, body_sha256=claim.body, created_at=claim.taken_at
        )
        if insert_once(session, fresh):
            return True
        taken_over = session.execute(
            update(IdempotentAnswer)
            .where(row, col(IdempotentAnswer.key) == claim.key)
            .where(col(IdempotentAnswer.body_sha256) == claim.body)
            .where(col(IdempotentAnswer.status).is_(None))
            .where(col(IdempotentAnswer.created_at) < abandoned)
            .values(created_at=claim.taken_at)
        )
        return bool(taken_over.rowcount)  # type: ignore[attr-defined]


def forget_expired(context: Context) -> None:
    """Delete answers whose time is over, whoever they were for."""
    expired = _before(context, timedelta(hours=KEPT_HOURS))
    with writing(context.store) as session:
        session.execute(delete(IdempotentAnswer).where(col(IdempotentAnswer.created_at) < expired))


def forget_answers(context: Context, client: str) -> None:
    """Delete what a client was answered; a request that is sent again is a new one then."""
    with writing(context.store) as session:
        session.execute(
            delete(IdempotentAnswer).where(
                col(IdempotentAnswer.client) == client, col(IdempotentAnswer.status).is_not(None)
            )
        )


def _stored_answer(context: Context, claim: Claim) -> Answer:
    with reading(context.store) as session:
        row = session.get(IdempotentAnswer, (claim.client, claim.key))
    if row is not None and row.body_sha256 != claim.body:
        raise IdempotencyError("use a new Idempotency-Key for a new request")
    if row is None or row.sealed_answer is None:
        raise InProgressError("the first request with this key is being answered; ask again")
    return _decode(context.keys.store_cipher().open(row.sealed_answer, _context_of(claim)))


def _keep(context: Context, claim: Claim, answer: Answer) -> None:
    sealed = context.keys.store_cipher().seal(_encode(answer), _context_of(claim))
    with writing(context.store) as session:
        session.execute(
            update(IdempotentAnswer)
            .where(*_is_mine(claim))
            .values(status=answer.status, sealed_answer=sealed)
        )


def _give_back(context: Context, claim: Claim) -> None:
    with writing(context.store) as session:
        session.execute(delete(IdempotentAnswer).where(*_is_mine(claim)))


def _is_mine(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    """Return what holds while nobody has taken this claim over."""
    return (
        col(IdempotentAnswer.client) == claim.client,
        col(IdempotentAnswer.key) == claim.key,
        col(IdempotentAnswer.created_at) == claim.taken_at,
    )


def _context_of(claim: Claim) -> str:
    return f"idempotent_answer:{claim.client}:{claim.key}:answer"


def _encode(answer: Answer) -> bytes:
    body = base64.b64encode(answer.body).decode()
    return json.dumps([answer.status, answer.headers, body]).encode()


def _decode(kept: bytes) -> Answer:
    status, headers, body = json.loads(kept)
    pairs = tuple((name, value) for name, value in headers)
    return Answer(status, pairs, base64.b64decode(body))

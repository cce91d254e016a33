"""Extracts that wait for officers: what was asked, what would leave, and rows of the very file.

Rows are read from the sealed bytes that an approval releases, not made anew. Nobody can download
them before; that an officer looked is an entry.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from sqlmodel import select

from gateway.extracts import decide, stored_request
from gateway.guard import other_views
from gateway.left_out import beyond_asked
from gateway.manifests import guarantee
from gateway.messages import worded
from gateway.officers import check_named
from gateway.outcomes import CONTENT, Outcome, folder_of, open_outcome, part_key
from gateway.outputs.formats import output_format
from gateway.refusals import Refusal
from gateway.releases import approvals, still_permitted
from gateway.reviews import waiting_extract
from gateway.sealed import SealedReader
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract, PolicyRow
from policies.documents import PolicyDocument
from policies.plans import Refuse
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    import pyarrow as pa
    from sqlmodel import Session

    from gateway.context import Context
    from policies.requests import ExtractRequest

TOKEN = "(token)"  # noqa: S105 - what is shown in a token's place
_PEOPLE = ("people_seen", "suppressed_by_search", "suppressed")


@dataclass(frozen=True)
class Waiting:
    """An extract that waits for officers.

    Attributes:
        policy, policy_sha256: the version that it was made under.
        columns: of the dataset, that were asked for.
        where: the conditions of the request.
        overlaps: releases that hold some of its people, where it or they are recoded locally.
        beside: other views of the same people that the partner has, or waits for.
    """

    id: str
    partner: str
    agreement: str
    purpose: str
    dataset: str
    policy: str
    policy_sha256: str
    columns: tuple[str, ...]
    where: tuple[Mapping[str, Any], ...]
    format: str
    requested_at: str
    approvals: int
    needed: int
    overlaps: tuple[str, ...]
    beside: tuple[View, ...]


@dataclass(frozen=True)
class View:
    """One view of some people: what it shows of them, and when it was asked for."""

    id: str
    dataset: str
    purpose: str
    columns: tuple[str, ...]
    where: tuple[Mapping[str, Any], ...]
    requested_at: str
    state: str


def list_waiting(context: Context) -> list[Waiting]:
    """Return the extracts in review, the oldest first."""
    with reading(context.store) as session:
        rows = session.exec(
            select(Extract).where(Extract.state == "in_review").order_by(Extract.requested_at),
        )
        return [_about(context, session, row, open_outcome(context, row)) for row in rows]


def show_waiting(context: Context, extract_id: str, officer: str, rows: int) -> dict[str, Any]:
    """Show an officer what would be released of a waiting extract.

    Guarantee: rows are those of the file that an approval releases, authenticated as they are
    read; in a token's place stands `(token)`. The look is an entry before anybody sees anything.

    Args:
        context: the open home.
        extract_id: as `list_waiting` names it.
        officer: who looks.
        rows: how many to show, from the file's first on; its order tells nothing of the data's.

    Returns:
        What `Waiting` says, and: `approved_by`; `objections`, for which an approval would now
        refuse it, worded; where something safe could be made, `made`: its figures, columns,
        warnings and rows.

    Raises:
        NotFoundError: no such extract.
        ConflictError: it doesn't wait for review, or the officer has no name.
        SealedFileError: the waiting bytes were changed.
    """
    check_named(officer)
    with reading(context.store) as session:
        extract = waiting_extract(session, extract_id)
        outcome = open_outcome(context, extract)
        shown = {
            **asdict(_about(context, session, extract, outcome)),
            "kind": "extract",
            "approved_by": [asdict(vote) for vote in approvals(session, extract_id)],
            "objections": worded(_objections(context, extract, outcome)),
            "made": _made(context, session, extract, outcome, rows),
        }
    _log(context, extract, officer, rows)
    return shown


def _about(
    context: Context, session: Session, extract: Extract, outcome: Outcome | Refusal
) -> Waiting:
    request = stored_request(context, extract)
    return Waiting(
        id=extract.id,
        partner=extract.partner,
        agreement=extract.agreement,
        purpose=request.purpose,
        dataset=extract.dataset,
        policy=session.get_one(PolicyRow, extract.policy_sha256).policy,
        policy_sha256=extract.policy_sha256,
        columns=request.columns or (),
        where=_conditions(request),
        format=extract.format,
        requested_at=extract.requested_at,
        approvals=len(approvals(session, extract.id)),
        needed=extract.reviews_needed,
        overlaps=() if isinstance(outcome, Refusal) else tuple(outcome.overlaps),
        beside=tuple(_view(context, one) for one in other_views(context, session, extract)),
    )


def _view(context: Context, extract: Extract) -> View:
    request = stored_request(context, extract)
    return View(
        id=extract.id,
        dataset=extract.dataset,
        purpose=request.purpose,
        columns=request.columns or (),
        where=_conditions(request),
        requested_at=extract.requested_at,
        state=extract.state,
    )


def _conditions(request: ExtractRequest) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        one.model_dump(mode="json", by_alias=True, exclude_none=True) for one in request.where
    )


def _objections(context: Context, extract: Extract, outcome: Outcome | Refusal) -> Iterator[Reason]:
    """Yield why an approval would end it as refused, as things are now."""
    decision = decide(context, extract.partner, stored_request(context, extract))
    if isinstance(decision, Refuse):
        yield from decision.reasons
    elif not still_permitted(decision, extract):
        yield Reason("permission-ended", {"dataset": extract.dataset})
    if isinstance(outcome, Refusal):
        yield outcome.reason


def _made(
    context: Context, session: Session, extract: Extract, outcome: Outcome | Refusal, rows: int
) -> dict[str, Any] | None:
    """Return what would leave; None where nothing would."""
    if isinstance(outcome, Refusal):
        return None
    seen, by_search, left_out = (outcome.left_out[name] for name in _PEOPLE)
    document = session.get_one(PolicyRow, extract.policy_sha256).document
    most = _most_suppressed(PolicyDocument.model_validate_json(document))
    personal = bool(outcome.epoch) or "redact" in _actions(outcome.columns)
    return {
        "rows_in_file": outcome.rows,
        "people_seen": seen,
        "left_out": left_out,
        "left_out_by_search": by_search,
        "records_left_out": {
            rule: count for rule, count in outcome.left_out.items() if rule not in _PEOPLE
        },
        "max_suppressed": most,
        "guarantee": guarantee(pseudonymized=personal),
        "protection": outcome.protection,
        "loss": outcome.utility["loss"],
        "first_consent_end": outcome.first_consent_end,
        "columns": outcome.columns,
        "warnings": worded(beyond_asked(seen, by_search, left_out, most)),
        "rows": _rows(context, extract, outcome, rows),
    }


def _most_suppressed(document: PolicyDocument) -> float:
    assert document.extract is not None  # noqa: S101 - an extract was made under it
    return document.extract.protect.max_suppressed


def _actions(columns: Iterable[Mapping[str, Any]]) -> set[str]:
    return {column["action"] for column in columns}


def _rows(
    context: Context, extract: Extract, outcome: Outcome, most: int
) -> list[dict[str, str | None]]:
    """Read the first rows of the waiting file, tokens aside."""
    path, key = folder_of(context, extract.id) / CONTENT, part_key(outcome.content_key, CONTENT)
    tokens = [one["name"] for one in outcome.columns if one["action"] == "pseudonymize"]
    with SealedReader(path, key) as source:
        read = output_format(extract.format).read_back(cast("BinaryIO", source))
        # Closed before the file is: a reader that stops early still holds it.
        with contextlib.closing(cast("Generator[pa.Table]", read)) as parts:
            found = itertools.chain.from_iterable(part.slice(0, most).to_pylist() for part in parts)
            return [row | dict.fromkeys(tokens, TOKEN) for row in itertools.islice(found, most)]


def _log(context: Context, extract: Extract, officer: str, rows: int) -> None:
    with writing(context.store) as session:
        context.log.append(
            session,
            "review",
            extract.id,
            partner=extract.partner,
            state="shown",
            officer=officer,
            rows=rows,
        )

"""Downloads: every one rechecks agreement, time, consent and withdrawals before it opens bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NoReturn

from gateway.agreed import check_agreement
from gateway.errors import ConflictError, ExpiredError, IntegrityError, RefusedError
from gateway.extracts import decide, own_extract, stored_request
from gateway.housekeeping import end_download
from gateway.identifiers import release_id_of
from gateway.outcomes import Outcome, folder_of, open_outcome, part_key
from gateway.outputs.formats import CSV, output_format
from gateway.permitted import is_permitted_as_it_was
from gateway.refusals import Refusal
from gateway.sealed import SealedReader
from gateway.standing import still_stands
from gateway.store.engine import reading
from gateway.store.tables import Extract, Release
from policies.plans import Refuse
from policies.reasons import Reason

if TYPE_CHECKING:
    from datetime import date

    from gateway.context import Context

Part = Literal["content", "codebook"]


@dataclass(frozen=True)
class Download:
    """Bytes that may leave now.

    Attributes:
        reader: seekable, authenticated as it is read.
        sha256: hex, of the whole plain content.
    """

    reader: SealedReader
    size: int
    sha256: str
    media_type: str
    filename: str


def open_content(context: Context, partner: str, extract_id: str) -> Download:
    """Open the released bytes for one download.

    Raises:
        NotFoundError: not an extract of this partner.
        ConflictError: not ready.
        ExpiredError: the download has ended: by time, because somebody's consent did, or because
            the policy would have it made otherwise by now.
        RefusedError: the agreement isn't in force any more.
    """
    return _open(context, partner, extract_id, "content")


def open_codebook(context: Context, partner: str, extract_id: str) -> Download:
    """Open the codebook of a release, under the same checks as its content."""
    return _open(context, partner, extract_id, "codebook")


def _open(context: Context, partner: str, extract_id: str, part: Part) -> Download:
    with reading(context.store) as session:
        extract = own_extract(session, partner, extract_id)
    _check_ready(extract)
    today = context.clock.today(context.home.document.timezone)
    check_agreement(context, extract, stored_request(context, extract).purpose)
    _check_permission(context, extract)
    with reading(context.store) as session:
        release = session.get_one(Release, release_id_of(extract_id))
    _check_time(context, extract, release, today)
    _check_consent(context, extract, release, today)
    return _reader(context, extract, release, part)


def _check_ready(extract: Extract) -> None:
    if extract.state in ("expired", "recalled"):
        raise ExpiredError(f"this extract is {extract.state}; its bytes are gone, ask again")
    if extract.state != "ready":
        raise ConflictError(f"this extract is {extract.state}; wait until it is ready")


def _check_permission(context: Context, extract: Extract) -> None:
    """What was asked must still be permitted, to whatever class the partner is in by now.

    It must be permitted as it was made, too. An operator who raises k after a near miss means
    the bytes that nobody has fetched yet as well.
    """
    decision = decide(context, extract.partner, stored_request(context, extract))
    if isinstance(decision, Refuse):
        raise RefusedError(decision.reasons)
    if not is_permitted_as_it_was(context, extract, decision):
        _expire(context, extract, Reason("permission-changed", {"dataset": extract.dataset}))


def _check_time(context: Context, extract: Extract, release: Release, today: date) -> None:
    if today.isoformat() > release.download_until:
        _expire(context, extract, Reason("download-ended", {"day": release.download_until}))


def _check_consent(context: Context, extract: Extract, release: Release, today: date) -> None:
    if not still_stands(context, extract, release, today):
        _expire(context, extract, Reason("consent-changed", {}))


def _expire(context: Context, extract: Extract, reason: Reason) -> NoReturn:
    end_download(context, extract.id, reason)
    raise ExpiredError("this extract has expired; ask again", reasons=(reason,))


def _reader(context: Context, extract: Extract, release: Release, part: Part) -> Download:
    if release.sealed_content_key is None:
        raise ExpiredError("this extract has expired; ask again")
    key = context.keys.content_key_unwrap(
        release.sealed_content_key,
        f"release:{release.id}:content",
    )
    outcome = open_outcome(context, extract)
    if isinstance(outcome, Refusal):
        raise IntegrityError(f"{extract.id} is ready without an outcome; run `weir audit check`")
    chosen = output_format(extract.format) if part == "content" else CSV
    reader = SealedReader(folder_of(context, extract.id) / part, part_key(key, part))
    return Download(
        reader=reader,
        size=reader.size,
        sha256=_sha256(outcome, part),
        media_type=chosen.media_type,
        filename=_filename(release, part, chosen.suffix),
    )


def _sha256(outcome: Outcome, part: Part) -> str:
    return outcome.content_sha256 if part == "content" else outcome.codebook_sha256


def _filename(release: Release, part: Part, suffix: str) -> str:
    middle = ".codebook" if part == "codebook" else ""
    return f"{release.dataset}-{release.id}{middle}{suffix}"

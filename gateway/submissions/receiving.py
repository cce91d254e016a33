"""Receiving: room is reserved before a byte comes, and bytes that came twice count once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from gateway.contributors import written_labels
from gateway.errors import ConflictError, InvalidRequestError, NotFoundError, RefusedError
from gateway.identifiers import new_id
from gateway.loading import counts_still
from gateway.ordinals import next_ordinal
from gateway.store.engine import reading, writing
from gateway.store.tables import Submission
from gateway.submissions.permits import check_permit
from gateway.submissions.recipes import (
    SavedRecipe,
    find_recipe,
    own_recipes,
    ready,
    save_recipe,
)
from gateway.submissions.sealing import (
    Pending,
    Upload,
    open_pending,
    open_upload,
    seal_report,
)
from gateway.submissions.uploads import SealedUpload, delete_uploads
from policies.documents.problems import nearest
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.context import Context
    from gateway.submissions.sealing import UploadFile
    from gateway.submissions.terms import SubmissionTerms

MOST_OPEN = 16
MOST_OPEN_BYTES = 8 << 30
IN_FORCE = ("received", "checked", "needs_decision", "accepted")
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Receiving:
    """A submission whose bytes may come now."""

    id: str
    upload: Upload
    files: tuple[SealedUpload, ...]


def open_submission(
    context: Context,
    contributor: str,
    terms: SubmissionTerms,
    files: tuple[UploadFile, ...],
    reserved: int,
) -> Receiving:
    """Reserve room for a submission; nothing of it is written before.

    Args:
        context: the open home.
        contributor: who sends it.
        terms: as it said.
        files: what they are called.
        reserved: bytes that they may take in all.

    Raises:
        RefusedError: no agreement lets it submit, or too much of its own is open.
        InvalidRequestError: the recipe isn't known, or doesn't fit the dataset.
    """
    declared = check_permit(context, contributor, terms.dataset)
    if terms.new_recipe is not None:
        ready(terms.new_recipe, declared.document)
    recipe = _recipe(context, contributor, terms)
    upload = Upload.new(files, reserved)
    with writing(context.store) as session:
        context.log.lock(session)
        _check_room(context, session, contributor, reserved)
        submission = Submission(
            id=new_id("sub"),
            dataset=terms.dataset,
            contributor=contributor,
            source_sha256="",
            mode=terms.mode,
            state="receiving",
            sequence=next_sequence(session),
            received_at=context.clock.timestamp(),
            dry_run=terms.dry_run,
            recipe_id=recipe.id if recipe else None,
            labels=written_labels(terms.labels),
        )
        submission.sealed_upload = upload.sealed(context.keys, submission.id)
        said = Pending(choice=terms.corrections or "", again=terms.again, relabel=terms.relabel)
        if said != Pending():
            submission.sealed_pending = said.sealed(context.keys, submission.id)
        session.add(submission)
    return Receiving(submission.id, upload, upload.opened(context.home, submission.id))


def _recipe(context: Context, contributor: str, terms: SubmissionTerms) -> SavedRecipe | None:
    if terms.new_recipe is not None:
        return save_recipe(context, contributor, terms.new_recipe)
    if terms.recipe is None:
        return None
    found = find_recipe(context, contributor, terms.recipe)
    if found is not None and found.document.dataset == terms.dataset:
        return found
    known = [saved.name for saved in own_recipes(context, contributor, terms.dataset)]
    facts = {"recipe": terms.recipe, "nearest": nearest(terms.recipe, known)}
    raise InvalidRequestError((Reason("recipe-unknown", facts),))


def next_sequence(session: Session) -> int:
    """Return the number of what comes now; the log's lock is held."""
    return next_ordinal(session)


def open_rows(session: Session, contributor: str) -> list[Submission]:
    """Return a contributor's submissions of which files lie here."""
    query = select(Submission).where(
        Submission.contributor == contributor, col(Submission.sealed_upload).is_not(None)
    )
    return list(session.exec(query))


def _check_room(context: Context, session: Session, contributor: str, wanted: int) -> None:
    """Nobody fills the disk with what isn't settled; it counts one's own alone."""
    rows = open_rows(session, contributor)
    if len(rows) >= MOST_OPEN:
        raise RefusedError((Reason("too-many-submissions-open", {"count": str(len(rows))}),))
    uploads = [open_upload(context.keys, row) for row in rows]
    taken = sum(upload.reserved for upload in uploads if upload)
    if taken + wanted > MOST_OPEN_BYTES:
        limit = str(MOST_OPEN_BYTES >> 30)
        raise RefusedError((Reason("too-much-open", {"limit": limit}),))


def name_files(context: Context, submission_id: str, upload: Upload) -> None:
    """Note the files of a submission whose names came with their bytes."""
    with writing(context.store) as session:
        row = session.get_one(Submission, submission_id)
        if row.state != "receiving":
            raise ConflictError("this submission takes no files any more")
        row.sealed_upload = upload.sealed(context.keys, submission_id)
        session.add(row)


def finish_receiving(context: Context, submission_id: str) -> str:
    """Count a submission as received, or as another one sent again.

    The same files of one contributor for one dataset, by the same recipe, under the same labels,
    are one submission; a dry run is one every time.

    Returns:
        The id of the submission that goes on: this one, or the first.
    """
    with reading(context.store) as session:
        row = session.get(Submission, submission_id)
    if row is None:  # cancelled while its last bytes came
        delete_uploads(context.home, submission_id)
        raise NotFoundError
    if row.state != "receiving":
        return first_of(context, row)
    source = _fingerprint(context, row)
    saved = own_recipes(context, row.contributor, row.dataset)
    counts = _settle_receipt(context, submission_id, source, saved)
    if counts != submission_id:
        delete_uploads(context.home, submission_id)
        return counts
    context.submissions.enqueue(submission_id)
    return submission_id


def _settle_receipt(
    context: Context, submission_id: str, source: str, saved: Sequence[SavedRecipe]
) -> str:
    with writing(context.store) as session:
        context.log.lock(session)
        row = session.get_one(Submission, submission_id)
        if row.state != "receiving":
            return first_of(context, row)
        first = None if row.dry_run else _same(context, session, row, source, saved)
        row.source_sha256 = source
        if first is None:
            # What it says of people is as new as its last byte.
            row.state, row.sequence = "received", next_sequence(session)
        else:
            row.state, row.sealed_upload = "repeated", None
            row.settled_at = context.clock.timestamp()
            row.sealed_report = seal_report(context.keys, row.id, {"first": first.id})
        session.add(row)
        return row.id if first is None else first.id


def first_of(context: Context, row: Submission) -> str:
    """Return the id under which a submission goes on."""
    from gateway.submissions.sealing import open_report

    return str(open_report(context.keys, row)["first"]) if row.state == "repeated" else row.id


def _same(
    context: Context, session: Session, row: Submission, source: str, saved: Sequence[SavedRecipe]
) -> Submission | None:
    query = select(Submission).where(
        Submission.dataset == row.dataset,
        Submission.contributor == row.contributor,
        Submission.source_sha256 == source,
        col(Submission.state).in_(IN_FORCE),
        col(Submission.dry_run).is_(False),
    )
    first = session.exec(query.order_by(col(Submission.sequence).desc())).first()
    declared = context.registry.dataset(row.dataset)
    if first is None or declared is None:
        return None
    if not counts_still(session, first, row.mode, declared.document):
        return None
    return first if _reads_alike(row, first, saved) else None


def _reads_alike(row: Submission, first: Submission, saved: Sequence[SavedRecipe]) -> bool:
    """Whether a file would be read as the first one was, recipes that were saved since aside.

    Args:
        row: of the same bytes.
        first: that brought them before.
        saved: the newest versions of its contributor's recipes.
    """
    if row.recipe_id is not None:
        return row.recipe_id == first.recipe_id
    then = first.settled_at or first.received_at
    unchanged = all(one.declared_at <= then for one in saved)
    return unchanged and (first.recipe_id is None or first.recipe_id in {one.id for one in saved})


def _fingerprint(context: Context, row: Submission) -> str:
    """Hash what was sent and how, keyed: who reads the store can't try files against it."""
    upload = open_upload(context.keys, row)
    if upload is None:
        raise ConflictError("this submission takes no files any more")
    pending = open_pending(context.keys, row)
    flags = [name for name in ("again", "relabel") if getattr(pending, name)]
    choice = [pending.choice, *flags]
    said = [row.dataset, row.contributor, row.labels, row.dry_run, choice]
    digest = hashlib.sha256(json.dumps(said).encode())
    for file in upload.opened(context.home, row.id):
        digest.update(_content_sha256(file))
    return context.keys.fingerprint(digest.hexdigest().encode())


def _content_sha256(file: SealedUpload) -> bytes:
    content = hashlib.sha256()
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            content.update(block)
    return content.digest()

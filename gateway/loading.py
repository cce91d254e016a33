"""Loading data: one submission, in the lake as a whole or not at all, with its entry."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, func, select

from gateway.contributors import narrower_labels, written_labels
from gateway.errors import ConflictError, IngestError, NotFoundError, RefusedError, WeirError
from gateway.identifiers import new_id
from gateway.lake import records
from gateway.lake.corrections import Corrections
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.readers import FOUND
from gateway.messages import worded
from gateway.ordinals import next_ordinal
from gateway.recipe_files import ready_recipe
from gateway.store.engine import reading, writing
from gateway.store.tables import Submission, Withdrawal
from gateway.withdrawn import taken_back_by
from policies.documents.labels import NO_LABELS, SubmissionLabels
from policies.reasons import Reason
from policies.versions import document_sha256

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.context import Context
    from gateway.control import Progress
    from gateway.lake.records import Mode
    from gateway.lake.report import IngestReport
    from gateway.recipe_files import ReadyRecipe
    from gateway.registry import DeclaredDataset
    from policies.documents import DatasetDocument, RecipeDocument
    from policies.documents.recipe import FileLayout

UNDER_WAY = ("received", "checked")
_BLOCK = 1 << 20
ShowCorrections = Callable[[list[dict[str, Any]]], None]


@dataclass(frozen=True)
class Load:
    """What is to be loaded.

    Attributes:
        files: absolute paths; several are one submission.
        contributor: a partner, or empty for the operator's own data.
        mode: `append`, or `replace` for all records that this contributor gave before.
        labels: who may see these records, for what, until when.
        recipe: that maps the files onto the dataset, of whatever version; None for files that
            are written as the dataset declares.
        layout: of the files; what isn't said is found.
        accepted: kinds of corrections that its giver accepted; none by default.
        again: whether people and records that were taken back before are given again.
        relabel: whether its labels count also for records that had narrower ones.
    """

    dataset: str
    files: tuple[Path, ...]
    contributor: str = ""
    mode: Mode = "append"
    layout: FileLayout = FOUND
    labels: SubmissionLabels = NO_LABELS
    recipe: RecipeDocument | None = None
    accepted: frozenset[str] = frozenset()
    again: bool = False
    relabel: bool = False


def _show_nobody(rows: list[dict[str, Any]]) -> None:
    del rows


def load_dataset(
    context: Context,
    load: Load,
    progress: Progress,
    show_corrections: ShowCorrections = _show_nobody,
) -> dict[str, Any]:
    """Load files into a dataset and report what was refused.

    Args:
        context: of the home.
        load: what is to be loaded.
        progress: is told how far it is.
        show_corrections: is given the diff of its cells, also of a load that is refused. It holds
            values, which go nowhere else.

    Returns:
        The report, with the submission's id and `state`: `accepted` or `loaded before`; under
        `unmapped` the words of the files to decide about, which are kept nowhere.

    Raises:
        NotFoundError: no such dataset, file, or contributor.
        DeclarationError: the recipe doesn't fit the dataset.
        RefusedError: no agreement in force lets this contributor submit.
        IngestError: the files as a whole can't be loaded; carries the report.
        StorageFullError: no room; nothing was changed.
    """
    declared = _declared(context, load)
    ready = _ready(declared, load)
    _check_contributor(context, load)
    progress("reading", 0.0)
    source = context.keys.fingerprint(_source_sha256(load).encode())
    submission, before = _receive(context, load, declared, source)
    if before:
        return {"state": "loaded before", "submission": submission.id, "dataset": load.dataset}
    try:
        # Read now: from its submission on, what is stored can't be declared otherwise.
        declared = _declared(context, load)
        corrections = _corrections(context, load, declared)
        report = _ingest(context, load, declared, submission, corrections, progress)
    except IngestError:
        _fail(context, submission.id)
        show_corrections(corrections.as_rows())
        raise
    except BaseException:
        _fail(context, submission.id)
        raise
    shown = report.as_dict()
    settle_submission(context, submission.id, report.snapshot, shown)
    context.log.sign()
    show_corrections(corrections.as_rows())
    return {"state": "accepted", **shown, **_to_decide(report, ready)}


def _ready(declared: DeclaredDataset, load: Load) -> ReadyRecipe | None:
    """Return the recipe for the dataset as it is declared now."""
    if load.recipe is None:
        return None
    return ready_recipe(load.recipe.recipe, load.recipe, declared.document)


def _to_decide(report: IngestReport, ready: ReadyRecipe | None) -> dict[str, Any]:
    """Return what goes to whoever loads, and into no stored report: words of the files."""
    notes = () if ready is None else ready.notes
    return {"unmapped": [asdict(word) for word in report.unmapped], "recipe_notes": worded(notes)}


def _corrections(context: Context, load: Load, declared: DeclaredDataset) -> Corrections:
    zone = ZoneInfo(context.home.document.timezone)
    return Corrections(declared.document, zone, load.accepted)


def _ingest(  # noqa: PLR0913, PLR0917 - the parts of one load
    context: Context,
    load: Load,
    declared: DeclaredDataset,
    submission: Submission,
    corrections: Corrections,
    progress: Progress,
) -> IngestReport:
    zone = context.home.document.timezone
    named = (context.store, load.dataset, load.contributor, load.labels)
    terms = records.Submission(
        id=submission.id,
        sequence=submission.sequence,
        today=context.clock.today(zone),
        zone=ZoneInfo(zone),
        contributor=load.contributor,
        mode=load.mode,
        time=submission.received_at,
        labels=load.labels,
        contributor_class=class_of(context, load.contributor),
        taken_back=taken_back_by(
            context, load.dataset, load.contributor, submission.sequence, again=load.again
        ),
        narrower=dict if load.relabel else partial(narrower_labels, *named),
    )
    ready = _ready(declared, load)
    recipe = None if ready is None else ready.recipe
    with context.vault.opened() as vault:
        return ingest(
            context.lake,
            vault,
            context.keys,
            declared.document,
            DataFiles(load.files, load.layout, recipe),
            terms,
            lambda rows: progress(f"{rows:,} rows read", 0.0),
            corrections,
            sharing=context.registry.naming_people_alike(declared.document),
        )


def class_of(context: Context, contributor: str) -> str:
    """Return a contributor's class as a partner; empty for the operator."""
    partner = context.registry.partner(contributor) if contributor else None
    return "" if partner is None else partner.document.partner_class


def _declared(context: Context, load: Load) -> DeclaredDataset:
    declared = context.registry.dataset(load.dataset)
    if declared is None:
        known = ", ".join(context.registry.datasets()) or "none yet (weir dataset add FILE)"
        raise NotFoundError(f"no dataset {load.dataset!r}; there is: {known}")
    for file in load.files:
        if not file.is_file():
            raise NotFoundError(f"there is no file {file}")
    return declared


def _check_contributor(context: Context, load: Load) -> None:
    """A contributor needs an agreement in force that lets it submit to this dataset."""
    if not load.contributor:
        return
    partner = context.registry.partner(load.contributor)
    if partner is None:
        raise NotFoundError(f"no partner {load.contributor!r}; see `weir partner list`")
    today = context.clock.today(context.home.document.timezone)
    for agreement in partner.document.agreements:
        mine = agreement.dataset == load.dataset and agreement.submits
        if mine and agreement.is_in_force(today) and not partner.suspended:
            return
    facts = {"partner": load.contributor, "dataset": load.dataset}
    raise RefusedError((Reason("may-not-submit", facts),))


def _source_sha256(load: Load) -> str:
    """Hash what was loaded and how, so that the same load twice is known."""
    digest = hashlib.sha256()
    layout = load.layout.model_dump(mode="json", exclude_defaults=True)
    how: list[object] = [load.dataset, load.contributor, layout]
    if load.labels != NO_LABELS:
        how.append(written_labels(load.labels))
    if load.recipe is not None:
        how.append({"recipe": document_sha256(load.recipe)})
    if load.accepted:
        how.append({"accepted": sorted(load.accepted)})
    how += [name for name in ("again", "relabel") if getattr(load, name)]
    digest.update(json.dumps(how, sort_keys=True).encode())
    for file in load.files:
        content = hashlib.sha256()
        with file.open("rb") as source:
            while block := source.read(_BLOCK):
                content.update(block)
        digest.update(content.digest())
    return digest.hexdigest()


def _receive(
    context: Context, load: Load, declared: DeclaredDataset, source: str
) -> tuple[Submission, bool]:
    """Note the submission, unless these very bytes are part of the dataset as it is."""
    with writing(context.store) as session:
        context.log.lock(session)
        same = session.exec(
            select(Submission)
            .where(
                Submission.dataset == load.dataset,
                Submission.source_sha256 == source,
                col(Submission.state).in_(("received", "accepted")),
            )
            .order_by(col(Submission.state).desc()),
        ).first()
        if same is not None and same.state == "received":
            raise ConflictError("these files are being loaded right now; wait until that is done")
        if same is not None and counts_still(session, same, load.mode, declared.document):
            return same, True
        submission = Submission(
            id=new_id("sub"),
            dataset=load.dataset,
            contributor=load.contributor,
            source_sha256=source,
            mode=load.mode,
            state="received",
            sequence=next_ordinal(session),
            received_at=context.clock.timestamp(),
            labels=written_labels(load.labels),
        )
        session.add(submission)
        return submission, False


def counts_still(session: Session, first: Submission, mode: str, document: DatasetDocument) -> bool:
    """Whether sending the bytes of an accepted submission once more would change nothing.

    Replacing changes nothing only where nothing else of its contributor is there. Where records
    have keys, a later submission may have put them under other labels; then these count anew. So
    do bytes of which something was taken back since.
    """
    withdrawn = select(Withdrawal.id).where(
        Withdrawal.dataset == first.dataset,
        Withdrawal.contributor == first.contributor,
        col(Withdrawal.sequence) > first.sequence,
    )
    renewable = mode == "replace" or document.record_key
    if renewable and session.exec(withdrawn).first() is not None:
        return False
    other = select(Submission.id).where(
        Submission.dataset == first.dataset,
        Submission.contributor == first.contributor,
        Submission.state == "accepted",
        Submission.id != first.id,
    )
    if mode == "replace":
        return session.exec(other).first() is None
    relabelled = other.where(
        col(Submission.sequence) > first.sequence, Submission.labels != first.labels
    )
    return not document.record_key or session.exec(relabelled).first() is None


def settle_submission(
    context: Context,
    submission_id: str,
    snapshot: int | None,
    report: dict[str, Any] | None,
) -> None:
    """Accept a submission that is in the lake: state, report and entry in one transaction."""
    with writing(context.store) as session:
        submission = session.get_one(Submission, submission_id)
        if submission.state not in UNDER_WAY:
            return
        if submission.mode == "replace":
            _retire_earlier(session, submission)
        submission.state, submission.snapshot = "accepted", snapshot
        submission.settled_at = context.clock.timestamp()
        submission.sealed_upload = submission.sealed_pending = None
        if report is not None:
            submission.sealed_report = context.keys.store_cipher().seal(
                json.dumps(report).encode(),
                f"submission:{submission_id}:report",
            )
        session.add(submission)
        context.log.append(
            session,
            "submission",
            submission_id,
            dataset=submission.dataset,
            contributor=submission.contributor,
            mode=submission.mode,
        )


def _retire_earlier(session: Session, submission: Submission) -> None:
    earlier = session.exec(
        select(Submission).where(
            Submission.dataset == submission.dataset,
            Submission.state == "accepted",
            Submission.contributor == submission.contributor,
            Submission.sequence < submission.sequence,
        ),
    )
    for row in earlier.all():
        row.state = "replaced"
        session.add(row)


def _fail(context: Context, submission_id: str) -> None:
    """Note that nothing was loaded; what can't be known or noted now, the next start finds out."""
    with contextlib.suppress(WeirError):
        if submission_id in context.lake.committed_submissions():
            return
        with writing(context.store) as session:
            submission = session.get_one(Submission, submission_id)
            submission.state, submission.settled_at = "failed", context.clock.timestamp()
            session.add(submission)


def count_loads(context: Context, dataset: str) -> int:
    """Return how many submissions make up the dataset as it is."""
    with reading(context.store) as session:
        return session.exec(
            select(func.count()).where(
                Submission.dataset == dataset,
                Submission.state == "accepted",
            ),
        ).one()

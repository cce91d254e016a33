"""Checking: one received submission, read, weighed, and taken into the lake or not at all.

    received → checked → accepted          everything is in one snapshot of the lake
             → needs_decision → received   its contributor said what to do; checked again
             → refused                     nothing changed; the report says why
             → checked (a dry run)         nothing changed, and nothing is kept

Each arrow is one transaction of the store, and each state says what to do after a crash: what is
in the lake is accepted, what isn't is checked again from the files, which lie here until then.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.contributors import narrower_labels, read_labels
from gateway.errors import (
    IngestError,
    InvalidRequestError,
    StoppedError,
    StorageFullError,
    WeirError,
)
from gateway.lake import records
from gateway.lake.corrections import ALL_KINDS, Corrections
from gateway.lake.gates import NO_VAULT, Verdict
from gateway.lake.ingest import DataFiles, ingest
from gateway.loading import UNDER_WAY, class_of
from gateway.store.engine import reading, writing
from gateway.store.tables import Submission
from gateway.submissions.ending import accept, end, end_dry_run, refuse
from gateway.submissions.permits import find_permit, may_not_submit
from gateway.submissions.proposing import Draft, choose_recipe
from gateway.submissions.recipes import ready, recipe_of_id
from gateway.submissions.sealing import (
    Pending,
    Upload,
    open_pending,
    open_upload,
    seal_report,
)
from gateway.withdrawn import taken_back_by
from policies.versions import canonical_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from gateway.context import Context
    from gateway.lake.report import IngestReport
    from policies.documents import DatasetDocument
    from policies.documents.recipe import RecipeDocument

MOST_CORRECTIONS = 1_000  # that are shown: more than anybody looks through one by one
PASSING = (StoppedError, StorageFullError)  # what another start, or more room, mends


class _Turns:
    """Lets each submission be worked on by one thread at a time."""

    def __init__(self) -> None:
        self._changed, self._busy = threading.Condition(), set[str]()

    @contextmanager
    def of(self, submission_id: str) -> Iterator[None]:
        with self._changed:
            while submission_id in self._busy:
                self._changed.wait()
            self._busy.add(submission_id)
        try:
            yield
        finally:
            with self._changed:
                self._busy.discard(submission_id)
                self._changed.notify_all()


_turns = _Turns()


def check_submission(context: Context, submission_id: str) -> str:
    """Check a received submission, and take it in; done twice it changes nothing more.

    Returns:
        The state that it has come to.

    Raises:
        StoppedError, StorageFullError: it stays as it was, and goes on later.
        WeirError: it failed; nothing of it was loaded.
    """
    with _turns.of(submission_id):
        row = row_of(context, submission_id)
        upload = open_upload(context.keys, row) if row is not None else None
        if row is None or upload is None or row.state not in UNDER_WAY:
            return row.state if row else ""
        try:
            _check(context, row, upload)
        except BaseException as error:
            if not _goes_on(context, submission_id, error):
                end(context, submission_id, "failed", {}, ())
            raise
        return str(getattr(row_of(context, submission_id), "state", ""))


def _goes_on(context: Context, submission_id: str, error: BaseException) -> bool:
    """Whether the next start, or more room, mends an error; what is in the lake is accepted then.

    A gateway that stops interrupts what reads the lake, which then fails in its own words.
    """
    if isinstance(error, PASSING) or context.stopping.is_set():
        return True
    with suppress(WeirError):
        return submission_id in context.lake.committed_submissions()
    return True


def row_of(context: Context, submission_id: str) -> Submission | None:
    """Return a submission's row as it is now."""
    with reading(context.store) as session:
        return session.get(Submission, submission_id)


def _check(context: Context, row: Submission, upload: Upload) -> None:
    if row.id in context.lake.committed_submissions():
        snapshot = context.lake.dataset_snapshot(row.dataset)
        accept(context, row.id, snapshot, None)
        return
    declared = find_permit(context, row.contributor, row.dataset)
    if declared is None:  # it ended, or was suspended, since the files came
        refuse(context, row.id, {}, (may_not_submit(row.contributor, row.dataset),))
        return
    work = _Work(context, row, upload, declared.document, open_pending(context.keys, row))
    try:
        chosen = work.recipe()
    except InvalidRequestError as error:  # the dataset was declared anew since
        refuse(context, row.id, {}, error.reasons)
        return
    if isinstance(chosen, Draft):
        work.ask(_drafted(chosen), {})
    else:
        work.load(chosen)


def _drafted(draft: Draft) -> Pending:
    return Pending(
        draft=canonical_dict(draft.recipe),
        draft_text=draft.text,
        confidence=draft.confidence,
        undecided=draft.undecided,
    )


def canonical_dict(recipe: RecipeDocument) -> dict[str, Any]:
    """Return a recipe as a document that can be written down."""
    document: dict[str, Any] = json.loads(canonical_document(recipe))
    return document


@dataclass
class _Work:
    """One submission while it is checked."""

    context: Context
    row: Submission
    upload: Upload
    document: DatasetDocument
    said: Pending
    found: Pending = field(default_factory=Pending)
    corrections: Corrections = field(init=False)

    def __post_init__(self) -> None:
        """Take the corrections that were accepted before."""
        zone = ZoneInfo(self.context.home.document.timezone)
        accepted = ALL_KINDS if self.said.choice == "accept" else frozenset[str]()
        self.corrections = Corrections(self.document, zone, accepted)

    def recipe(self) -> RecipeDocument | Draft | None:
        """Return how its files are read, and note the version of a saved recipe."""
        if self.row.recipe_id is not None:
            return ready(recipe_of_id(self.context, self.row.recipe_id).document, self.document)
        files = self.upload.opened(self.context.home, self.row.id)
        chosen = choose_recipe(self.context, self.row, files, self.document)
        if chosen is None or isinstance(chosen, Draft):
            return chosen
        with writing(self.context.store) as session:
            row = session.get_one(Submission, self.row.id)
            row.recipe_id = self.row.recipe_id = chosen.id
            session.add(row)
        return ready(chosen.document, self.document)

    def load(self, recipe: RecipeDocument | None) -> None:
        """Read the files; the gate decides whether they come into the lake."""
        try:
            report = self._ingest(recipe)
        except IngestError as error:
            reasons = error.report.problems
            refuse(self.context, self.row.id, error.report.as_dict(), reasons)
            return
        told = report.as_dict()
        if report.snapshot is not None:
            accept(self.context, self.row.id, report.snapshot, told)
        elif self.row.dry_run:
            end_dry_run(self.context, self.row.id, told, self.found)
        else:
            self.ask(self.found, told)

    def _ingest(self, recipe: RecipeDocument | None) -> IngestReport:
        files = self.upload.opened(self.context.home, self.row.id)
        data = DataFiles(files, recipe=recipe)
        load: Callable[..., IngestReport] = ingest
        common = (self.context.keys, self.document, data, self._terms())
        sharing = self.context.registry.naming_people_alike(self.document)
        named = {"corrections": self.corrections, "gate": self.gate, "sharing": sharing}
        if self.row.dry_run:
            return load(self.context.lake, NO_VAULT, *common, **named)
        with self.context.vault.opened() as vault:
            return load(self.context.lake, vault, *common, **named)

    def _terms(self) -> records.Submission:
        zone, labels = self.context.home.document.timezone, read_labels(self.row.labels)
        named = (self.context.store, self.row.dataset, self.row.contributor, labels)
        return records.Submission(
            id=self.row.id,
            sequence=self.row.sequence,
            today=self.context.clock.today(zone),
            zone=ZoneInfo(zone),
            contributor=self.row.contributor,
            mode="replace" if self.row.mode == "replace" else "append",
            time=self.row.received_at,
            labels=labels,
            contributor_class=class_of(self.context, self.row.contributor),
            taken_back=taken_back_by(
                self.context,
                self.row.dataset,
                self.row.contributor,
                self.row.sequence,
                again=self.said.again,
            ),
            narrower=dict if self.said.relabel else partial(narrower_labels, *named),
        )

    def gate(self, report: IngestReport) -> Verdict:
        """Let through what nobody has to decide about; a dry run never."""
        self.found = _questions(report, self.said, self.corrections)
        if self.row.dry_run or self.found.asks:
            return Verdict.STOP
        with writing(self.context.store) as session:
            row = session.get_one(Submission, self.row.id)
            if row.state not in UNDER_WAY:  # cancelled meanwhile
                return Verdict.STOP
            row.state = "checked"  # from here on it can't be cancelled
            row.sealed_report = seal_report(self.context.keys, row.id, report.as_dict())
            session.add(row)
        return Verdict.GO

    def ask(self, pending: Pending, report: Mapping[str, Any]) -> None:
        """Wait for the contributor to decide; a dry run ends by saying what it would have asked."""
        if self.row.dry_run:
            end_dry_run(self.context, self.row.id, report, pending)
            return
        with writing(self.context.store) as session:
            row = session.get_one(Submission, self.row.id)
            if row.settled_at is not None:
                return
            row.state = "needs_decision"
            row.sealed_pending = pending.sealed(self.context.keys, row.id)
            row.sealed_report = seal_report(self.context.keys, row.id, report)
            session.add(row)


def _questions(report: IngestReport, said: Pending, corrections: Corrections) -> Pending:
    """Return what a report leaves to its contributor, beside what that has said before."""
    undecided: dict[str, dict[str, int]] = {}
    for word in report.unmapped:
        undecided.setdefault(word.column, {})[word.text] = word.count
    left_out = report.unmapped_left_out
    return replace(
        said,
        draft={},
        draft_text="",
        undecided=undecided,
        undecided_left_out=left_out,
        corrections=tuple(corrections.as_rows()[:MOST_CORRECTIONS]),
    )

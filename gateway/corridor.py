"""The corridor of a release, from a permitted request to sealed bytes that passed the recount.

read one snapshot -> group -> find the levels -> recode -> order -> pseudonymize -> write sealed
-> read back and recount -> hold. From the levels on rows go through in parts, never all at once.
Nothing here makes bytes readable: `releases.settle` does.
"""

from __future__ import annotations

import secrets
import shutil
from collections import deque
from typing import TYPE_CHECKING

from anonymizers.pseudonyms import derive_key, root_bytes
from anonymizers.search import LatticeTooLargeError, NothingSafeError
from gateway.clearance import compare
from gateway.erasures import count_erasures
from gateway.errors import ExtractFailedError, FormatFullError, StoppedError, WeirError
from gateway.extracts import close, decide, stored_request
from gateway.failures import describe_failure
from gateway.keyed_rows import KeyedRows
from gateway.outcomes import (
    CLASSES,
    CODEBOOK,
    CONTENT,
    LEDGER_SPILL,
    SPILL,
    Outcome,
    folder_of,
    part_key,
    seal_outcome,
)
from gateway.progress import within
from gateway.protecting import protect
from gateway.refusals import Refusal, not_in_this_format, nothing_safe
from gateway.release_ledger import LedgerWriter
from gateway.release_measures import class_figures
from gateway.releases import refuse_in_transit, still_permitted
from gateway.spill import Spill
from gateway.standing import consent_basis
from gateway.storage import noticing_a_full_disk
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract
from gateway.writing import write_and_recount, write_codebook_file
from policies.plans import ExtractPlan, Permit
from policies.reasons import Reason
from policies.versions import canonical_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlmodel import Session

    from gateway.context import Context
    from gateway.progress import Report
    from gateway.protected import Protected
    from gateway.release_parts import Part
    from gateway.writing import Written

KEY_BYTES = 32
# Where protecting and writing lie in the whole, by how long they take with millions of records.
# The rest is settled by `releases`.
_PROTECTING, _WRITING = (0.02, 0.6), (0.6, 0.94)


def make(context: Context, extract_id: str) -> None:
    """Make the bytes of an extract and hold them, sealed; again after a crash, from the start.

    That nothing safe can be released, or that the format can't hold it, is held like bytes are,
    and settled like them. An extract that the machine couldn't make ends as failed; its partner
    learns nothing about the data. When the gateway stops, what is under way ends neither way: it
    is made at the next start.

    Raises:
        StoppedError: the gateway stops.
        ExtractFailedError: it failed; says where, without the text of what went wrong.
    """
    started = _start(context, extract_id)
    if started is None:
        return
    extract, plan = started
    try:
        with noticing_a_full_disk():
            outcome = _walk(context, extract, plan)
    except NothingSafeError:
        _hold(context, extract_id, nothing_safe(extract.dataset))
    except LatticeTooLargeError:
        _end(context, extract_id, "refused", Reason("too-many-levels", {"policy": plan.policy}))
    except Exception as error:
        if context.stopping.is_set():
            raise
        _end(context, extract_id, "failed", _failure(error))
        # The job's own records keep no foreign text: it may quote a value.
        raise ExtractFailedError(describe_failure(error)) from None
    else:
        _hold(context, extract_id, outcome)


def _start(context: Context, extract_id: str) -> tuple[Extract, ExtractPlan] | None:
    """Take an extract up, unless it is past this point or its permission has ended."""
    with reading(context.store) as session:
        extract = session.get_one(Extract, extract_id)
    if extract.state not in ("queued", "running") or extract.sealed_outcome is not None:
        return None
    decision = decide(context, extract.partner, stored_request(context, extract))
    with writing(context.store) as session:
        context.log.lock(session)
        current = session.get_one(Extract, extract_id)
        if not still_permitted(decision, current):
            refuse_in_transit(context, session, current)
            return None
        current.state, current.updated_at = "running", context.clock.timestamp()
        session.add(current)
    assert isinstance(decision, Permit)  # noqa: S101 - narrowed by still_permitted
    return extract, decision.plan


def _walk(context: Context, extract: Extract, plan: ExtractPlan) -> Outcome | Refusal:
    """Walk the corridor for one extract."""

    def progress(share: float) -> None:
        if context.stopping.is_set():
            raise StoppedError("the gateway stops; this extract is made at its next start")
        report_progress(context, extract.id, share)

    folder = folder_of(context, extract.id)
    folder.mkdir(mode=0o700, exist_ok=True)
    with Spill(folder / SPILL) as spill:
        return _make_files(context, extract, plan, spill, progress)


def _make_files(
    context: Context, extract: Extract, plan: ExtractPlan, spill: Spill, progress: Report
) -> Outcome | Refusal:
    """Protect the records and write all files of the extract; say what is in them."""
    folder, erasures = folder_of(context, extract.id), _erasures(context, plan)
    content_key, classes_key = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES)
    basis = consent_basis(context, plan.partner, plan.dataset, extract.snapshot)
    protected = protect(context, extract, plan, spill, within(progress, *_PROTECTING))
    with Spill(folder / LEDGER_SPILL) as aside:
        with LedgerWriter(
            folder / CLASSES,
            classes_key,
            _kept(context, aside, protected),
            protected.lenders,
        ) as ledger:
            parts = _entered(protected, ledger)
            path, key = folder / CONTENT, part_key(content_key, CONTENT)
            written = _written(path, key, plan, protected, parts, within(progress, *_WRITING))
        view = _view(context, protected, ledger)
    if written is None:
        return not_in_this_format(plan, view)
    codebook_key = part_key(content_key, CODEBOOK)
    codebook_sha256 = write_codebook_file(folder / CODEBOOK, codebook_key, protected)
    compared = compare(context, extract, plan, view, classes_key)
    return Outcome(
        content_sha256=written.sha256,
        codebook_sha256=codebook_sha256,
        rows=protected.rows.num_rows,
        columns=protected.columns,
        protection=protected.protection(written.recount),
        utility={**protected.utility, **class_figures(written.recount)},
        epoch=protected.epoch,
        first_consent_end=protected.first_consent_end,
        consent_basis=basis,
        view=view,
        left_out=protected.left_out,
        content_key=content_key,
        classes_key=classes_key,
        overlaps=compared.overlaps,
        compared_until=compared.until,
        erasures=erasures,
    )


def _written(  # noqa: PLR0913, PLR0917 - as `write_and_recount`
    path: Path,
    key: bytes,
    plan: ExtractPlan,
    protected: Protected,
    parts: Iterator[Part],
    report: Report,
) -> Written | None:
    """Write and recount the content; None where its format can't hold it.

    All parts are entered in either case: the view is of everybody, as it is in other formats.
    """
    try:
        return write_and_recount(path, key, plan, protected, parts, report)
    except FormatFullError:
        deque(parts, maxlen=0)
        return None


def _erasures(context: Context, plan: ExtractPlan) -> int:
    with reading(context.store) as session:
        return count_erasures(session, plan.partner)


def _kept(context: Context, aside: Spill, protected: Protected) -> KeyedRows:
    """Hold the rows of the ledger, in an order that isn't the file's."""
    key = derive_key(context.keys.order(), "weir ledger v1")
    return KeyedRows(aside, key, protected.rows.num_rows)


def _entered(protected: Protected, ledger: LedgerWriter) -> Iterator[Part]:
    """Hand on the parts, entered into the ledger."""
    for part in protected.parts():
        ledger.add(part)
        yield part


def _view(context: Context, protected: Protected, ledger: LedgerWriter) -> str:
    """Name what tells this view from another that the very same request may become later.

    Consents end, contributors change their terms, tokens' epochs pass, random tokens are erased:
    none of it changes the snapshot, and all of it changes who is released, in which order, or
    under which tokens. Records go in as the ledger orders them: in the file's order, a guess at
    the order of a short file could be tried.
    """
    how = {"columns": protected.columns, "epoch": protected.epoch, "order": protected.order}
    view = context.keys.fingerprinting(canonical_bytes(how))
    for records in ledger.records():
        view.update(root_bytes(records).data)
    return view.hexdigest()


def report_progress(context: Context, extract_id: str, share: float) -> None:
    """Let the partner see how far the work is; `progress.py` says what that tells of the data."""
    with writing(context.store) as session:
        extract = session.get_one(Extract, extract_id)
        extract.progress, extract.updated_at = round(share, 2), context.clock.timestamp()
        session.add(extract)


def _hold(context: Context, extract_id: str, outcome: Outcome | Refusal) -> None:
    """Hold what was made until it is settled: an outcome, or the refusal in its place.

    Both take the same way: where an officer decides, the partner sees one state, whatever is
    held. Otherwise refusals would answer questions that extracts may not.
    """
    if isinstance(outcome, Refusal):
        shutil.rmtree(folder_of(context, extract_id), ignore_errors=True)
    with writing(context.store) as session:
        extract = session.get_one(Extract, extract_id)
        if extract.state == "running":
            extract.sealed_outcome = seal_outcome(context, extract_id, outcome)
            extract.view = outcome.view
            session.add(extract)


def _end(context: Context, extract_id: str, state: str, reason: Reason) -> None:
    """End it without bytes; what was written of them goes first, to make room on a full disk."""
    shutil.rmtree(folder_of(context, extract_id), ignore_errors=True)
    with writing(context.store) as session:
        context.log.lock(session)
        extract = session.get_one(Extract, extract_id)
        close(session, extract, state, (reason,), context.clock.timestamp())
        if state == "refused":
            _log_refusal(context, session, extract, reason)


def _log_refusal(context: Context, session: Session, extract: Extract, reason: Reason) -> None:
    context.log.append(
        session,
        "refusal",
        extract.id,
        partner=extract.partner,
        rules=[reason.rule],
    )


def _failure(error: Exception) -> Reason:
    """Name the failure by its kind alone: a partner learns nothing about the data from it."""
    slug = error.slug if isinstance(error, WeirError) else "internal"
    return Reason("extract-failed", {"problem": slug})

"""What a crash left half-done is finished or undone when the home is opened."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from sqlmodel import col, not_, select

from gateway.aggregates.releasing import publish_answer
from gateway.erasing import resume_erasing
from gateway.lake.mending import mend_vault
from gateway.linkage.acts import finish_acts
from gateway.loading import UNDER_WAY, settle_submission
from gateway.outcomes import CODEBOOK, CONTENT, PREVIEW, SPILL
from gateway.releases import publish
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract, Release, Submission
from gateway.submissions.keeping import mend_uploads
from gateway.token_erasure import finish_erasures
from gateway.withdrawals import finish_withdrawals

if TYPE_CHECKING:
    from gateway.context import Context

_LOG = logging.getLogger("weir.recovery")


def recover(context: Context) -> None:
    """Bring store, lake, vault and released files back into step.

    Loads that reached the lake are settled, others never happened; acts on links that did get
    their entries; tokens are erased whose erasing began; settled releases are published;
    withdrawals are finished, and erased where they are due; files of extracts that have ended, or
    never were, are deleted, and so are files of submissions that are settled. Extracts and
    submissions that were on their way go on when the gateway starts.
    """
    _settle_loads(context)
    if finish_acts(context):
        context.log.sign()
    finish_erasures(context)
    _publish_settled(context)
    finish_withdrawals(context)
    resume_erasing(context)
    _delete_ended_files(context)
    _delete_spills(context)
    mend_uploads(context)


def _settle_loads(context: Context) -> None:
    committed = context.lake.committed_submissions()
    with reading(context.store) as session:
        under_way = col(Submission.state).in_(UNDER_WAY)
        unsettled = col(Submission.settled_at).is_(None)
        open_loads = session.exec(select(Submission).where(under_way, unsettled)).all()
    for load in open_loads:
        if load.id in committed:
            settle_submission(context, load.id, context.lake.dataset_snapshot(load.dataset), None)
        elif load.sealed_upload is None:  # of an operator, whose files are elsewhere
            with writing(context.store) as session:
                failed = session.get_one(Submission, load.id)
                failed.state, failed.settled_at = "failed", context.clock.timestamp()
                session.add(failed)
    _mend_vault(context)
    if any(load.id in committed for load in open_loads):
        context.log.sign()


def _mend_vault(context: Context) -> None:
    """Mend the vault where it is there; without it nothing can be loaded, but all released."""
    if not context.vault.exists:
        _LOG.warning("the identifier vault isn't there: releases go on, loads don't")
        return
    with context.vault.opened() as vault:
        mend_vault(context.lake, vault)


def _publish_settled(context: Context) -> None:
    with reading(context.store) as session:
        settled = list(session.exec(select(Extract.id).where(Extract.state == "settled")))
        waiting = select(Release.aggregate_id).where(
            col(Release.aggregate_id).is_not(None), not_(col(Release.published))
        )
        answers = [aggregate_id for aggregate_id in session.exec(waiting) if aggregate_id]
    for extract_id in settled:
        publish(context, extract_id)
    for aggregate_id in answers:
        publish_answer(context, aggregate_id)


def _delete_ended_files(context: Context) -> None:
    """Bytes outlive their key only until the next start; the release ledger stays."""
    with reading(context.store) as session:
        states = dict(session.exec(select(Extract.id, Extract.state)).all())
    for folder in context.home.releases_dir.iterdir():
        state = states.get(folder.name)
        if state in (None, "refused", "failed"):
            shutil.rmtree(folder)
        elif state in ("expired", "recalled"):
            for part in (CONTENT, CODEBOOK):
                (folder / part).unlink(missing_ok=True)


def _delete_spills(context: Context) -> None:
    """What spilled had its key in the memory of the process that is gone."""
    previews = context.home.temp_dir.glob(f"{PREVIEW}*")
    for folder in (*context.home.releases_dir.glob(f"*/{SPILL}"), *previews):
        shutil.rmtree(folder)

"""Housekeeping on a fixed tick: sign a checkpoint, end downloads whose time is over.

And prepare what partners may ask about, so that no question shows that it is the first.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.aggregates.preparing import prepare_ahead
from gateway.idempotency import forget_expired
from gateway.outcomes import CODEBOOK, CONTENT, folder_of
from gateway.releases import expire
from gateway.store.engine import reading, writing
from gateway.store.tables import Extract, Release
from gateway.submissions.keeping import end_overdue_submissions, waiting_submissions
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.context import Context

TICK_SECONDS = 60.0
_log = logging.getLogger("weir.housekeeping")


@contextlib.contextmanager
def keeping_house(context: Context, tick_seconds: float = TICK_SECONDS) -> Iterator[None]:
    """Keep house from a thread while the block lasts.

    Signing on a fixed tick, not only when something leaves, lets the rhythm of checkpoints say
    little about what happens here.
    """
    stop = threading.Event()

    def run() -> None:
        while not stop.wait(tick_seconds):
            for work in (keep_house, prepare_ahead):
                try:
                    work(context)
                except Exception:  # noqa: BLE001 - the next tick must come whatever happened
                    _log.exception("housekeeping failed; it tries again in %s s", tick_seconds)

    thread = threading.Thread(target=run, name="housekeeping", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def keep_house(context: Context) -> None:
    """Do what is due now."""
    from gateway.erasing import erase_due
    from gateway.withdrawals import finish_withdrawals  # they end downloads, by this room

    expire_overdue(context)
    end_overdue_submissions(context)
    forget_expired(context)
    for submission_id in waiting_submissions(context):
        context.submissions.ensure(submission_id)
    finish_withdrawals(context)
    erase_due(context)
    context.log.sign()


def expire_overdue(context: Context) -> int:
    """End every download whose last day is over, or by when somebody's consent has ended.

    Returns:
        How many ended.
    """
    today = context.clock.today(context.home.document.timezone).isoformat()
    with reading(context.store) as session:
        query = select(Extract.id, Release.download_until, Release.first_consent_end).join(
            Release,
            col(Release.extract_id) == col(Extract.id),
        )
        ready = session.exec(query.where(Extract.state == "ready")).all()
    ended = 0
    for extract_id, until, consent_end in ready:
        if today > until:
            reason = Reason("download-ended", {"day": until})
        elif consent_end is not None and today >= consent_end:
            reason = Reason("consent-changed", {})
        else:
            continue
        end_download(context, extract_id, reason)
        ended += 1
    return ended


def end_download(context: Context, extract_id: str, reason: Reason) -> None:
    """End one download: its key is destroyed in the store, then its bytes are deleted."""
    with writing(context.store) as session:
        extract = session.get_one(Extract, extract_id)
        if extract.state != "ready":
            return
        expire(context, session, extract, reason)
    delete_bytes(context, extract_id)


def delete_bytes(context: Context, extract_id: str) -> None:
    """Delete the files whose key was destroyed; the release ledger stays."""
    for part in (CONTENT, CODEBOOK):
        (folder_of(context, extract_id) / part).unlink(missing_ok=True)

"""Erasing on schedule: after `erase_days` nothing that is kept holds what was withdrawn.

One run erases all withdrawals that are due, in steps that can each be done again:

1. the vault and the token vault, and then their files, written anew;
2. the release ledgers: roots of people and records that no record holds any more are replaced by
   random ones, so that counts, classes and the checks on them stay, and nobody is named;
3. the lake: tables written anew, older snapshots expired, their files deleted, the catalog
   written anew;
4. the sealed columns of the withdrawals and submissions, and the store's free pages and log;
5. backups of this home that are older, where they can be reached.

The run is a row from before its first step until after its last. A crash, a load that has the vault
open, or a reader of the lake that doesn't end, leaves it open; the next start, or the next
housekeeping, begins the same run again.

Guarantee:
    Once a withdrawal is `erased`, no file of the home, decrypted, holds the named value, its root,
    or those of the records that went, unless another's record holds them now.

Does not protect:
    Backups that can't be reached: they are named until the operator says that they are destroyed.
    What partners downloaded: that is recalled. Blocks that the disk hasn't written over yet: they
    are encrypted. A dump or archive of a PostgreSQL store that somebody made apart from Weir.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from gateway.erased_ledgers import rename_in_ledgers
from gateway.erased_submissions import forget_leavings, is_giving, retire_older
from gateway.errors import ConflictError, WeirError
from gateway.identifiers import new_id
from gateway.lake.erasing import erase_rows, roots_held
from gateway.lake.linked import still_known
from gateway.lake.taking import Taken
from gateway.store.engine import reading, writing
from gateway.store.scrubbing import scrub
from gateway.store.tables import BackupFile, Erasure, Submission, Withdrawal
from gateway.withdrawal_effects import empty_vault, unheld
from gateway.withdrawals import TURN, finish_withdrawals
from gateway.withdrawn import document_of, seal, taken_of
from policies.withdrawals import identifier_domains

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.control import Progress
    from gateway.lake.erasing import Expired

_LOG = logging.getLogger("weir.erasing")


@dataclass(frozen=True)
class _Due:
    """A withdrawal that is erased in this run, and whom nobody's records hold any more."""

    row: Withdrawal
    taken: Taken
    people: frozenset[bytes]
    records: frozenset[bytes]


def erase_now(context: Context, progress: Progress) -> dict[str, Any]:
    """Erase everything that was withdrawn so far, whether or not its time has come.

    Raises:
        ConflictError: a load or a reader was in the way; it is tried again by housekeeping.
    """
    finish_withdrawals(context)  # what follows them may not be done yet
    return _told(context, _erase(context, _rows(context, days=0), progress))


def erase_as_due(context: Context, progress: Progress) -> dict[str, Any]:
    """Erase what is due.

    Raises:
        ConflictError: as `erase_now`.
    """
    finish_withdrawals(context)
    rows = _rows(context, context.home.document.erase_days)
    return _told(context, _erase(context, rows, progress))


def _told(context: Context, erased: int | None) -> dict[str, Any]:
    if erased is None:
        raise ConflictError(
            "something is being loaded, or read, right now; erasing goes on at the next "
            "housekeeping, or run the same again",
        )
    return {"erased": erased, "backups_to_destroy": _missed(context)}


def erase_due(context: Context) -> int:
    """Erase what is due, and finish a run that was left open.

    Returns:
        How many withdrawals were erased.
    """
    rows = _rows(context, context.home.document.erase_days)
    return _erase(context, rows, _silent) or 0


def _silent(text: str, share: float) -> None:
    del text, share


def _rows(context: Context, days: int) -> list[Withdrawal]:
    """Return withdrawals that are due, and everything where a run was left open."""
    with reading(context.store) as session:
        if session.exec(select(Erasure).where(col(Erasure.done_at).is_(None))).first():
            days = 0
        latest = (context.clock.now() - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        query = select(Withdrawal).where(
            Withdrawal.state == "withdrawn",
            col(Withdrawal.followed_at).is_not(None),
            col(Withdrawal.withdrawn_at) <= latest,
        )
        return [*session.exec(query.order_by(col(Withdrawal.sequence)))]


def _erase(context: Context, rows: list[Withdrawal], progress: Progress) -> int | None:
    """Run every step; None where one has to wait for others."""
    if not rows:
        _close(context)
        return 0
    with TURN:
        if _has_unfinished(context):
            return None  # it reads a snapshot that erasing would expire
        run = _begin(context, rows)
        if run is None:
            return None
        due = [_due(context, row) for row in rows]
        progress("emptying the vaults", 0.05)
        if not _empty_vaults(context, due):
            return None
        progress("renaming in ledgers", 0.2)
        for one in due:
            rename_in_ledgers(context, one.row.dataset, one.people, one.records)
        progress("writing tables anew", 0.4)
        expired = erase_rows(context.lake, context.registry.datasets(), _gone(due))
        context.prepared.forget()
        if not context.lake.renew_catalog():
            return None
        progress("deleting backups", 0.8)
        _delete_backups(context, run.begun_at)
        forget_leavings(context, rows)
        _finish(context, run, due, expired)
        _close(context)
        return len(due)


def _has_unfinished(context: Context) -> bool:
    query = select(Withdrawal.id).where(Withdrawal.state == "received")
    with reading(context.store) as session:
        return session.exec(query).first() is not None


def _begin(context: Context, rows: list[Withdrawal]) -> Erasure | None:
    """Note a run before anything is touched, or take up the one that was left open.

    What waits from before ends now, so that nobody can decide while the vaults are emptied that it
    comes in; None where something of it is on its way already.
    """
    with writing(context.store) as session:
        context.log.lock(session)
        if is_giving(session, rows):
            return None
        retire_older(session, rows, context.clock.timestamp())
        open_one = session.exec(select(Erasure).where(col(Erasure.done_at).is_(None))).first()
        if open_one is not None:
            return open_one
        run = Erasure(id=new_id("era"), begun_at=context.clock.timestamp())
        session.add(run)
        return run


def _due(context: Context, row: Withdrawal) -> _Due:
    taken = taken_of(context, row)
    assert taken is not None  # noqa: S101 - it was followed, and isn't erased
    document = document_of(context, row.dataset)
    columns = [*identifier_domains(document).values()]
    names = ["weir_identity", *(name for domain in columns for name in domain)]
    held = roots_held(context.lake, {row.dataset: names}, taken.people)
    held |= still_known(context.lake, document, taken.people)  # their word still counts
    kept = roots_held(context.lake, {row.dataset: ["weir_record"]}, taken.records)
    return _Due(row, taken, taken.people - held, taken.records - kept)


def _empty_vaults(context: Context, due: list[_Due]) -> bool:
    for dataset, taken in [
        *((one.row.dataset, one.taken) for one in due),
        *_left_over(context, due),
    ]:
        for domain, gone in unheld(context, taken).items():
            context.tokens.forget(dataset, domain, gone)
        if not empty_vault(context, dataset, taken):
            return False
    context.tokens.renew()
    return context.vault.renew()


def _left_over(context: Context, due: list[_Due]) -> list[tuple[str, Taken]]:
    """Return whatever identifiers the same contributors brought, those of replaced rows among them.

    A person may have had another telephone number before a later row; the records that went don't
    say so. Of these, too, nothing stays that no record holds.
    """
    found = []
    for dataset, contributor in sorted({(one.row.dataset, one.row.contributor) for one in due}):
        own = select(Submission.id).where(
            Submission.dataset == dataset, Submission.contributor == contributor
        )
        with reading(context.store) as session:
            submissions = [*session.exec(own)]
        with context.vault.opened() as vault:
            brought = vault.brought_by(submissions)
        found.append((dataset, Taken(0, frozenset(), frozenset(), brought)))
    return found


def _gone(due: list[_Due]) -> dict[str, frozenset[bytes]]:
    gone: dict[str, frozenset[bytes]] = {}
    for one in due:
        if one.row.kind == "person":
            gone[one.row.dataset] = gone.get(one.row.dataset, frozenset()) | one.people
    return gone


def _delete_backups(context: Context, begun_at: str) -> None:
    """Delete the backups that were made before this run; what can't be reached is noted."""
    with reading(context.store) as session:
        query = select(BackupFile).where(
            col(BackupFile.deleted_at).is_(None), BackupFile.made_at <= begun_at
        )
        backups = session.exec(query).all()
    for backup in backups:
        try:
            Path(backup.file).unlink()
            reached = True
        except OSError:
            reached = False
            _LOG.warning("this backup holds what was withdrawn; destroy it: %s", backup.file)
        with writing(context.store) as session:
            row = session.get_one(BackupFile, backup.id)
            now = context.clock.timestamp()
            if reached:
                row.deleted_at, row.missed_at = now, None
            else:
                row.missed_at = row.missed_at or now
            session.add(row)


def _finish(context: Context, run: Erasure, due: list[_Due], expired: Expired) -> None:
    """Drop the sealed columns, and say in the log that it is done, in one transaction."""
    now = context.clock.timestamp()
    with writing(context.store) as session:
        context.log.lock(session)
        for one in due:
            row = session.get_one(Withdrawal, one.row.id)
            row.state, row.erased_at = "erased", now
            row.sealed_target, row.sealed_roots = None, _still_asked(context, one)
            if row.decision == "waiting" and row.sealed_roots is None:
                row.decision = ""  # nobody's records hold the person any more
            session.add(row)
            context.log.append(session, "withdrawal", row.id, dataset=row.dataset, state=row.state)
        retire_older(session, [one.row for one in due], now)
        withdrawn = select(Submission).where(Submission.state == "withdrawn")
        for submission in session.exec(withdrawn).all():
            submission.sealed_upload = submission.sealed_pending = None
            submission.sealed_report = None
            session.add(submission)
        done = session.get_one(Erasure, run.id)
        done.oldest_snapshot, done.marks = expired.oldest, json.dumps(dict(expired.marks))
        session.add(done)
    forget_leavings(context, [one.row for one in due])  # decided while this ran


def _still_asked(context: Context, one: _Due) -> bytes | None:
    """Return, sealed, the people about whom an officer has to decide yet; others hold them."""
    held = one.taken.people - one.people
    if one.row.decision != "waiting" or not held:
        return None
    left = Taken(one.taken.snapshot, held, frozenset())
    return seal(context, one.row.id, "roots", left.pack())


def _close(context: Context) -> None:
    """End the open run, where there is one: the store gives up its free pages last."""
    with reading(context.store) as session:
        run = session.exec(select(Erasure).where(col(Erasure.done_at).is_(None))).first()
    if run is None:
        return
    scrub(context.store)
    with writing(context.store) as session:
        done = session.get_one(Erasure, run.id)
        done.done_at = context.clock.timestamp()
        session.add(done)
    context.log.sign()


def _missed(context: Context) -> list[str]:
    query = select(BackupFile.file).where(col(BackupFile.missed_at).is_not(None))
    with reading(context.store) as session:
        return [*session.exec(query.order_by(col(BackupFile.made_at)))]


def resume_erasing(context: Context) -> None:
    """Go on with a run that a crash left open."""
    try:
        erase_due(context)
    except WeirError as error:
        _LOG.warning("erasing isn't done: %s", error)

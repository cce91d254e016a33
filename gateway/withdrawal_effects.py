"""What follows a withdrawal: releases that held it, downloads that end, the vault without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.extracts import close
from gateway.housekeeping import end_download
from gateway.lake.erasing import roots_held
from gateway.lake.linked import still_known
from gateway.lake.taking import Withdrawn
from gateway.lake.withdrawing import Word, say_none_for, taken_again
from gateway.outcomes import Outcome, open_outcome
from gateway.standing import still_stands
from gateway.store.engine import insert_once, reading, writing
from gateway.store.tables import Extract, Release, Withdrawal, WithdrawalRelease
from gateway.withdrawn import (
    binds,
    document_of,
    holding_releases,
    holds,
    linked_too,
    read_ledger,
    taken_of,
)
from policies.reasons import Reason
from policies.withdrawals import identifier_domains

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.lake.taking import Taken

CHANGED = Reason("consent-changed", {})


def follow(context: Context, withdrawal_id: str) -> bool:
    """Do what follows a withdrawal that is in the lake; done again, it changes nothing.

    Returns:
        Whether all of it is done; the vault has to wait while a load has it open.
    """
    with reading(context.store) as session:
        row = session.get_one(Withdrawal, withdrawal_id)
    taken = taken_of(context, row)
    if taken is None or row.followed_at is not None:
        return taken is not None
    if row.decision == "approved":
        _say_none(context, row, taken)
    _end_waiting(context, row, taken)
    _note_releases(context, row, taken)
    if not empty_vault(context, row.dataset, taken):
        return False
    with writing(context.store) as session:
        done = session.get_one(Withdrawal, withdrawal_id)
        done.followed_at = context.clock.timestamp()
        if done.erased_at is not None:
            done.sealed_roots = None
        session.add(done)
    return True


def _say_none(context: Context, row: Withdrawal, taken: Taken) -> None:
    """Say the operator's own word about those whom somebody's records still hold."""
    assert row.decided_sequence is not None  # noqa: S101 - an approval takes one
    document = document_of(context, row.dataset)
    held = still_known(context.lake, document, taken.people)
    word = Word(f"{row.id}/approved", row.decided_sequence, document, held)
    say_none_for(context.lake, context.keys, word)


def _end_waiting(context: Context, row: Withdrawal, taken: Taken) -> None:
    """End extracts that wait for an officer with what was withdrawn in them.

    Those that come to wait from now on met `withdrawn_meanwhile` before.
    """
    with reading(context.store) as session:
        query = select(Extract).where(Extract.dataset == row.dataset, Extract.state == "in_review")
        waiting = [one for one in session.exec(query).all() if binds(row, one.partner)]
    found = [one.id for one in waiting if _holds_it(context, one, row, taken)]
    with writing(context.store) as session:
        context.log.lock(session)
        for extract_id in found:
            extract = session.get_one(Extract, extract_id)
            if extract.state == "in_review":
                close(session, extract, "expired", (CHANGED,), context.clock.timestamp())


def _holds_it(context: Context, extract: Extract, row: Withdrawal, taken: Taken) -> bool:
    outcome = open_outcome(context, extract)
    if not isinstance(outcome, Outcome):
        return False
    named = linked_too(context, row, taken, extract.partner)
    return holds(read_ledger(context, extract, outcome.classes_key), row.kind, named)


def _note_releases(context: Context, row: Withdrawal, taken: Taken) -> None:
    """Keep which releases held it, and end the downloads of those that don't stand any more."""
    with reading(context.store) as session:
        held = holding_releases(context, session, row, taken)
    with writing(context.store) as session:
        for release_id in held:
            insert_once(session, WithdrawalRelease(withdrawal_id=row.id, release_id=release_id))
    with reading(context.store) as session:
        query = (
            select(Release, Extract)
            .join(Extract, col(Extract.id) == col(Release.extract_id))
            .join(WithdrawalRelease, col(WithdrawalRelease.release_id) == col(Release.id))
        )
        noted = WithdrawalRelease.withdrawal_id == row.id
        found = session.exec(query.where(noted, Extract.state == "ready")).all()
    today = context.clock.today(context.home.document.timezone)
    for release, extract in found:
        if not still_stands(context, extract, release, today):
            end_download(context, extract.id, CHANGED)


def empty_vault(context: Context, dataset: str, taken: Taken) -> bool:
    """Take out of the vault what no record needs any more; False while a load has it open.

    An identifier stays while a record of any contributor, in any dataset, holds its root.
    """
    if not context.vault.exists:
        return False  # whoever puts it back brings a copy from before
    with context.vault.alone() as vault:
        if vault is None:
            return False
        texts = Withdrawn(sorted(taken.records), taken_again(context.lake, dataset, taken.records))
        vault.forget_withdrawn(dataset, texts, unheld(context, taken))
        return True


def unheld(context: Context, taken: Taken) -> dict[str, list[bytes]]:
    """Return, by domain, the withdrawn identifiers that no record of the home holds any more."""
    places = {name: identifier_domains(document_of(context, name)) for name in _datasets(context)}
    return {
        domain: sorted(
            roots
            - roots_held(
                context.lake,
                {name: domains.get(domain, ()) for name, domains in places.items()},
                roots,
            ),
        )
        for domain, roots in taken.identifiers.items()
    }


def _datasets(context: Context) -> list[str]:
    return [*context.registry.datasets()]

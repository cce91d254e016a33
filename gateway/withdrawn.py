"""What was withdrawn, and the extracts and releases that hold it, by their ledgers.

Which releases held a person says who is known to whom, so officers alone see it. A contributor
sees no count of them either: with one person taken back, "1" is that person, and "0" says that
nobody else handed the person in, whose records would have been released in their stead.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from sqlmodel import col, select

from gateway.lake.linked import with_linked
from gateway.lake.taking import Taken, Taking, Target
from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import read_classes
from gateway.store.engine import reading
from gateway.store.tables import Extract, Release, Withdrawal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlmodel import Session

    from gateway.context import Context
    from gateway.outcomes import Outcome
    from policies.documents import DatasetDocument

PERSON = "person"


def seal(context: Context, withdrawal_id: str, part: str, plain: bytes) -> bytes:
    """Seal a column of a withdrawal's row."""
    return context.keys.store_cipher().seal(plain, f"withdrawal:{withdrawal_id}:{part}")


def _open(context: Context, withdrawal_id: str, part: str, sealed: bytes) -> bytes:
    return context.keys.store_cipher().open(sealed, f"withdrawal:{withdrawal_id}:{part}")


def taking_of(context: Context, row: Withdrawal) -> Taking:
    """Return what a withdrawal names; it isn't erased yet."""
    assert row.sealed_target is not None  # noqa: S101 - gone only once it is erased
    target = Target.unpack(_open(context, row.id, "target", row.sealed_target))
    return Taking(row.id, row.sequence, row.contributor, document_of(context, row.dataset), target)


def taken_of(context: Context, row: Withdrawal) -> Taken | None:
    """Return what a withdrawal came to; None before it is in the lake, and once it is erased."""
    if row.sealed_roots is None or row.snapshot is None:
        return None
    return Taken.unpack(row.snapshot, _open(context, row.id, "roots", row.sealed_roots))


def taken_back_by(
    context: Context, dataset: str, contributor: str, sequence: int, *, again: bool
) -> tuple[Target, ...]:
    """Return which people and records a contributor took back, that it may not give by mistake.

    Args:
        context: the open home.
        dataset: that it gives to.
        contributor: '' for the operator.
        sequence: of what it gives.
        again: whether it said that it gives them again; then what was taken back before that
            counts no more.
    """
    query = select(Withdrawal).where(
        Withdrawal.dataset == dataset,
        Withdrawal.contributor == contributor,
        col(Withdrawal.kind).in_(("person", "record")),
        col(Withdrawal.sealed_target).is_not(None),
    )
    if again:
        query = query.where(col(Withdrawal.sequence) > sequence)
    with reading(context.store) as session:
        rows = session.exec(query.order_by(col(Withdrawal.sequence))).all()
    return tuple(taking_of(context, row).target for row in rows)


def document_of(context: Context, dataset: str) -> DatasetDocument:
    """Return the declaration of a dataset that something was withdrawn from."""
    declared = context.registry.dataset(dataset)
    assert declared is not None  # noqa: S101 - what data came into stays declared
    return declared.document


def binds(row: Withdrawal, partner: str) -> bool:
    """Whether a withdrawal ends what a partner holds or waits for.

    What a contributor itself says ends nothing of its own (`lake/standing.py`): otherwise it would
    learn, by withdrawing anybody, whether somebody else's records of that person are in its file.
    """
    return row.contributor != partner or row.decision == "approved"


def withdrawn_meanwhile(
    context: Context, session: Session, extract: Extract, outcome: Outcome
) -> bool:
    """Whether an extract holds what was withdrawn while it was made, or waited.

    Args:
        context: the open home.
        session: holds the log's lock, so that no withdrawal is noted meanwhile.
        extract: to be settled.
        outcome: what was made.
    """
    query = select(Withdrawal).where(
        Withdrawal.dataset == extract.dataset,
        col(Withdrawal.snapshot) > extract.snapshot,
    )
    rows = [row for row in session.exec(query) if binds(row, extract.partner)]
    if not rows:
        return False
    ledger = read_ledger(context, extract, outcome.classes_key)
    found = [taken_of(context, row) for row in rows]
    # Of what is erased nobody knows any more whom it named.
    return any(
        taken is None or holds(ledger, row.kind, linked_too(context, row, taken, extract.partner))
        for row, taken in zip(rows, found, strict=True)
    )


def holding_releases(
    context: Context, session: Session, row: Withdrawal, taken: Taken
) -> list[str]:
    """Return the releases that held what was withdrawn, those that it doesn't bind aside."""
    made = select(Release, Extract).join(Extract, col(Extract.id) == col(Release.extract_id))
    query = made.where(Release.dataset == row.dataset).order_by(col(Release.entry_index))
    return [
        release.id
        for release, extract in session.exec(query)
        if binds(row, release.partner)
        and release.sealed_classes_key is not None
        and holds(
            read_ledger(context, extract, classes_key(context, release)),
            row.kind,
            linked_too(context, row, taken, release.partner),
        )
    ]


def classes_key(context: Context, release: Release) -> bytes:
    """Return the key of a release's ledger."""
    assert release.sealed_classes_key is not None  # noqa: S101 - the caller looked
    return context.keys.content_key_unwrap(
        release.sealed_classes_key, f"release:{release.id}:classes"
    )


def read_ledger(context: Context, extract: Extract, key: bytes) -> pa.Table:
    """Read the ledger of what was made of an extract."""
    return read_classes(folder_of(context, extract.id) / CLASSES, key)


def linked_too(context: Context, row: Withdrawal, taken: Taken, partner: str) -> Taken:
    """Add the other identities of the people; links that rest on the partner's own data aside."""
    if row.kind != PERSON:
        return taken
    document = document_of(context, row.dataset)
    return replace(taken, people=with_linked(context.lake, document, taken.people, partner))


def holds(ledger: pa.Table, kind: str, taken: Taken) -> bool:
    """Whether a ledger names a withdrawn record, or a person who was withdrawn."""
    if _any_in(ledger["record"], taken.records):
        return True
    return kind == PERSON and any(
        _any_in(ledger[column], taken.people) for column in ("person", "identity")
    )


def _any_in(column: pa.ChunkedArray, roots: Iterable[bytes]) -> bool:
    named = pa.array(sorted(roots), pa.binary())
    return bool(pc.any(pc.is_in(column.cast(pa.binary()), value_set=named)).as_py())

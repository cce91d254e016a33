"""The audit log in the store: appended in the caller's transaction, signed after it commits."""

from __future__ import annotations

import fcntl
import json
import os
import threading
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlmodel import Session, col, func, select

from gateway.audit import tiles, tree
from gateway.audit.check import Break, LogRecord, LogReport, check_log
from gateway.audit.checkpoints import (
    check_extends,
    issue_checkpoint,
    open_checkpoint,
    read_checkpoint_file,
    write_checkpoint_file,
)
from gateway.audit.entries import EntryType, make_entry, seal_entry
from gateway.audit.notes import NoteSigner
from gateway.audit.receipts import make_receipt
from gateway.audit.verifier import (
    FormatError,
    SealedEntry,
    VerifierError,
    leaf_hash,
    parse_note,
)
from gateway.errors import IntegrityError, SealedFileError
from gateway.storage import noticing_a_full_disk
from gateway.store.engine import insert_once, reading, writing
from gateway.store.tables import LogCheckpoint, LogHead, LogLeaf, LogNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from gateway.clock import Clock
    from gateway.homes import Home
    from gateway.keys import Keys


class AuditLog:
    """The log of one home.

    **Guarantee.** An entry exists exactly if the transaction that appended it committed; indexes
    have no gaps, because appending locks the log's head until then. A checkpoint is signed only
    after its entries are durable, and only if it extends the last one signed, which is kept
    beside the home as well.
    """

    def __init__(self, *, store: Engine, keys: Keys, clock: Clock, home: Home) -> None:
        """Open the log of this home."""
        self._store, self._clock, self._home = store, clock, home
        self._cipher = keys.store_cipher()
        self._signer = NoteSigner(home.document.origin, keys.log_signer())
        self._signing = threading.Lock()

    @property
    def vkey(self) -> str:
        """The verifier key, as signed notes write it."""
        return str(self._signer.vkey)

    def is_of_this_home(self) -> bool:
        """Answer whether a checkpoint of the store is this home's; a new store has none yet.

        Asks who signed, not whether the signature holds: that is for `check` to find.
        """
        with reading(self._store) as session:
            sizes = select(func.min(LogCheckpoint.size), func.max(LogCheckpoint.size))
            oldest, newest = session.exec(sizes).one()
            ends = {oldest, newest} - {None}
            notes = [session.get_one(LogCheckpoint, size).note for size in ends]
        return not notes or any(map(self._is_own, notes))

    def _is_own(self, note: str) -> bool:
        key = self._signer.vkey
        try:
            signatures = parse_note(note.encode()).signatures
        except VerifierError:
            return False
        return any((s.name, s.key_id) == (key.name, key.key_id) for s in signatures)

    def lock(self, session: Session) -> LogHead:
        """Take the log's head for this transaction: whoever appends next waits for its end."""
        head = select(LogHead).with_for_update()
        locked = session.exec(head).one_or_none()
        if locked is None:
            insert_once(session, LogHead(size=0))  # or somebody else did, this very moment
            locked = session.exec(head).one()
        return locked

    def append(self, session: Session, kind: EntryType, subject: str, **facts: Any) -> int:
        """Append an entry in the caller's transaction.

        Args:
            session: a writing transaction.
            kind: one of the contract's entry types.
            subject: the id of what the entry is about.
            facts: further members; ids, hashes and states only, never personal data.

        Returns:
            The entry's index.
        """
        head = self.lock(session)
        index = head.size
        sealed = seal_entry(make_entry(kind, subject, self._clock.timestamp(), **facts))
        session.add(
            LogLeaf(
                index=index,
                leaf=sealed.leaf,
                type=kind,
                subject=subject,
                sealed_entry=self._seal(index, sealed),
            ),
        )
        reader = partial(_node, session)
        for node in tree.nodes_completed_by(index, leaf_hash(sealed.leaf), reader):
            session.add(LogNode(level=node.level, index=node.index, hash=node.hash))
        head.size = index + 1
        session.add(head)
        session.flush()
        return index

    def sign(self) -> str:
        """Sign and publish a checkpoint over all entries that are durable now.

        Raises:
            IntegrityError: the log doesn't extend the last checkpoint signed: a fork.
            StorageFullError: no room is left; the last checkpoint stays the last.
        """
        with noticing_a_full_disk(), self._signing, self._sole_signer() as session:
            size = self._size(session)
            last = read_checkpoint_file(self._home.checkpoint_file)
            stored = session.get(LogCheckpoint, size)
            if stored is not None and last == stored.note.encode():
                return stored.note
            reader = partial(_node, session)
            try:
                self._check_newest_stored(session, size)
                note = issue_checkpoint(size, reader, self._signer, last)
            except VerifierError as error:
                raise IntegrityError(str(error)) from error
            write_checkpoint_file(self._home.checkpoint_file, note)
            if stored is None:
                session.add(
                    LogCheckpoint(
                        size=size,
                        note=note.decode(),
                        signed_at=self._clock.timestamp(),
                    ),
                )
            return note.decode()

    def _check_newest_stored(self, session: Session, size: int) -> None:
        """The store's own newest checkpoint holds too, should the file beside the home be gone."""
        newest = session.exec(select(LogCheckpoint).order_by(col(LogCheckpoint.size).desc()))
        row = newest.first()
        if row is not None:
            signed = open_checkpoint(row.note.encode(), self._signer.vkey)
            check_extends(signed, size, partial(_node, session))

    @contextmanager
    def _sole_signer(self) -> Iterator[Session]:
        """One signer among threads, processes and, on PostgreSQL, machines."""
        lock_file = self._home.path / "signing.lock"
        handle = os.open(lock_file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            with writing(self._store) as session:
                self.lock(session)
                yield session
        finally:
            os.close(handle)

    def current_checkpoint(self) -> str:
        """Return the newest signed checkpoint; signs the first one of a new log."""
        with reading(self._store) as session:
            row = session.exec(
                select(LogCheckpoint).order_by(col(LogCheckpoint.size).desc()),
            ).first()
        return self.sign() if row is None else row.note

    def tile(self, path: str) -> bytes | None:
        """Return a tile or an entry bundle under a signed checkpoint; None where there is none."""
        try:
            tile = tiles.parse_tile_path(path)
        except FormatError:
            return None
        size = open_checkpoint(self.current_checkpoint().encode(), self._signer.vkey).size
        if not tiles.tile_exists(tile, size):
            return None
        with reading(self._store) as session:
            if tile.level is not None:
                return tiles.tile_bytes(tile, partial(_node, session))
            first = tile.number * tiles.TILE_WIDTH
            leaves = session.exec(
                select(LogLeaf.leaf)
                .where(LogLeaf.index >= first, LogLeaf.index < first + tile.width)
                .order_by(col(LogLeaf.index)),
            )
            return tiles.bundle_bytes(list(leaves))

    def receipt(self, index: int) -> str:
        """Return the receipt of an entry under the newest signed checkpoint.

        Raises:
            IntegrityError: the entry isn't covered yet, or its salt was erased.
        """
        note = self.current_checkpoint()
        size = open_checkpoint(note.encode(), self._signer.vkey).size
        if index >= size:
            note = self.sign()
            size = open_checkpoint(note.encode(), self._signer.vkey).size
        with reading(self._store) as session:
            row = session.get_one(LogLeaf, index)
            if row.sealed_entry is None:
                raise IntegrityError(f"entry {index} was erased; it has no receipt any more")
            proof = tree.inclusion_proof(index, size, partial(_node, session))
            sealed = self._open(index, row.sealed_entry)
        return make_receipt(sealed, index, proof, note.encode()).decode()

    def entries(self, kind: EntryType | None = None) -> list[dict[str, Any]]:
        """Return the entries that weren't erased, oldest first, each with its index."""
        query = select(LogLeaf).order_by(col(LogLeaf.index))
        if kind is not None:
            query = query.where(LogLeaf.type == kind)
        with reading(self._store) as session:
            rows = session.exec(query).all()
        return [
            {"index": row.index, **json.loads(self._open(row.index, row.sealed_entry).entry)}
            for row in rows
            if row.sealed_entry is not None
        ]

    def check_extends(self, note: bytes) -> None:
        """Refuse a log that doesn't extend a checkpoint somebody kept.

        Raises:
            IntegrityError: the note isn't this log's, or the log would fork.
        """
        with reading(self._store) as session:
            try:
                signed = open_checkpoint(note, self._signer.vkey)
                check_extends(signed, self._size(session), partial(_node, session))
            except VerifierError as error:
                raise IntegrityError(str(error)) from error

    def check(self) -> LogReport:
        """Derive every leaf, node and checkpoint again, and compare."""
        with reading(self._store) as session:
            notes = [row.note.encode() for row in session.exec(select(LogCheckpoint))]
            kept = read_checkpoint_file(self._home.checkpoint_file)
            if kept is not None:
                notes.append(kept)
            try:
                return check_log(
                    self._records(session),
                    partial(_node, session),
                    notes,
                    self.vkey,
                )
            except _UnreadableError as error:
                return LogReport(error.index, b"", 0, 0, Break(error.index, str(error)))

    def _records(self, session: Session) -> Iterator[LogRecord]:
        for row in session.exec(select(LogLeaf).order_by(col(LogLeaf.index))):
            try:
                sealed = row.sealed_entry and self._open(row.index, row.sealed_entry)
                hash_ = _node(session, 0, row.index)
            except (SealedFileError, LookupError) as error:
                raise _UnreadableError(row.index, str(error)) from error
            yield LogRecord(index=row.index, leaf=row.leaf, hash=hash_, sealed=sealed or None)

    def _size(self, session: Session) -> int:
        head = session.get(LogHead, 1)
        return 0 if head is None else head.size

    def _seal(self, index: int, sealed: SealedEntry) -> bytes:
        return self._cipher.seal(sealed.salt + sealed.entry, f"log:{index}")

    def _open(self, index: int, stored: bytes) -> SealedEntry:
        plain = self._cipher.open(stored, f"log:{index}")
        return SealedEntry(entry=plain[_SALT:], salt=plain[:_SALT])


class _UnreadableError(Exception):
    """Carries which entry of the log can't be read out of a check."""

    def __init__(self, index: int, message: str) -> None:
        super().__init__(message)
        self.index = index


_SALT = 32


def _node(session: Session, level: int, index: int) -> bytes:
    row = session.get(LogNode, (level, index))
    if row is None:
        raise LookupError(f"the log has no node {level}/{index}")
    return row.hash

"""Derive the whole log again: every entry to its leaf, every leaf to the tree, to the signatures.

Nothing stored is believed: hashes are computed from entries and salts, nodes from hashes, and the
signed roots are compared with what comes out. The first break is reported, with where it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.audit.checkpoints import open_checkpoint
from gateway.audit.tree import Node, NodeReader, nodes_completed_by, root
from gateway.audit.verifier import (
    Checkpoint,
    FormatError,
    ProofError,
    SealedEntry,
    VerifierError,
    leaf_hash,
    parse_canonical,
    parse_vkey,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class LogRecord:
    """One stored record of the log.

    Attributes:
        index: its position, from 0.
        leaf: the public bytes.
        hash: the stored hash of the leaf.
        sealed: entry and salt; None where they were erased.
    """

    index: int
    leaf: bytes
    hash: bytes
    sealed: SealedEntry | None


@dataclass(frozen=True)
class Break:
    """Where the log first contradicts itself.

    Attributes:
        index: of the entry; None where a checkpoint or the key is at fault.
        message: what is wrong and what to do.
    """

    index: int | None
    message: str


@dataclass(frozen=True)
class LogReport:
    """What a check found.

    Attributes:
        size: records that were read.
        root: the root derived over them, or over those before the break.
        erased: records whose entry and salt are gone, by erasure.
        checkpoints: signed checkpoints that agree.
        first_break: None where everything holds.
    """

    size: int
    root: bytes
    erased: int
    checkpoints: int
    first_break: Break | None


@dataclass
class _Derived:
    """What has been derived so far; nodes come from here, never from the store."""

    size: int = 0
    erased: int = 0
    frontier: dict[int, tuple[int, bytes]] = field(default_factory=dict)

    def node(self, level: int, index: int) -> bytes:
        """Give a node of the frontier: the last complete subtree of each level."""
        known, hash_ = self.frontier[level]
        if known != index:
            raise ProofError(f"node {level}/{index} is not on the frontier")
        return hash_

    def root(self) -> bytes:
        return root(self.size, self.node)


class _BreakError(Exception):
    """Carries the first break out of the walk."""

    def __init__(self, index: int | None, message: str) -> None:
        super().__init__(message)
        self.found = Break(index, message)


def check_log(
    records: Iterable[LogRecord], node: NodeReader, checkpoints: Iterable[bytes], vkey: str
) -> LogReport:
    """Check a log from its entries up to its signatures, in one pass and little memory.

    Guarantee: without a break, every stored leaf commits to its stored entry, every stored node
    is the hash of the leaves below it, and every checkpoint is signed by `vkey` and signs exactly
    the leaves at hand.

    Does not protect: against a log that was rewritten together with all given checkpoints by
    whoever holds the key; keep checkpoints elsewhere, or have witnesses cosign them.

    Args:
        records: in order of their index.
        node: reads the stored nodes, to be compared.
        checkpoints: signed notes, in any order; the one kept outside the database among them.
        vkey: the log's verifier key.
    """
    derived, agreed = _Derived(), 0
    try:
        signed = _open_checkpoints(checkpoints, vkey)
        agreed += _check_roots(derived, signed)
        for record in records:
            _check_record(record, derived)
            _check_nodes(record, derived, node)
            agreed += _check_roots(derived, signed)
        _check_covered(derived, signed)
    except _BreakError as broken:
        return LogReport(derived.size, derived.root(), derived.erased, agreed, broken.found)
    return LogReport(derived.size, derived.root(), derived.erased, agreed, None)


def _open_checkpoints(notes: Iterable[bytes], vkey: str) -> Mapping[int, tuple[Checkpoint, ...]]:
    by_size: dict[int, tuple[Checkpoint, ...]] = {}
    try:
        key = parse_vkey(vkey)
        for note in notes:
            checkpoint = open_checkpoint(note, key)
            by_size[checkpoint.size] = (*by_size.get(checkpoint.size, ()), checkpoint)
    except VerifierError as error:
        raise _BreakError(None, f"a checkpoint can't be believed: {error}") from error
    return by_size


def _check_record(record: LogRecord, derived: _Derived) -> None:
    if record.index != derived.size:
        raise _BreakError(derived.size, f"entry {derived.size} is missing from the log")
    if leaf_hash(record.leaf) != record.hash:
        raise _BreakError(record.index, "the stored hash is not that of the leaf")
    try:
        _check_leaf(record)
    except VerifierError as error:
        raise _BreakError(record.index, str(error)) from error


def _check_leaf(record: LogRecord) -> None:
    if record.sealed is None:
        leaf = parse_canonical(record.leaf)
        if not isinstance(leaf, dict) or set(leaf) != {"commitment", "v"}:
            raise FormatError("the leaf of an erased entry is no commitment")
        return
    parse_canonical(record.sealed.entry)
    if record.sealed.leaf != record.leaf:
        raise ProofError("the entry is not the one that the leaf commits to: it was changed")


def _check_nodes(record: LogRecord, derived: _Derived, stored: NodeReader) -> None:
    completed = nodes_completed_by(record.index, record.hash, derived.node)
    for node in completed:
        _check_node(record.index, node, stored)
    derived.frontier.update({node.level: (node.index, node.hash) for node in completed})
    derived.size += 1
    derived.erased += record.sealed is None


def _check_node(index: int, node: Node, stored: NodeReader) -> None:
    where = f"the stored node {node.level}/{node.index}"
    try:
        found = stored(node.level, node.index)
    except LookupError as error:
        raise _BreakError(index, f"{where} is missing") from error
    if found != node.hash:
        raise _BreakError(index, f"{where} is not the hash of the leaves below it")


def _check_roots(derived: _Derived, signed: Mapping[int, tuple[Checkpoint, ...]]) -> int:
    at_this_size = signed.get(derived.size, ())
    if any(checkpoint.root != derived.root() for checkpoint in at_this_size):
        message = f"the checkpoint over {derived.size} entries signs another tree than is stored"
        raise _BreakError(None, message)
    return len(at_this_size)


def _check_covered(derived: _Derived, signed: Mapping[int, tuple[Checkpoint, ...]]) -> None:
    if beyond := [size for size in signed if size > derived.size]:
        message = (
            f"a checkpoint signs {max(beyond)} entries, the log holds {derived.size}: "
            "entries were lost; restore a newer backup"
        )
        raise _BreakError(derived.size, message)

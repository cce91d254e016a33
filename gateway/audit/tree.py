"""The append-only Merkle tree, over stored hashes of complete subtrees.

A **node** at (level, index) is the hash of the complete subtree over the leaves
[index · 2^level, (index + 1) · 2^level). Once complete it never changes, so a log stores each node
once, when its last leaf arrives, and any root or proof of any size is read from O(log² size) of
them. Level 0 holds the leaf hashes.

Does not protect: against wrong nodes. `gateway.audit.check` derives them again from the entries.

References:
    RFC 6962, section 2.1 (MTH, PATH, SUBPROOF: same cuts, written as loops).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.audit.verifier import ProofError, empty_root, node_hash

NodeReader = Callable[[int, int], bytes]


@dataclass(frozen=True)
class Node:
    """The hash of one complete subtree."""

    level: int
    index: int
    hash: bytes


def nodes_completed_by(index: int, leaf_hash: bytes, node: NodeReader) -> tuple[Node, ...]:
    """Return the nodes that appending leaf `index` completes, its own first.

    Args:
        index: the new leaf's position, which is the log's size before it.
        leaf_hash: the new leaf's hash.
        node: reads the nodes stored before.
    """
    completed = [Node(0, index, leaf_hash)]
    while completed[-1].index & 1:
        right = completed[-1]
        left = node(right.level, right.index - 1)
        completed.append(Node(right.level + 1, right.index >> 1, node_hash(left, right.hash)))
    return tuple(completed)


def root(size: int, node: NodeReader) -> bytes:
    """Return the root over the first `size` leaves."""
    return _range_hash(0, size, node) if size else empty_root()


def inclusion_proof(index: int, size: int, node: NodeReader) -> tuple[bytes, ...]:
    """Return the sibling hashes that lead from leaf `index` to the root of `size` leaves.

    Raises:
        ProofError: the tree of that size has no such leaf.
    """
    if not 0 <= index < size:
        raise ProofError(f"a log of {size} entries has no entry {index}")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, node: NodeReader) -> tuple[bytes, ...]:
    """Return the hashes that show the tree of `new` leaves to extend the one of `old`.

    Raises:
        ProofError: the new tree is smaller.
    """
    if not 0 <= old <= new:
        raise ProofError(f"a log of {new} entries does not extend one of {old}")
    if old in {0, new}:
        return ()
    start, end, path = 0, new, list[bytes]()
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    if start:  # with start 0 the old tree is one node, and its root is known to the reader
        path.append(_range_hash(start, end, node))
    return tuple(reversed(path))


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width`, where RFC 6962 cuts."""
    return 1 << (width - 1).bit_length() - 1


def _range_hash(start: int, end: int, node: NodeReader) -> bytes:
    """Hash the leaves [start, end); every range that the cuts leave begins at a multiple of 2^k."""
    parts = list[bytes]()
    while start < end:
        level = (end - start).bit_length() - 1
        parts.append(node(level, start >> level))
        start += 1 << level
    hash_ = parts.pop()
    while parts:
        hash_ = node_hash(parts.pop(), hash_)
    return hash_

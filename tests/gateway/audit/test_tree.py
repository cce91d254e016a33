"""Roots and proofs from stored nodes agree with the definition and with the verifier."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.tree import consistency_proof, inclusion_proof, nodes_completed_by, root
from gateway.audit.verifier import (
    ProofError,
    leaf_hash,
    node_hash,
    verify_consistency,
    verify_inclusion,
)

SIZES = range(1, 34)


def build(size, salt=b""):
    nodes = {}

    def read(level, index):
        return nodes[level, index]

    for index in range(size):
        for node in nodes_completed_by(index, leaf_hash(salt + bytes([index])), read):
            assert (node.level, node.index) not in nodes
            nodes[node.level, node.index] = node.hash
    return read


def by_definition(hashes):
    """MTH of RFC 6962, section 2.1, as it stands there."""
    if len(hashes) == 1:
        return hashes[0]
    cut = 1
    while cut * 2 < len(hashes):
        cut *= 2
    return node_hash(by_definition(hashes[:cut]), by_definition(hashes[cut:]))


TREE = build(max(SIZES))
HASHES = [leaf_hash(bytes([index])) for index in range(max(SIZES))]


@pytest.mark.parametrize("size", SIZES)
def test_root_is_that_of_the_definition(size):
    assert root(size, TREE) == by_definition(HASHES[:size])


@pytest.mark.parametrize("size", SIZES)
def test_every_leaf_of_every_size_is_proven(size):
    for index in range(size):
        proof = inclusion_proof(index, size, TREE)
        verify_inclusion(HASHES[index], index, size, proof, root(size, TREE))


@pytest.mark.parametrize("new", SIZES)
def test_every_size_is_shown_to_extend_every_smaller_one(new):
    for old in range(new + 1):
        proof = consistency_proof(old, new, TREE)
        verify_consistency(old, root(old, TREE), new, root(new, TREE), proof)


@given(st.data())
def test_a_leaf_is_proven_at_no_other_index_and_no_other_way(data):
    size = data.draw(st.sampled_from(SIZES))
    index = data.draw(st.integers(0, size - 1))
    proof = list(inclusion_proof(index, size, TREE))
    wrong = data.draw(st.integers(0, size + 1).filter(lambda other: other != index))
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[index], wrong, size, proof, root(size, TREE))
    with pytest.raises(ProofError):
        verify_inclusion(HASHES[index], index, size, [*proof, HASHES[0]], root(size, TREE))
    if proof:
        with pytest.raises(ProofError):
            verify_inclusion(HASHES[index], index, size, proof[:-1], root(size, TREE))


@given(st.data())
def test_a_rewritten_tree_is_consistent_with_nothing(data):
    new = data.draw(st.integers(2, max(SIZES)))
    old = data.draw(st.integers(1, new - 1))
    fork = build(new, salt=b"fork")
    proof = consistency_proof(old, new, fork)
    with pytest.raises(ProofError):
        verify_consistency(old, root(old, TREE), new, root(new, fork), proof)


@pytest.mark.parametrize("change", [lambda p: p[:-1], lambda p: [*p, HASHES[0]], lambda _: []])
@pytest.mark.parametrize(("old", "new"), [(3, 7), (4, 7), (6, 8), (5, 33)])
def test_a_consistency_proof_of_another_length_is_refused(old, new, change):
    proof = change(list(consistency_proof(old, new, TREE)))
    with pytest.raises(ProofError):
        verify_consistency(old, root(old, TREE), new, root(new, TREE), proof)


def test_two_roots_for_one_size_are_a_fork():
    with pytest.raises(ProofError, match="forked"):
        verify_consistency(3, root(3, TREE), 3, HASHES[0], [])
    with pytest.raises(ProofError, match="empty"):
        verify_consistency(0, HASHES[0], 3, root(3, TREE), [])
    with pytest.raises(ProofError, match="empty"):
        verify_consistency(3, root(3, TREE), 3, root(3, TREE), [HASHES[0]])


def test_proofs_outside_the_tree_are_refused():
    with pytest.raises(ProofError):
        inclusion_proof(3, 3, TREE)
    with pytest.raises(ProofError):
        consistency_proof(4, 3, TREE)
    with pytest.raises(ProofError):
        verify_consistency(4, HASHES[0], 3, HASHES[0], [])

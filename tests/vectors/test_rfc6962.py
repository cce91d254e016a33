"""The reference tree of Certificate Transparency: eight leaves, eight roots, known proofs."""

from __future__ import annotations

import pytest

from gateway.audit.tree import consistency_proof, inclusion_proof, nodes_completed_by, root
from gateway.audit.verifier import (
    empty_root,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
INCLUSION_OF_LEAF_5_IN_8 = [
    "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
]


@pytest.fixture
def node():
    nodes = {}

    def read(level, index):
        return nodes[level, index]

    for index, leaf in enumerate(LEAVES):
        for one in nodes_completed_by(index, leaf_hash(leaf), read):
            nodes[one.level, one.index] = one.hash
    return read


def test_every_root_is_the_published_one(node):
    assert [root(size, node).hex() for size in range(9)] == ROOTS
    assert empty_root().hex() == ROOTS[0]


def test_the_inclusion_proof_is_the_published_one(node):
    proof = inclusion_proof(5, 8, node)
    assert [hash_.hex() for hash_ in proof] == INCLUSION_OF_LEAF_5_IN_8
    verify_inclusion(leaf_hash(LEAVES[5]), 5, 8, proof, bytes.fromhex(ROOTS[8]))


@pytest.mark.parametrize("old", range(9))
def test_every_published_root_leads_to_the_last(node, old):
    proof = consistency_proof(old, 8, node)
    verify_consistency(old, bytes.fromhex(ROOTS[old]), 8, bytes.fromhex(ROOTS[8]), proof)

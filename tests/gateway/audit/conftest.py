"""A log in memory, and a small released file with all that belongs to it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.canonical import canonical_json
from gateway.audit.checkpoints import issue_checkpoint
from gateway.audit.entries import make_entry
from gateway.audit.notes import NoteSigner
from gateway.audit.receipts import make_receipt
from gateway.audit.tree import consistency_proof, inclusion_proof, nodes_completed_by, root
from gateway.audit.verifier import SealedEntry, leaf_hash

TIME = "2026-03-05T10:00:00.000000Z"


@dataclass
class MemoryLog:
    """What the store keeps, kept in dictionaries."""

    signer: NoteSigner
    sealed: list[SealedEntry] = field(default_factory=list)
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    @property
    def size(self):
        return len(self.sealed)

    def node(self, level, index):
        return self.nodes[level, index]

    def append(self, sealed):
        for node in nodes_completed_by(self.size, leaf_hash(sealed.leaf), self.node):
            self.nodes[node.level, node.index] = node.hash
        self.sealed.append(sealed)
        return self.size - 1

    def fill(self, count):
        for number in range(count):
            entry = make_entry("refusal", f"ref_{number}", TIME)
            salt = hashlib.sha256(number.to_bytes(4, "big")).digest()
            self.append(SealedEntry(entry, salt))

    def root(self, size=None):
        return root(self.size if size is None else size, self.node)

    def inclusion(self, index, size=None):
        return inclusion_proof(index, size or self.size, self.node)

    def consistency(self, old, new):
        return consistency_proof(old, new, self.node)

    def checkpoint(self, size=None, last=None):
        return issue_checkpoint(self.size if size is None else size, self.node, self.signer, last)

    def receipt(self, index):
        return make_receipt(self.sealed[index], index, self.inclusion(index), self.checkpoint())


@dataclass(frozen=True)
class ReleaseFiles:
    file: Path
    vkey: str

    @property
    def manifest(self):
        return Path(f"{self.file}.manifest.json")

    @property
    def receipt(self):
        return Path(f"{self.file}.tlog-proof")

    @property
    def codebook(self):
        return Path(f"{self.file}.codebook.csv")


@pytest.fixture
def signer():
    return NoteSigner("weir.example/log", Ed25519PrivateKey.from_private_bytes(b"\x07" * 32))


@pytest.fixture
def other_signer():
    return NoteSigner("weir.example/log", Ed25519PrivateKey.from_private_bytes(b"\x08" * 32))


@pytest.fixture
def log(signer):
    return MemoryLog(signer)


@pytest.fixture
def release(tmp_path, log):
    """A released file whose entry stands between others in the log."""
    return write_release(tmp_path, log)


CONTENT = b"month,age\n2024-03,18+\n"


def write_release(folder, log, entry_type="release", *, name="cases.csv", content=CONTENT, **more):
    codebook = b"column,meaning\nmonth,when\n"
    manifest = canonical_json(
        {
            "release": "rel_1",
            "content_sha256": hashlib.sha256(content).hexdigest(),
            "codebook_sha256": hashlib.sha256(codebook).hexdigest(),
            "rows": 1,
            "t": 0.3,
        }
        | more
    )
    facts = {"manifest_sha256": hashlib.sha256(manifest).hexdigest()}
    log.fill(5)
    index = log.append(SealedEntry(make_entry(entry_type, "rel_1", TIME, **facts), b"\x05" * 32))
    log.fill(3)
    files = ReleaseFiles(folder / name, str(log.signer.vkey))
    files.file.write_bytes(content)
    files.codebook.write_bytes(codebook)
    files.manifest.write_bytes(manifest)
    files.receipt.write_bytes(log.receipt(index))
    return files


@pytest.fixture
def make_release(tmp_path, signer):
    """Make releases that are wrong in a chosen way."""

    def make(**changes):
        return write_release(tmp_path, MemoryLog(signer), **changes)

    return make

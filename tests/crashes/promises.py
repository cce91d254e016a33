"""What a home promises whatever stops it, read from its files by other means than its own.

Each promise is a function from a raw view of the store to sentences on what is broken. Hashes of
the log are computed here once more, straight from RFC 6962; nothing is asked of an open home.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sqlite3
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gateway.audit.notes import NoteSigner
from gateway.audit.verifier import Checkpoint, parse_checkpoint, parse_note, verify_note
from gateway.homes import Home
from gateway.keys import Keys
from gateway.outcomes import CODEBOOK, CONTENT, part_key
from gateway.sealed import SealedReader

SALT = 32
Row = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """A home's store as its files hold it."""

    home: Home
    keys: Keys
    extracts: dict[str, Row]
    releases: list[Row]
    leaves: list[Row]
    size: int
    notes: list[str]
    kept_note: str

    def entry(self, index: int) -> Row:
        """Open the entry of a leaf."""
        sealed = self.leaves[index]["sealed_entry"]
        plain = self.keys.store_cipher().open(sealed, f"log:{index}")
        return dict(json.loads(plain[SALT:]), salt=plain[:SALT], raw=plain[SALT:])

    def manifest(self, release: Row) -> bytes:
        """Open the manifest of a release."""
        context = f"release:{release['id']}:manifest"
        return self.keys.store_cipher().open(release["sealed_manifest"], context)

    def content(self, release: Row, part: str = CONTENT) -> bytes:
        """Open released bytes."""
        context = f"release:{release['id']}:content"
        key = self.keys.content_key_unwrap(release["sealed_content_key"], context)
        path = self.home.releases_dir / release["extract_id"] / part
        with SealedReader(path, part_key(key, part)) as reader:
            return reader.read()


def see(path: Path) -> Seen:
    """Read a home's store from a copy of its files: a dead process's are left as they are."""
    home = Home.open(path)
    with tempfile.TemporaryDirectory() as folder:
        for end in ("", "-wal"):
            source = Path(f"{home.store_file}{end}")
            if source.exists():
                shutil.copy(source, folder)
        with closing(sqlite3.connect(Path(folder) / home.store_file.name)) as store:
            store.row_factory = sqlite3.Row

            def rows(query: str) -> list[Row]:
                return [dict(row) for row in store.execute(query)]

            return Seen(
                home=home,
                keys=Keys.open(home),
                extracts={row["id"]: row for row in rows("SELECT * FROM extract")},
                releases=rows("SELECT * FROM release"),
                leaves=rows('SELECT * FROM log_leaf ORDER BY "index"'),
                size=rows("SELECT size FROM log_head")[0]["size"],
                notes=[row["note"] for row in rows("SELECT note FROM log_checkpoint")],
                kept_note=home.checkpoint_file.read_text(),
            )


def broken_promises(seen: Seen) -> list[str]:
    """Return what doesn't hold; nothing where all is whole."""
    return [*_log(seen), *_releases(seen), *_readable_bytes(seen)]


def _log(seen: Seen) -> list[str]:
    broken = []
    if [leaf["index"] for leaf in seen.leaves] != list(range(seen.size)):
        broken.append(f"the log has gaps: {len(seen.leaves)} leaves, size {seen.size}")
    for leaf in seen.leaves:
        entry = seen.entry(leaf["index"])
        commitment = hashlib.sha256(entry["salt"] + entry["raw"]).hexdigest()
        if json.loads(leaf["leaf"]) != {"commitment": commitment, "v": 1}:
            broken.append(f"leaf {leaf['index']} isn't the commitment to its entry")
    for note in (*seen.notes, seen.kept_note):
        signed = _opened(seen, note)
        if signed.size > seen.size:
            broken.append(f"{signed.size} entries are signed, {seen.size} are there")
        elif signed.root != _root([leaf["leaf"] for leaf in seen.leaves[: signed.size]]):
            broken.append(f"the checkpoint of size {signed.size} is another tree's")
    return broken


def _releases(seen: Seen) -> list[str]:
    """Every release has its entry; an entry of a release has the release."""
    broken = []
    named = [leaf["subject"] for leaf in seen.leaves if leaf["type"] == "release"]
    if sorted(named) != sorted(release["id"] for release in seen.releases):
        broken.append("entries of releases and releases aren't the same")
    for release in seen.releases:
        index = release["entry_index"]
        if index >= len(seen.leaves):
            broken.append(f"{release['id']}: no entry {index}")
            continue
        entry, manifest = seen.entry(index), seen.manifest(release)
        if entry["id"] != release["id"]:
            broken.append(f"{release['id']}: entry {index} is of {entry['id']}")
        if entry["manifest_sha256"] != hashlib.sha256(manifest).hexdigest():
            broken.append(f"{release['id']}: the entry names another manifest")
    return broken


def _readable_bytes(seen: Seen) -> list[str]:
    """Bytes that can be downloaded have entry, signed checkpoints, manifest and their hash."""
    covered = min(
        _opened(seen, seen.kept_note).size,
        max((_opened(seen, note).size for note in seen.notes), default=0),
    )
    released = [release["extract_id"] for release in seen.releases]
    broken = [f"{name} has two releases" for name in set(released) if released.count(name) > 1]
    broken += [f"{name} is ready, without a release" for name in _ready(seen) - set(released)]
    for release in seen.releases:
        state = seen.extracts[release["extract_id"]]["state"]
        if state not in ("settled", "ready"):
            broken.append(f"{release['id']} is there, and its extract {state}")
        if (state == "ready" or release["published"]) and release["entry_index"] >= covered:
            broken.append(f"{release['id']} can be read, and no signed checkpoint covers it")
        broken += _bytes(seen, release)
    return broken


def _ready(seen: Seen) -> set[str]:
    return {extract["id"] for extract in seen.extracts.values() if extract["state"] == "ready"}


def ready_bytes(seen: Seen) -> dict[str, str]:
    """Return the SHA-256 of the bytes of every extract that is ready."""
    ready = _ready(seen)
    return {
        release["extract_id"]: hashlib.sha256(seen.content(release)).hexdigest()
        for release in seen.releases
        if release["extract_id"] in ready
    }


def _bytes(seen: Seen, release: Row) -> list[str]:
    manifest = json.loads(seen.manifest(release))
    return [
        f"{release['id']}: the {part} isn't what its manifest names"
        for part in (CONTENT, CODEBOOK)
        if hashlib.sha256(seen.content(release, part)).hexdigest() != manifest[f"{part}_sha256"]
    ]


def _opened(seen: Seen, note: str) -> Checkpoint:
    vkey = NoteSigner(seen.home.document.origin, seen.keys.log_signer()).vkey
    parsed = parse_note(note.encode())
    verify_note(parsed, vkey)
    return parse_checkpoint(parsed.text)


def _root(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, as it is written there; the leaves are hashed as entries."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()

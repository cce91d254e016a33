"""Everything that a home keeps, decrypted by somebody who has all of its keys, place by place."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil

import pyarrow as pa
from sqlmodel import select

from anonymizers.pseudonyms import roots
from gateway.archives import reading_archive
from gateway.errors import SealedFileError, WeirError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.token_vault import TokenVault
from gateway.outcomes import CLASSES
from gateway.release_ledger import read_classes
from gateway.store.engine import open_store, reading
from gateway.store.tables import (
    Extract,
    IdempotentAnswer,
    LogLeaf,
    RecipeRow,
    Release,
    Submission,
    Withdrawal,
)
from tests.attacks.decrypted import decrypted_lake, decrypted_vault

SEALED = {
    Withdrawal: {
        "sealed_target": "withdrawal:{id}:target",
        "sealed_roots": "withdrawal:{id}:roots",
    },
    Submission: {
        "sealed_report": "submission:{id}:report",
        "sealed_pending": "submission:{id}:pending",
        "sealed_upload": "submission:{id}:upload",
    },
    Extract: {"sealed_request": "extract:{id}:request", "sealed_outcome": "extract:{id}:outcome"},
    Release: {"sealed_manifest": "release:{id}:manifest"},
    RecipeRow: {"sealed_document": "recipe:{id}:document"},
    LogLeaf: {"sealed_entry": "log:{index}"},
    IdempotentAnswer: {"sealed_answer": "idempotent_answer:{client}:{key}:answer"},
}


class Needle:
    """What must not be found: a value, and its root, in every form that they may take."""

    def __init__(self, keys, domain, value):
        self.root = roots(pa.array([value]), keys.domain(domain))[0].as_py()
        based = base64.b64encode(self.root).decode()
        self.hex = self.root.hex()
        self.texts = {value, self.hex, self.hex.upper(), repr(self.root)[2:-1], based}

    def is_in(self, text):
        return any(one in text for one in self.texts)

    def is_in_bytes(self, data):
        return self.root in data or any(one.encode() in data for one in self.texts)


def everything_kept(path, store_url=None):
    """Return what each place of a closed home holds, as texts, and its raw files as bytes."""
    home, keys = Home.open(path), Keys.open(Home.open(path))
    store = open_store(store_url or f"sqlite:///{home.store_file}")
    raw = {
        file.relative_to(home.path).as_posix(): file.read_bytes()
        for file in sorted(home.path.rglob("*"))
        if file.is_file()
    }
    try:
        return {
            "raw files": raw,
            "store": _store(store, keys.store_cipher()),
            "ledgers": _ledgers(store, home, keys),
            "lake": decrypted_lake(home, keys),
            "vault": decrypted_vault(home, keys),
            "tokens": _tokens(home, keys),
        }
    finally:
        store.dispose()


def places_of(needle, kept):
    """Return the places where something is found."""
    found = {name for name, text in kept.items() if isinstance(text, str) and needle.is_in(text)}
    files = [name for name, data in kept["raw files"].items() if needle.is_in_bytes(data)]
    return found | {f"raw {name}" for name in files}


def kept_in_backup(file, folder, key_file):
    """Restore a backup beside a copy of its key, and return everything in it."""
    shutil.rmtree(folder, ignore_errors=True)
    home = folder / "home"
    home.mkdir(parents=True)
    shutil.copy2(key_file, folder / "home.key")
    with reading_archive(file) as archive:
        archive.unpack(archive.names, home)
    return everything_kept(home)


def _store(store, cipher):
    found = []
    with reading(store) as session:
        for table, columns in SEALED.items():
            for row in session.exec(select(table)).all():
                for column, context in columns.items():
                    sealed = getattr(row, column)
                    if sealed is not None:
                        found.append(repr(cipher.open(sealed, context.format(**row.model_dump()))))
    return "\n".join(found)


def _ledgers(store, home, keys):
    found = []
    with reading(store) as session:
        releases = session.exec(select(Release)).all()
        outcomes = {
            extract.id: keys.store_cipher().open(
                extract.sealed_outcome, f"extract:{extract.id}:outcome"
            )
            for extract in session.exec(select(Extract)).all()
            if extract.sealed_outcome is not None
        }
    for release in releases:
        if release.sealed_classes_key is not None:
            key = keys.content_key_unwrap(
                release.sealed_classes_key, f"release:{release.id}:classes"
            )
            file = home.releases_dir / release.extract_id / CLASSES
            found.append(repr(read_classes(file, key).to_pylist()))
    for extract_id, outcome in outcomes.items():
        with contextlib.suppress(KeyError, FileNotFoundError, SealedFileError, WeirError):
            key = base64.b64decode(json.loads(outcome)["classes_key"])
            file = home.releases_dir / extract_id / CLASSES
            found.append(repr(read_classes(file, key).to_pylist()))
    return "\n".join(found)


def _tokens(home, keys):
    vault = TokenVault(home, keys)
    with vault._opened() as connection:
        found = repr(connection.execute("FROM tokens.tokens").to_arrow_table().to_pylist())
    vault.close()
    return found

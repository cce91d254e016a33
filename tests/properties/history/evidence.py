"""What a home really holds, read past the gateway's own rooms where that is possible."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import hmac
import io
import json
import sqlite3
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq

from anonymizers.pseudonyms import derive_key, keyed_order
from gateway.identifiers import release_id_of
from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import read_classes
from gateway.releases import manifest_bytes, receipt_text
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.properties.history.declarations import DATASET, POLICY
from tests.properties.history.trees import read_receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.context import Context
    from gateway.keys import Keys
    from tests.properties.history.world import Key, World

IN_VAIN = "asked_in_vain"
COUNTED = ("dataset", "policy", "partner", "agreement", "submission", IN_VAIN)
Cells = list[dict[str, str | None]]


def ask_store(context: Context, query: str) -> list[tuple[Any, ...]]:
    """Read the store's file by itself."""
    with contextlib.closing(sqlite3.connect(context.home.store_file)) as connection:
        return connection.execute(query).fetchall()


@dataclass(frozen=True)
class Row:
    """An extract as the store holds it."""

    id: str
    partner: str
    state: str
    is_made: bool


def extracts(context: Context) -> dict[str, Row]:
    """All extracts, the oldest first."""
    query = "SELECT id, partner, state, sealed_outcome IS NOT NULL FROM extract ORDER BY rowid"
    return {row[0]: Row(*row[:3], bool(row[3])) for row in ask_store(context, query)}


def votes(context: Context, extract_id: str) -> set[tuple[str, str]]:
    """Who voted what."""
    rows = ask_store(context, "SELECT extract_id, officer, verdict FROM review_vote")
    return {(officer, verdict) for voted, officer, verdict in rows if voted == extract_id}


@dataclass(frozen=True)
class Leaf:
    """One leaf of the log, and the entry and salt that it commits to."""

    leaf: bytes
    entry: bytes
    salt: bytes

    @property
    def told(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.entry)
        return read


def leaves(context: Context) -> list[Leaf]:
    """The log, in order; its indexes must have no gap."""
    rows = ask_store(context, 'SELECT "index", leaf, sealed_entry FROM log_leaf ORDER BY "index"')
    assert [row[0] for row in rows] == list(range(len(rows)))
    cipher = context.keys.store_cipher()
    opened = [(leaf, cipher.open(sealed, f"log:{index}")) for index, leaf, sealed in rows]
    return [Leaf(leaf, plain[32:], plain[:32]) for leaf, plain in opened]


def checkpoints(context: Context) -> list[bytes]:
    """Every checkpoint that was published, and the one beside the home."""
    notes = ask_store(context, "SELECT note FROM log_checkpoint")
    return [*(note.encode() for (note,) in notes), context.home.checkpoint_file.read_bytes()]


def observed(context: Context) -> dict[str, Any]:
    """What the home says was declared and loaded, in the form of `expected`."""
    declared, policies = context.registry.dataset(DATASET), context.registry.policies_for(DATASET)
    assert declared is not None
    assert policies.keys() == {POLICY}
    told = [leaf.told for leaf in leaves(context)]
    kinds = Counter(entry["type"] for entry in told)
    kinds[IN_VAIN] = sum(entry["id"].startswith("ref_") for entry in told)
    return {
        "dataset": declared.document,
        "policy": policies[POLICY].document,
        "partners": {p.document.partner: p.document for p in context.registry.partners()},
        "suspended": {p.document.partner for p in context.registry.partners() if p.suspended},
        "counts": {kind: kinds[kind] for kind in COUNTED},
        "records": {record: kept[:2] for record, kept in in_the_lake(context).items()},
    }


def expected(world: World, keys: Keys) -> dict[str, Any]:
    """What a home must say of this world."""
    return {
        "dataset": parse_dataset(world.dataset.text()),
        "policy": parse_policy(world.policy.text()),
        "partners": {p.name: parse_partner(p.text()) for p in world.partners.values()},
        "suspended": set(world.suspended),
        "counts": {kind: world.counts.get(kind, 0) for kind in COUNTED},
        "records": {
            record_root(keys, key): (person_root(keys, record.person), record.giver)
            for key, record in world.records.items()
        },
    }


def in_the_lake(context: Context) -> dict[bytes, tuple[bytes, str, int]]:
    """Every record's person, giver and contribution rank, by its root."""
    if not context.lake.has_table(DATASET):
        return {}
    query = f"SELECT weir_record, weir_person, weir_contributor, weir_rank FROM lake.main.{DATASET}"
    with context.lake.cursor() as cursor:
        rows = cursor.execute(query).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: row[1:] for row in rows}


def ranks(context: Context, world: World) -> dict[Key, int]:
    """The contribution rank of every record of this world."""
    held = in_the_lake(context)
    return {key: held[record_root(context.keys, key)][2] for key in world.records}


def person_root(keys: Keys, person: str) -> bytes:
    return _root(keys.domain("person"), person)


def record_root(keys: Keys, key: Key) -> bytes:
    giver, case = key
    domain = keys.domain(f"weir record\n{DATASET}\n{giver}\nkey")
    return _root(domain, f"{len(case.encode())}:{case}")


def _root(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")[:16]


def ledger(
    context: Context, extract_id: str, told: Mapping[str, Any]
) -> list[tuple[bytes, bytes, int]]:
    """Person, record and class of every released row, in the file's order.

    The release ledger has another order: the file's takes the key, and what the manifest told.
    """
    query = (
        "SELECT extract_id, release.id, sealed_classes_key, snapshot FROM release "
        "JOIN extract ON extract.id = extract_id"
    )
    for extract, release, sealed, snapshot in ask_store(context, query):
        if extract == extract_id:
            key = context.keys.content_key_unwrap(sealed, f"release:{release}:classes")
            table = read_classes(folder_of(context, extract_id) / CLASSES, key)
            order_key = _order_key(context.keys, told, snapshot)
            order = keyed_order(table["record"].combine_chunks(), order_key)
            ordered = table.take(order)
            columns = (ordered[name].to_pylist() for name in ("person", "record", "class"))
            return list(zip(*columns, strict=True))
    raise AssertionError(f"{extract_id} has no release")


def _order_key(keys: Keys, told: Mapping[str, Any], snapshot: int) -> bytes:
    request = {name: part for name, part in told["request"].items() if name != "format"}
    parts = [told["partner"], told["policy_sha256"], str(snapshot), _canonical(request)]
    if told["epoch"]:
        parts.append(_canonical(told["epoch"]))
    return derive_key(keys.order(), "weir rows v1", *parts)


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def manifest(context: Context, partner: str, extract_id: str) -> dict[str, Any]:
    """The manifest, after its hash was found in the entry that its receipt proves."""
    text = manifest_bytes(context, partner, release_id_of(extract_id))
    receipt = receipt_text(context, partner, release_id_of(extract_id))
    entry, index = read_receipt(receipt, context.log.vkey)
    assert entry["type"] == "release"
    assert entry["id"] == release_id_of(extract_id)
    assert entry["manifest_sha256"] == hashlib.sha256(text).hexdigest()
    assert leaves(context)[index].told == entry
    told: dict[str, Any] = json.loads(text)
    return told


def read_file(content: bytes, format_: str) -> Cells:
    """Read downloaded bytes with other people's readers."""
    if format_ == "csv":
        rows: list[dict[str, Any]] = list(csv.DictReader(io.StringIO(content.decode())))
    elif format_ == "jsonl":
        rows = [json.loads(line) for line in content.splitlines()]
    elif format_ == "parquet":
        rows = pq.read_table(io.BytesIO(content)).to_pylist()
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        names, *values = sheet.iter_rows(values_only=True)
        rows = [dict(zip(names, value, strict=True)) for value in values]
    return [{name: _text(cell) for name, cell in row.items()} for row in rows]


def _text(cell: Any) -> str | None:
    return None if cell in (None, "") else str(cell)

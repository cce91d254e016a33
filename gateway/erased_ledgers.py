"""Release ledgers without whom was erased: a random root stands where theirs stood.

Every count that a ledger is checked by stays (rows, people, people in a class, records of one
person): in a ledger a person gets one new root, another in every other ledger. So nobody is named,
and nobody can be followed from release to release.

What is lost: a person who is erased and comes back is new to the clearance of local recoding.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlmodel import col, select

from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import SCHEMA, read_classes
from gateway.sealed import SealedWriter
from gateway.store.engine import reading
from gateway.store.tables import Extract, Release
from gateway.withdrawn import classes_key

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.context import Context

ROOT_BYTES = 16


def rename_in_ledgers(
    context: Context, dataset: str, people: frozenset[bytes], records: frozenset[bytes]
) -> None:
    """Replace roots in every ledger of a dataset; done again, it finds none of them.

    Args:
        context: the open home.
        dataset: whose releases.
        people: roots of people whom no record holds.
        records: roots of records that are gone.
    """
    with reading(context.store) as session:
        made = select(Release, Extract).join(Extract, col(Extract.id) == col(Release.extract_id))
        found = session.exec(made.where(Release.dataset == dataset)).all()
    for release, extract in found:
        if release.sealed_classes_key is not None:
            file = folder_of(context, extract.id) / CLASSES
            _rename(file, classes_key(context, release), people, records)


def _rename(file: Path, key: bytes, people: frozenset[bytes], records: frozenset[bytes]) -> None:
    """Write one ledger anew, beside the old one first, where it names any of the roots."""
    ledger = read_classes(file, key)
    renamed = ledger.set_column(0, SCHEMA.field(0), _renamed(ledger["person"], people))
    renamed = renamed.set_column(1, SCHEMA.field(1), _renamed(ledger["record"], records))
    renamed = renamed.set_column(3, SCHEMA.field(3), _renamed(ledger["identity"], people))
    if renamed.equals(ledger):
        return
    fresh = file.with_name(f"{file.name}.new")
    with SealedWriter(fresh, key) as out:
        pq.write_table(renamed, out, compression="zstd")
    fresh.replace(file)


def _renamed(column: pa.ChunkedArray, gone: frozenset[bytes]) -> pa.ChunkedArray:
    plain = column.cast(pa.binary())
    named = pc.unique(plain.filter(pc.is_in(plain, value_set=pa.array([*gone], pa.binary()))))
    others = {root: secrets.token_bytes(ROOT_BYTES) for root in named.to_pylist()}
    if not others:
        return column
    return pa.chunked_array(
        [pa.array([others.get(root, root) for root in plain.to_pylist()], pa.binary(ROOT_BYTES))],
    )

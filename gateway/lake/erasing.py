"""Erasing from the lake: tables written anew without what was withdrawn, older snapshots expired.

A deleted row stays in its Parquet file, and its smallest and largest values in the catalog, for as
long as a snapshot, or a file that others share, needs them. So every table is written anew in one
transaction, all older snapshots are expired, and their files deleted. `gateway/lake/connection.py`
then writes the catalog itself anew.

What people said goes with them: of a person whom no record holds any more the statements are
deleted too, the `none` of the withdrawal among them. Until then it kept the person out; afterwards
nobody knows that there was such a person, and a record that somebody hands in later is judged by
what it says itself.

Expiry ends every look at an older snapshot: erasure wins over replay.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from gateway.lake.engine import literal, quoted
from gateway.lake.loading import roll_back
from gateway.lake.tables import BOOKS, LINKS, MARKS, STATEMENTS, table_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import duckdb

    from gateway.lake.connection import Lake


@dataclass(frozen=True)
class Expired:
    """What erasing left of the snapshots.

    Attributes:
        oldest: the first one that there is still.
        marks: by dataset, the expired snapshot that the oldest one stands for.
    """

    oldest: int
    marks: Mapping[str, int]


def roots_held(
    lake: Lake, columns: Mapping[str, Iterable[str]], roots: Iterable[bytes]
) -> frozenset[bytes]:
    """Return those of some roots that records hold now.

    Args:
        lake: is read as it is now.
        columns: by dataset, the columns to look in.
        roots: of one domain.
    """
    held: set[bytes] = set()
    asked = pa.table({"root": pa.array(sorted(roots), pa.binary())})
    with lake.cursor() as cursor:
        for dataset, names in columns.items():
            if not lake.has_table(dataset):
                continue
            cursor.register("asked", asked)
            for name in names:
                rows = cursor.execute(
                    f"SELECT DISTINCT {quoted(name)} FROM {table_path(dataset)} "
                    f"WHERE {quoted(name)} IN (SELECT root FROM asked)",
                ).fetchall()
                held.update(bytes(root) for (root,) in rows)
            cursor.unregister("asked")
    return frozenset(held)


def erase_rows(
    lake: Lake, datasets: Iterable[str], gone: Mapping[str, frozenset[bytes]]
) -> Expired:
    """Write all tables anew, expire every older snapshot, and delete its files.

    Args:
        lake: of the home.
        datasets: all that are declared.
        gone: by dataset, roots of people whom no record holds any more: their statements go.

    Returns:
        What is left; done again, it does no harm.
    """
    there = [dataset for dataset in datasets if lake.has_table(dataset)]
    marks = {dataset: lake.dataset_snapshot(dataset) for dataset in there}
    people = frozenset[bytes]().union(*gone.values())
    nowhere = people - roots_held(lake, {name: ["weir_identity"] for name in there}, people)
    with lake.writing(), lake.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            _forget_statements(cursor, gone)
            _forget_links(cursor, nowhere)
            cursor.execute(f"DELETE FROM {MARKS}")
            for dataset, snapshot in marks.items():
                cursor.execute(f"INSERT INTO {MARKS} VALUES (?, ?)", [dataset, snapshot])
            for path in (*map(table_path, there), *BOOKS):
                _write_anew(cursor, path)
            cursor.execute("CALL lake.set_commit_message('weir', 'erasure')")
            cursor.execute("COMMIT")
        except BaseException:
            roll_back(cursor)
            raise
        _expire(cursor)
        oldest = cursor.execute("SELECT min(snapshot_id) FROM lake.snapshots()").fetchone()
    assert oldest is not None  # noqa: S101 - an aggregate answers
    return Expired(int(oldest[0]), marks)


def _forget_statements(
    cursor: duckdb.DuckDBPyConnection, gone: Mapping[str, frozenset[bytes]]
) -> None:
    for dataset, people in gone.items():
        cursor.register("gone", pa.table({"person": pa.array(sorted(people), pa.binary())}))
        cursor.execute(
            f"DELETE FROM {STATEMENTS} WHERE dataset = {literal(dataset)} "
            "AND weir_identity IN (SELECT person FROM gone)",
        )
        cursor.unregister("gone")


def _forget_links(cursor: duckdb.DuckDBPyConnection, people: frozenset[bytes]) -> None:
    """Forget links to those whom no dataset holds; who is linked to somebody held isn't gone."""
    cursor.register("gone", pa.table({"person": pa.array(sorted(people), pa.binary())}))
    cursor.execute(
        f"DELETE FROM {LINKS} WHERE left_root IN (SELECT person FROM gone) "
        "OR right_root IN (SELECT person FROM gone)",
    )
    cursor.unregister("gone")


def _write_anew(cursor: duckdb.DuckDBPyConnection, path: str) -> None:
    """Put a copy in a table's place: its files and their statistics hold what is left, no more."""
    schema, _, name = path.rpartition(".")
    fresh = f"{schema}.{quoted('fresh_' + secrets.token_hex(8))}"
    cursor.execute(f"CREATE TABLE {fresh} AS SELECT * FROM {path}")
    cursor.execute(f"DROP TABLE {path}")
    cursor.execute(f"ALTER TABLE {fresh} RENAME TO {name}")


def _expire(cursor: duckdb.DuckDBPyConnection) -> None:
    cursor.execute(
        "SELECT count(*) FROM ducklake_expire_snapshots('lake', "
        "older_than => now() + INTERVAL 1 DAY)",
    ).fetchall()
    for clean in ("ducklake_cleanup_old_files", "ducklake_delete_orphaned_files"):
        cursor.execute(f"SELECT count(*) FROM {clean}('lake', cleanup_all => true)").fetchall()

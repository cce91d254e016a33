"""Taking records back: one transaction deletes what a contributor names, and says so about people.

The order is that of a load (`gateway/lake/ingest.py`): whom it names was noted before, what it came
to is read afterwards, from the snapshot before its own. So whatever a kill leaves, the withdrawal
is in the lake or isn't, and whoever finishes it finds the same.

A withdrawal reaches only records that came before it, by the ordinal that it shares with
submissions, and only its contributor's own. Of a person it leaves a statement `none` behind.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa

from gateway.errors import LakeError
from gateway.lake.connection import CATALOG
from gateway.lake.engine import literal, quoted
from gateway.lake.loading import close_gaps, roll_back
from gateway.lake.resolving import resolve_dataset
from gateway.lake.tables import LOADS, STATEMENTS, create_table, table_name, table_path
from gateway.lake.taking import Taken, Taking, blob_of
from policies.withdrawals import identifier_domains

if TYPE_CHECKING:
    import duckdb

    from gateway.keys import Keys
    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument

_MESSAGE = "withdrawal "


def take_back(lake: Lake, keys: Keys, taking: Taking) -> None:
    """Delete what a withdrawal names, in one transaction; done again, it changes nothing.

    Guarantee: its contributor's records that it names are gone from the new snapshot, nobody
    else's are; ranks of people who keep records run from 1 on; a person who was named has a
    statement `none` of this contributor, whether or not anybody knows the person.
    """
    with lake.writing(), lake.cursor() as cursor:
        noted = f"SELECT 1 FROM {LOADS} WHERE submission = {literal(taking.id)}"
        if cursor.execute(noted).fetchone():
            return
        cursor.execute("BEGIN")
        try:
            _transact(cursor, taking)
            resolve_dataset(cursor, keys, taking.document)
            cursor.execute("COMMIT")
        except BaseException:
            roll_back(cursor)
            raise


def _transact(cursor: duckdb.DuckDBPyConnection, taking: Taking) -> None:
    cursor.execute(create_table(taking.document))
    losing = cursor.execute(
        f"SELECT weir_identity FROM {taking.table} GROUP BY weir_identity "
        f"HAVING bool_or({taking.own}) AND NOT bool_and({taking.own})",
    ).fetchall()
    if taking.target.kind == "person":
        _say_none(cursor, taking)
    cursor.execute(f"DELETE FROM {taking.table} WHERE {taking.own}")
    if losing:
        close_gaps(cursor, taking.table, [identity for (identity,) in losing])
    dataset = literal(taking.document.dataset)
    cursor.execute(
        f"INSERT INTO {LOADS} SELECT {literal(taking.id)}, {dataset}, "
        f"{literal(taking.contributor)}, {int(taking.sequence)}",
    )
    cursor.execute(
        f"CALL lake.set_commit_message('weir', {literal(_MESSAGE + taking.id)}, "
        f"extra_info => {dataset})",
    )


def _say_none(cursor: duckdb.DuckDBPyConnection, taking: Taking) -> None:
    """Append that the person said no, so that a later row without a word brings nobody back."""
    people = f"SELECT weir_identity FROM {taking.table} WHERE {taking.own}"
    if taking.names_the_unit:
        people += f" UNION SELECT {blob_of(taking.target.root)}"
    cursor.execute(
        f"INSERT INTO {STATEMENTS} BY NAME SELECT "
        f"{literal(taking.document.dataset)} AS dataset, weir_identity, "
        f"weir_identity AS weir_person, {literal(taking.id)} AS submission, "
        f"{literal(taking.contributor)} AS contributor, "
        f"{int(taking.sequence)}::BIGINT AS sequence, 'none' AS consent, NULL::DATE AS ends, "
        f"false AS refused FROM ({people}) WHERE weir_identity IS NOT NULL",
    )


def find_taken(lake: Lake, taking: Taking) -> Taken | None:
    """Return what a withdrawal that is in the lake came to; None where it isn't there.

    Raises:
        LakeError: the snapshot before it was expired.
    """
    with lake.cursor() as cursor:
        row = cursor.execute(
            "SELECT snapshot_id FROM lake.snapshots() WHERE commit_message = "
            f"{literal(_MESSAGE + taking.id)}",
        ).fetchone()
        if row is None:
            return None
        return _found(cursor, taking, int(row[0]))


def _found(cursor: duckdb.DuckDBPyConnection, taking: Taking, snapshot: int) -> Taken:
    domains = identifier_domains(taking.document)
    names = [name for columns in domains.values() for name in columns]
    rows = _before(cursor, taking, snapshot, names)
    people = _values(rows["weir_identity"])
    if taking.names_the_unit:
        people |= {taking.target.root}
    identifiers = {
        domain: frozenset[bytes]().union(*(_values(rows[name]) for name in columns))
        for domain, columns in domains.items()
    }
    known = taking.target.kind == "person" and _others_know(cursor, taking, snapshot, people)
    return Taken(
        snapshot,
        people,
        _values(rows["weir_record"]),
        identifiers,
        _emptied(cursor, taking, snapshot, rows["weir_submission"]),
        known,
    )


def _emptied(
    cursor: duckdb.DuckDBPyConnection, taking: Taking, snapshot: int, had: pa.ChunkedArray
) -> frozenset[str]:
    """Return the submissions of which nothing is left."""
    left = cursor.execute(
        f"SELECT DISTINCT weir_submission FROM {taking.table} AT (VERSION => {snapshot}) "
        f"WHERE weir_contributor = {literal(taking.contributor)}",
    ).fetchall()
    return frozenset(had.unique().to_pylist()) - {submission for (submission,) in left}


def _before(
    cursor: duckdb.DuckDBPyConnection, taking: Taking, snapshot: int, names: list[str]
) -> pa.Table:
    """Read what it took back from the snapshot before its own, where there was a table."""
    columns = ", ".join(["weir_identity", "weir_record", "weir_submission", *map(quoted, names)])
    first = cursor.execute(
        f"SELECT min(tables.begin_snapshot) FROM {CATALOG}.ducklake_table AS tables "
        f"JOIN {CATALOG}.ducklake_schema USING (schema_id) WHERE schema_name = 'main' "
        f"AND table_name = {literal(table_name(taking.document.dataset))}",
    ).fetchone()
    if first is None or first[0] is None or int(first[0]) >= snapshot:
        none = {
            name: pa.array([], pa.binary()) for name in ["weir_identity", "weir_record", *names]
        }
        return pa.table({**none, "weir_submission": pa.array([], pa.string())})
    return cursor.execute(
        f"SELECT {columns} FROM {taking.table} AT (VERSION => {snapshot - 1}) WHERE {taking.own}",
    ).to_arrow_table()


def _others_know(
    cursor: duckdb.DuckDBPyConnection, taking: Taking, snapshot: int, people: frozenset[bytes]
) -> bool:
    """Whether another's records hold one of the people, under whatever identity, as it was then.

    What the withdrawal said of them is resolved to their persons.
    """
    table = pa.table({"weir_identity": pa.array(sorted(people), pa.binary())})
    cursor.register("named", table)
    try:
        row = cursor.execute(
            f"SELECT count(*) FROM {taking.table} AT (VERSION => {snapshot}) "
            f"WHERE weir_contributor <> {literal(taking.contributor)} "
            f"AND weir_person IN (SELECT weir_person FROM {STATEMENTS} AT (VERSION => {snapshot}) "
            f"SEMI JOIN named USING (weir_identity) WHERE submission = {literal(taking.id)})",
        ).fetchone()
    finally:
        cursor.unregister("named")
    return bool(row and row[0])


def taken_again(lake: Lake, dataset: str, gone: frozenset[bytes]) -> pa.Table:
    """Return `record` and `submission` of those records that are there, brought by a later load."""
    with lake.cursor() as cursor:
        cursor.register("gone", pa.table({"record": pa.array(sorted(gone), pa.binary())}))
        return cursor.execute(
            "SELECT weir_record AS record, weir_submission AS submission "
            f"FROM {table_path(dataset)} WHERE weir_record IN (SELECT record FROM gone)",
        ).to_arrow_table()


@dataclass(frozen=True)
class Word:
    """The operator's own `none` for people, by which it stops all of their records.

    Attributes:
        id: that the statement carries. sequence: its ordinal among submissions.
        document: of the dataset that it is about. people: their identities' roots.
    """

    id: str
    sequence: int
    document: DatasetDocument
    people: frozenset[bytes]


def say_none_for(lake: Lake, keys: Keys, word: Word) -> None:
    """Append the operator's own `none`, in one transaction; done again, it changes nothing."""
    with lake.writing(), lake.cursor() as cursor:
        noted = f"SELECT 1 FROM {STATEMENTS} WHERE submission = {literal(word.id)}"
        if cursor.execute(noted).fetchone():
            return
        cursor.register("named", pa.table({"person": pa.array(sorted(word.people), pa.binary())}))
        cursor.execute("BEGIN")
        try:
            dataset = literal(word.document.dataset)
            cursor.execute(
                f"INSERT INTO {STATEMENTS} BY NAME SELECT {dataset} AS dataset, "
                "person AS weir_identity, person AS weir_person, "
                f"{literal(word.id)} AS submission, '' AS contributor, "
                f"{int(word.sequence)}::BIGINT AS sequence, 'none' AS consent, "
                "NULL::DATE AS ends, false AS refused FROM named",
            )
            resolve_dataset(cursor, keys, word.document)
            cursor.execute(
                f"CALL lake.set_commit_message('weir', 'decision', extra_info => {dataset})",
            )
            cursor.execute("COMMIT")
        except BaseException:
            roll_back(cursor)
            raise
        finally:
            with contextlib.suppress(LakeError):
                cursor.unregister("named")


def _values(column: pa.ChunkedArray) -> frozenset[bytes]:
    return frozenset(bytes(root) for root in column.unique().to_pylist() if root is not None)

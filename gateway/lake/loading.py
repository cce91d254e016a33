"""One load's transaction: delete what it replaces, insert what it brings, note that it came.

What its rows say about consent is added to what was said before, which nothing deletes.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from anonymizers.pseudonyms import derive_key, keyed_order
from gateway.lake.engine import literal, quoted
from gateway.lake.statements import append_statements
from gateway.lake.tables import LOADS, create_table, table_path, value_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from gateway.keys import Keys
    from gateway.lake.connection import Lake
    from gateway.lake.records import Submission
    from policies.documents import DatasetDocument


@dataclass(frozen=True)
class Stage:
    """The temporary tables of one load: its accepted records, and what all its rows say."""

    records: str
    statements: str

    @property
    def refused(self) -> str:
        """Records that break a quality rule, while they are taken out."""
        return f"{self.records}_refused"


@dataclass(frozen=True)
class Loaded:
    """What the transaction did.

    Attributes:
        snapshot: that shows it.
        updated: records that replaced one of the same key.
        superseded: binary(16), the roots of all records updated or removed.
    """

    snapshot: int
    updated: int
    superseded: pa.Array


@dataclass(frozen=True)
class _Work:
    cursor: duckdb.DuckDBPyConnection
    stage: str
    said: str
    document: DatasetDocument
    submission: Submission
    order_key: bytes

    @property
    def table(self) -> str:
        return table_path(self.document.dataset)

    @property
    def replaced(self) -> str:
        """The condition for records that this load removes, whatever it brings."""
        giver = f"weir_contributor = {literal(self.submission.contributor)}"
        return giver if self.submission.mode == "replace" else "false"


def load_staged(  # noqa: PLR0913, PLR0917 - the parts of one load
    lake: Lake,
    cursor: duckdb.DuckDBPyConnection,
    stage: Stage,
    document: DatasetDocument,
    submission: Submission,
    keys: Keys,
) -> Loaded:
    """Move staged records into their dataset's table, in one transaction.

    Concurrency: one load at a time is in this part; DuckLake refuses two that delete from the
    same file. Whoever reads meanwhile stays on its snapshot.
    """
    order_key = derive_key(keys.order(), "weir rank v1")
    work = _Work(cursor, stage.records, stage.statements, document, submission, order_key)
    with lake.writing():
        updated, superseded = _transact(work)
        return Loaded(lake.dataset_snapshot(document.dataset), updated, superseded)


def _transact(work: _Work) -> tuple[int, pa.Array]:
    cursor = work.cursor
    cursor.execute("BEGIN")
    try:
        # Within the transaction: a table that a failed load left behind would keep its columns.
        cursor.execute(create_table(work.document))
        updated, superseded = _replaced_records(work)
        ranks = _ranks(work)
        losing = _people_losing(work) if len(superseded) else ()
        if len(superseded):
            cursor.execute(
                f"DELETE FROM {work.table} WHERE {work.replaced} "
                f"OR weir_record IN (SELECT weir_record FROM {work.stage})",
            )
        _insert(work, ranks)
        if losing:
            close_gaps(cursor, work.table, losing)
        append_statements(cursor, work.said, work.document, work.submission)
        _note(work)
        cursor.execute("COMMIT")
    except BaseException:
        roll_back(cursor)
        raise
    return updated, superseded


def _replaced_records(work: _Work) -> tuple[int, pa.Array]:
    table = work.cursor.execute(
        f"SELECT weir_record, weir_record IN (SELECT weir_record FROM {work.stage}) AS updated "
        f"FROM {work.table} WHERE {work.replaced} OR weir_record IN "
        f"(SELECT weir_record FROM {work.stage})",
    ).to_arrow_table()
    updated = int(np.count_nonzero(table.column("updated").to_numpy()))
    return updated, _roots(table.column("weir_record"))


def _ranks(work: _Work) -> pa.Table:
    """Give each staged record its contribution rank within its person.

    A record that stays its person's keeps its rank. New ones follow those already there, in an
    order keyed by their roots: nobody can choose, or read off, which record comes first.
    """
    staged = work.cursor.execute(
        f"WITH known AS (SELECT weir_person, weir_record, weir_rank FROM {work.table} "
        f"WHERE NOT ({work.replaced}) "
        f"AND weir_person IN (SELECT weir_person FROM {work.stage})), "
        "tops AS (SELECT weir_person, max(weir_rank) AS top FROM known GROUP BY weir_person) "
        "SELECT weir_record, weir_person, coalesce(known.weir_rank, 0) AS kept, "
        f"coalesce(tops.top, 0) AS top FROM {work.stage} "
        "LEFT JOIN known USING (weir_person, weir_record) LEFT JOIN tops USING (weir_person)",
    ).to_arrow_table()
    records = _roots(staged.column("weir_record"))
    kept = staged.column("kept").to_numpy()
    new = np.flatnonzero(kept == 0)
    ranks = kept.astype(np.int32)
    places = _places(
        staged.column("weir_person").combine_chunks().take(pa.array(new)),
        keyed_order(records.take(pa.array(new)), work.order_key),
    )
    ranks[new] = staged.column("top").to_numpy()[new] + places
    return pa.table({"weir_record": records.cast(pa.binary()), "weir_rank": ranks})


def _people_losing(work: _Work) -> list[bytes]:
    """Return the people of whom records go and others stay."""
    goes = f"({work.replaced} OR weir_record IN (SELECT weir_record FROM {work.stage}))"
    found = work.cursor.execute(
        f"SELECT weir_person FROM {work.table} GROUP BY weir_person "
        f"HAVING bool_or({goes}) AND NOT bool_and({goes})",
    ).fetchall()
    return [person for (person,) in found]


def close_gaps(cursor: duckdb.DuckDBPyConnection, table: str, losing: Sequence[bytes]) -> None:
    """Let the ranks of people who lost records run from 1 on again, in the order they had.

    Otherwise records that somebody gave and took back would keep others out of counts for good.

    Args:
        cursor: in the transaction in which they lost them.
        table: the dataset's.
        losing: roots of people who keep other records.
    """
    people = pa.table({"weir_person": pa.array(losing, pa.binary())})
    cursor.register("losing", people)
    cursor.execute(
        f"UPDATE {table} AS kept SET weir_rank = closed.place FROM ("
        "SELECT weir_record, row_number() OVER (PARTITION BY weir_person ORDER BY weir_rank) "
        f"AS place FROM {table} WHERE weir_person IN (SELECT weir_person FROM losing)"
        ") AS closed WHERE kept.weir_record = closed.weir_record "
        "AND kept.weir_rank <> closed.place",
    )
    cursor.unregister("losing")


def _places(people: pa.Array, order: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number each person's records from 1 on, in the given order."""
    codes = people.dictionary_encode().indices.to_numpy()
    position = np.empty(len(order), dtype=np.int64)
    position[order] = np.arange(len(order))
    sorted_rows = np.lexsort((position, codes))
    ordered = codes[sorted_rows]
    starts = np.flatnonzero(np.diff(ordered, prepend=-1))
    lengths = np.diff(np.append(starts, len(ordered)))
    places = np.empty(len(order), dtype=np.int64)
    places[sorted_rows] = np.arange(len(ordered)) - np.repeat(starts, lengths) + 1
    return places


def _roots(column: pa.ChunkedArray) -> pa.Array:
    return column.cast(pa.binary(16)).combine_chunks()


def _insert(work: _Work, ranks: pa.Table) -> None:
    names = ", ".join(quoted(name) for name in value_columns(work.document))
    submission = work.submission
    work.cursor.register("ranks", ranks)
    work.cursor.execute(
        f"INSERT INTO {work.table} BY NAME SELECT weir_record, weir_person, weir_rank, "
        f"{literal(submission.contributor)} AS weir_contributor, "
        f"{literal(submission.id)} AS weir_submission, "
        f"{int(submission.sequence)}::BIGINT AS weir_sequence, {names} "
        f"FROM {work.stage} JOIN ranks USING (weir_record)",
    )
    work.cursor.unregister("ranks")


def _note(work: _Work) -> None:
    """Note the load beside its records, and on the snapshot which dataset it changed."""
    submission, dataset = work.submission, work.document.dataset
    work.cursor.execute(
        f"INSERT INTO {LOADS} SELECT {literal(submission.id)}, {literal(dataset)}, "
        f"{literal(submission.contributor)}, {int(submission.sequence)}",
    )
    work.cursor.execute(
        f"CALL lake.set_commit_message('weir', 'load', extra_info => {literal(dataset)})",
    )


def roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """Leave the lake as it was before the transaction."""
    with contextlib.suppress(duckdb.Error):  # a failed COMMIT has already rolled back
        cursor.execute("ROLLBACK")

"""One load's transaction: delete what it replaces, insert what it brings, note that it came.

What its rows say about consent is added to what was said before, which nothing deletes. Whose
its records are is resolved in the same transaction, by links that were there and by those that it
brings (`gateway/lake/resolving.py`).
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

from anonymizers.pseudonyms import derive_key, keyed_order
from gateway.lake.agreeing import find_agreeing
from gateway.lake.engine import literal, quoted
from gateway.lake.links import Run, append_evidence, has_links
from gateway.lake.relabelled import check_labels
from gateway.lake.resolving import apply_links, note_change
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
    keys: Keys
    sharing: tuple[str, ...] = field(default=())

    @property
    def order_key(self) -> bytes:
        return derive_key(self.keys.order(), "weir rank v1")

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
    sharing: Sequence[str] = (),
) -> Loaded:
    """Move staged records into their dataset's table, in one transaction.

    Args:
        lake: of the home.
        cursor: of the lake; the stage is there.
        stage: holds the load.
        document: the dataset.
        submission: that brings it.
        keys: of the home.
        sharing: other datasets whose people have identities of the same domain: links that the
            load brings resolve these people there as well.

    Concurrency: one load at a time is in this part; DuckLake refuses two that delete from the
    same file. Whoever reads meanwhile stays on its snapshot.
    """
    there = tuple(name for name in sharing if name != document.dataset and lake.has_table(name))
    work = _Work(cursor, stage.records, stage.statements, document, submission, keys, there)
    with lake.writing():
        updated, superseded = _transact(work)
        return Loaded(lake.dataset_snapshot(document.dataset), updated, superseded)


def _transact(work: _Work) -> tuple[int, pa.Array]:
    cursor = work.cursor
    cursor.execute("BEGIN")
    try:
        # Within the transaction: a table that a failed load left behind would keep its columns.
        cursor.execute(create_table(work.document))
        check_labels(cursor, work.stage, work.document, work.submission)
        updated, superseded = _replaced_records(work)
        ranks = _ranks(work)
        losing = _identities_losing(work) if len(superseded) else ()
        if len(superseded):
            cursor.execute(
                f"DELETE FROM {work.table} WHERE {work.replaced} "
                f"OR weir_record IN (SELECT weir_record FROM {work.stage})",
            )
        _insert(work, ranks)
        if losing:
            close_gaps(cursor, work.table, losing)
        append_statements(cursor, work.said, work.document, work.submission)
        note_change(cursor, "load", _resolve_people(work))
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


def _resolve_people(work: _Work) -> tuple[str, ...]:
    """Link whom the load shows to be one person; return the datasets that changed.

    Where a load may link, all datasets of these people change, also where it links nobody: a new
    snapshot of another dataset must not tell that somebody of this load is in there.
    """
    document, submission = work.document, work.submission
    domain, own = document.person_domain, (document.dataset,)
    if domain is None:
        return own
    run = Run(submission.id, submission.time, domain, document.dataset)
    found = find_agreeing(work.cursor, document, work.keys, submission.id)
    append_evidence(work.cursor, work.keys, run, found)
    linking = document.linkage is not None and bool(document.linkage.deterministic)
    datasets = (*own, *work.sharing) if linking else own
    if has_links(work.cursor, domain):
        apply_links(work.cursor, work.keys, domain, datasets)
    return datasets


def _ranks(work: _Work) -> pa.Table:
    """Give each staged record its contribution rank within its identity.

    A record that stays its identity's keeps its rank. New ones follow those already there, in an
    order keyed by their roots: nobody can choose, or read off, which record comes first.
    """
    staged = work.cursor.execute(
        f"WITH known AS (SELECT weir_identity, weir_record, weir_place FROM {work.table} "
        f"WHERE NOT ({work.replaced}) "
        f"AND weir_identity IN (SELECT weir_identity FROM {work.stage})), "
        "tops AS (SELECT weir_identity, max(weir_place) AS top FROM known GROUP BY weir_identity) "
        "SELECT weir_record, weir_identity, coalesce(known.weir_place, 0) AS kept, "
        f"coalesce(tops.top, 0) AS top FROM {work.stage} "
        "LEFT JOIN known USING (weir_identity, weir_record) LEFT JOIN tops USING (weir_identity)",
    ).to_arrow_table()
    records = _roots(staged.column("weir_record"))
    kept = staged.column("kept").to_numpy()
    new = np.flatnonzero(kept == 0)
    ranks = kept.astype(np.int32)
    places = _places(
        staged.column("weir_identity").combine_chunks().take(pa.array(new)),
        keyed_order(records.take(pa.array(new)), work.order_key),
    )
    ranks[new] = staged.column("top").to_numpy()[new] + places
    return pa.table({"weir_record": records.cast(pa.binary()), "weir_place": ranks})


def _identities_losing(work: _Work) -> list[bytes]:
    """Return the identities that lose records while they keep, or get, others.

    A replacement takes all that its giver gave, so that what it brings to an identity of which
    nothing else stays begins at 1. An update takes a record from an identity only where it gives
    it to another.
    """
    query = (
        f"SELECT weir_identity FROM {work.table} GROUP BY weir_identity "
        f"HAVING bool_or({work.replaced}) AND NOT bool_and({work.replaced})"
        if work.submission.mode == "replace"
        else f"SELECT DISTINCT kept.weir_identity FROM {work.table} AS kept "
        f"JOIN {work.stage} AS given USING (weir_record) "
        "WHERE kept.weir_identity <> given.weir_identity"
    )
    return [identity for (identity,) in work.cursor.execute(query).fetchall()]


def close_gaps(cursor: duckdb.DuckDBPyConnection, table: str, losing: Sequence[bytes]) -> None:
    """Let the ranks of identities that lost records run from 1 on again, in the order they had.

    Otherwise records that somebody gave and took back would keep others out of counts for good.

    Args:
        cursor: in the transaction in which they lost them.
        table: the dataset's.
        losing: roots of people who keep other records.
    """
    identities = pa.table({"weir_identity": pa.array(losing, pa.binary())})
    cursor.register("losing", identities)
    cursor.execute(
        f"UPDATE {table} AS kept SET weir_place = closed.place, weir_rank = closed.place FROM ("
        "SELECT weir_record, row_number() OVER (PARTITION BY weir_identity ORDER BY weir_place) "
        f"AS place FROM {table} WHERE weir_identity IN (SELECT weir_identity FROM losing)"
        ") AS closed WHERE kept.weir_record = closed.weir_record "
        "AND kept.weir_place <> closed.place",
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
        f"INSERT INTO {work.table} BY NAME SELECT weir_record, weir_identity, "
        "weir_identity AS weir_person, "
        "weir_place, weir_place AS weir_rank, "
        f"{literal(submission.contributor)} AS weir_contributor, "
        f"{literal(submission.id)} AS weir_submission, "
        f"{int(submission.sequence)}::BIGINT AS weir_sequence, {names} "
        f"FROM {work.stage} JOIN ranks USING (weir_record)",
    )
    work.cursor.unregister("ranks")


def _note(work: _Work) -> None:
    """Note the load beside its records."""
    submission, dataset = work.submission, work.document.dataset
    work.cursor.execute(
        f"INSERT INTO {LOADS} SELECT {literal(submission.id)}, {literal(dataset)}, "
        f"{literal(submission.contributor)}, {int(submission.sequence)}",
    )


def roll_back(cursor: duckdb.DuckDBPyConnection) -> None:
    """Leave the lake as it was before the transaction."""
    with contextlib.suppress(duckdb.Error):  # a failed COMMIT has already rolled back
        cursor.execute("ROLLBACK")

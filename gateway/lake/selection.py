"""The engine's part of an extract, written once in Ibis: it only groups and joins.

snapshot -> the stages that a record passes (`stages`) -> one record for each person, or as many of
their sequence as the policy allows (`choosing`). What is left is kept in a temporary table of the
lake's memory (encrypted where it spills), so that grouping and streaming meet the very same
records.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Self

import ibis
import pyarrow as pa

from anonymizers.weighted import MINORS, PEOPLE
from gateway.errors import LakeError
from gateway.lake.choosing import Choosing, chosen_tables
from gateway.lake.consent import Product, Terms
from gateway.lake.filling import NO_LENDERS, fill_gaps, filled_table, keep_lenders, lenders_table
from gateway.lake.lookups import Lookup, distinct_values, most_values, with_codes
from gateway.lake.sequences import NUMBER
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.stages import ROOTS, Stages, given_by
from gateway.lake.standing import earliest_end, earliest_share_end, said_by_others
from gateway.lake.tables import value_columns
from gateway.lake.viewpoints import seen_by
from policies.consent import Recipient

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ibis.backends.duckdb import Backend

    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan

BATCH_ROWS = 131_072
WINDOW_ROWS = 8 * BATCH_ROWS


class Selection:
    """The records of one snapshot that one plan may read: one for each person, or a sequence.

    Guarantee:
        `weighted`, `stream`, `distinct` and `count` all speak of the same records, whatever is
        loaded meanwhile.

    Use it as a context manager; leaving it drops its temporary table.
    """

    def __init__(  # noqa: PLR0913 - everything that decides which records are read
        self,
        lake: Lake,
        document: DatasetDocument,
        plan: ExtractPlan,
        *,
        snapshot: int,
        today: date,
        terms: Terms,
    ) -> None:
        """Take what decides; nothing is read yet."""
        self._lake, self._document, self._plan = lake, document, plan
        recipient = Recipient(plan.partner_class, plan.purpose, today)
        self._stages = Stages(
            lake,
            document,
            plan,
            snapshot,
            terms,
            Product(plan.consent_needed, recipient),
        )
        self._table = f"selection_{secrets.token_hex(8)}"
        self._left_out: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Read the snapshot, and keep what is left."""
        with self._lake.engine() as backend:
            try:
                staged = fill_gaps(backend, self._stages.records(backend), self._fill, self._table)
                choosing = Choosing(backend, staged, self._table)
                self._left_out = (
                    choosing.sequences(self._document, self._plan)
                    if self._several
                    else choosing.first_of_each()
                )
                if self._fill:
                    keep_lenders(backend, self._fill, self._table)
            except BaseException:
                self.__exit__()
                raise
        return self

    @property
    def _fill(self) -> tuple[str, ...]:
        """The columns whose gaps are filled."""
        return self._plan.fill or ()

    @property
    def _several(self) -> bool:
        """Whether a person may have several records."""
        return self._plan.protection.max_records_per_person > 1

    def __exit__(self, *error: object) -> None:
        """Drop the temporary tables."""
        filling = filled_table(self._table), lenders_table(self._table)
        self._drop(*chosen_tables(self._table), self._codes_table, *filling)

    def _drop(self, *tables: str) -> None:
        with self._lake.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")

    @property
    def _codes_table(self) -> str:
        return f"{self._table}_codes"

    @property
    def left_out(self) -> Mapping[str, int]:
        """How many records fell out, by the first rule that left them out. For officers only."""
        return self._left_out

    def count(self) -> int:
        """Return how many records are selected."""
        with self._lake.engine() as backend:
            return self._count(backend)

    def _count(self, backend: Backend) -> int:
        return int(backend.to_pyarrow(backend.table(self._table).count()).as_py())

    def digest(self) -> str:
        """Return what names the set of selected records: the exclusive or of their roots.

        Roots are pseudorandom (HMAC), so two sets that were not made up by somebody who holds its
        key have the same in one of 2^128 cases. Nobody without that key learns anything from it.
        """
        with self._lake.cursor() as cursor:
            query = f"SELECT bit_xor(weir_record::BIT)::VARCHAR FROM {self._table}"
            row = cursor.execute(query).fetchone()
        return str(row and row[0])

    def lenders(self) -> pa.Table:
        """Return the records that lent a value to a selected one, and aren't selected themselves.

        Returns:
            `person`, `record` and `identity`, binary(16) roots.
        """
        query = f"SELECT weir_person, weir_record, weir_identity FROM {lenders_table(self._table)}"
        if not self._fill:
            return NO_LENDERS
        with self._lake.cursor() as cursor:
            found = cursor.execute(query).to_arrow_table()
        return found.rename_columns(NO_LENDERS.column_names).cast(NO_LENDERS.schema)

    def distinct(self, column: str) -> pa.Array:
        """Return the distinct values of a column, sorted, NULL first where it occurs."""
        with self._lake.engine() as backend:
            return distinct_values(backend, backend.table(self._table), column)

    def weighted(
        self, lookups: Mapping[str, Lookup], sensitive: Mapping[str, Lookup] | None = None
    ) -> pa.Table:
        """Group the people by codes.

        Args:
            lookups: of the quasi-identifiers, at their floors.
            sensitive: of protected sensitive columns; -1 for what isn't a known value.

        Returns:
            One row for each combination that occurs: the codes under the columns' names, and
            `weir_people` and `weir_minors`, int64.
        """
        together = {**lookups, **(sensitive or {})}
        with self._lake.engine() as backend:
            coded = self._keep_codes(backend, together)
            names = list(together)
            classes = coded.group_by(names) if names else coded
            counts = {
                PEOPLE: coded.count().cast("int64"),
                MINORS: coded.weir_minor.sum().fill_null(0).cast("int64"),
            }
            grouped = backend.to_pyarrow(classes.aggregate(**counts).select(*names, *counts))
        self._drop(self._codes_table)
        return grouped

    def _keep_codes(self, backend: Backend, lookups: Mapping[str, Lookup]) -> ibis.Table:
        """Keep everybody's codes, and who is a minor, in a table of their own, to be grouped."""
        kinds = {**dict.fromkeys(lookups, "int32"), "weir_minor": "boolean"}
        kept = backend.create_table(self._codes_table, schema=ibis.schema(kinds))
        waiting: list[pa.RecordBatch] = []
        for batch in self._read([*kinds], lookups):
            waiting.append(batch)
            if sum(part.num_rows for part in waiting) >= WINDOW_ROWS:
                backend.insert(self._codes_table, pa.Table.from_batches(waiting))
                waiting = []
        if waiting:
            backend.insert(self._codes_table, pa.Table.from_batches(waiting))
        return kept

    def stream(
        self, lookups: Mapping[str, Lookup], columns: Sequence[str] = ()
    ) -> Iterator[pa.RecordBatch]:
        """Read the selected records, in no order.

        Args:
            lookups: of the quasi-identifiers: their columns hold codes.
            columns: further ones, as stored; direct identifiers are roots, the record's own for
                a record key of one column.

        Yields:
            Batches of `weir_record`, `weir_person`, `weir_identity` (binary(16)), `weir_minor`,
            with several records for one person `weir_number` (people from 0), then `lookups` and
            `columns`.

        Raises:
            LakeError: fewer or more records came than were counted.
        """
        numbers = [NUMBER] if self._several else []
        names = [*ROOTS, "weir_minor", *numbers, *lookups, *columns]
        hidden = {*ROOTS, *self._identifiers()}
        for batch in self._read(names, lookups):
            yield _with_roots(batch, hidden)

    def _read(
        self, names: Sequence[str], lookups: Mapping[str, Lookup]
    ) -> Iterator[pa.RecordBatch]:
        """Read some columns, window by window; those of `lookups` as codes."""
        expected, seen = self.count(), 0
        roots, size = self._stages.named_by_roots, max(BATCH_ROWS, most_values(lookups))
        with self._lake.engine() as backend:  # a cursor of its own for as long as it streams
            for start in range(0, expected, WINDOW_ROWS):
                records = _window(backend.table(self._table), start)
                named = {name: records[root] for name, root in roots.items() if name in names}
                records = records.mutate(**named)
                for batch in backend.to_pyarrow_batches(records.select(*names), chunk_size=size):
                    seen += batch.num_rows
                    yield with_codes(batch, lookups)
        if seen != expected:
            raise LakeError(f"the lake gave {seen} of {expected} records; ask again")

    def _identifiers(self) -> set[str]:
        stored = value_columns(self._document)
        return {name for name, kind in stored.items() if kind == "BLOB"}

    def earliest_consent_end(self) -> date | None:
        """Return the first day on which a selected record's consent, or leave to share it, ended.

        The person's other records and what they said last, to each contributor, count with the
        record's own: each may cap it. What the recipient gave doesn't (`standing`).
        """
        with self._lake.engine() as backend:
            selected = backend.table(self._table).select("weir_person")
            records = read_snapshot(backend, self._lake, self._document, self._stages.snapshot)
            records = records.filter(~given_by(records, self._stages.plan.partner))
            said = read_statements(backend, self._lake, self._document, self._stages.snapshot)
            said = said_by_others(said, self._stages.plan.partner)
            records, said = (self._as_seen(one) for one in (records, said))
            today = self._stages.product.recipient.today
            stated = earliest_end(backend, records, said, selected, self._document, today)
            given = earliest_share_end(backend, records, selected, self._stages.terms, today)
            return min((end for end in (stated, given) if end is not None), default=None)

    def _as_seen(self, rows: ibis.Table) -> ibis.Table:
        stages = self._stages
        return seen_by(rows, self._lake, self._document, stages.snapshot, stages.plan.partner)


def _window(records: ibis.Table, start: int) -> ibis.Table:
    """Return some records of a temporary table, so that little is under way at once."""
    row = records.rowid()
    return records.filter((row >= start) & (row < start + WINDOW_ROWS))


def _with_roots(batch: pa.RecordBatch, hidden: set[str]) -> pa.RecordBatch:
    arrays = [
        array.cast(pa.binary(16)) if name in hidden else array
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

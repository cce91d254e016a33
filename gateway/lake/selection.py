"""The engine's part of an extract, written once in Ibis: it only groups and joins.

snapshot -> consent -> conditions -> minors left out -> one record for each person, or as many of
their sequence as the policy allows (`sequences`). What is left
is kept in a temporary table of the lake's memory (encrypted where it spills), so that grouping
and streaming meet the very same records.

Whom the recipient knows by itself (`weir_known`). Among them is everybody whose record here is one
that the recipient gave: whoever is in the data only through it, and also somebody who is there
through others but shows here with what the recipient wrote, which might be a victim's age and
place. What several partners know together isn't counted.
"""

from __future__ import annotations

import secrets
from collections import Counter
from typing import TYPE_CHECKING, Self

import ibis
import pyarrow as pa

from anonymizers.weighted import KNOWN, KNOWN_MINORS, MINORS, PEOPLE
from gateway.errors import LakeError
from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.filters import lookups
from gateway.lake.lookups import Lookup, most_values, with_codes
from gateway.lake.sequences import (
    DIFFERING,
    NUMBER,
    constant_columns,
    like_the_first,
    up_to,
    with_numbers,
)
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.tables import value_columns
from policies.consent import ConsentRules, Recipient
from policies.ladders import column_ladder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from ibis.backends.duckdb import Backend

    from gateway.lake.connection import Lake
    from policies.consent import ContributorTerms
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan, MinorsRule

FILTERED, MINORS_OUT, FURTHER = "not-asked-for", "minors-left-out", "further-records"
BATCH_ROWS = 131_072
WINDOW_ROWS = 8 * BATCH_ROWS
_ROOTS = ("weir_record", "weir_person")


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
        contributors: Mapping[str, ContributorTerms],
    ) -> None:
        """Take what decides; nothing is read yet."""
        self._lake, self._document, self._plan = lake, document, plan
        self._snapshot = snapshot
        self._terms = Terms(ConsentRules.of(document), contributors)
        recipient = Recipient(plan.partner_class, plan.purpose, today)
        self._product = Product(plan.consent_needed, recipient)
        self._table = f"selection_{secrets.token_hex(8)}"
        self._left_out: dict[str, int] = {}

    def __enter__(self) -> Self:
        """Read the snapshot, and keep what is left."""
        with self._lake.engine() as backend:
            staged = self._staged(backend)
            kept = staged.filter(staged.weir_stage == PERMITTED).drop("weir_stage")
            try:
                choose = self._keep_sequences if self._several else self._keep_first_of_each
                self._left_out = choose(backend, kept, self._count_stages(staged))
            except BaseException:
                self.__exit__()
                raise
        return self

    @property
    def _several(self) -> bool:
        """Whether a person may have several records."""
        return self._plan.protection.max_records_per_person > 1

    def _keep_sequences(
        self, backend: Backend, kept: ibis.Table, stages: ibis.Table
    ) -> dict[str, int]:
        """Keep as many records of each person's sequence as allowed; return what fell out."""
        left_out: Counter[str] = Counter()
        for row in backend.to_pyarrow(stages).to_pylist():
            left_out[row["weir_stage"]] += row["records"]
        records = backend.create_table(self._every_table, kept)
        alike = like_the_first(*self._with_floors(backend, records))
        most = self._plan.protection.max_records_per_person
        few = backend.create_table(self._later_table, up_to(most, alike).select(*kept.columns))
        backend.create_table(self._table, with_numbers(few).drop("weir_rank"))
        permitted, same = left_out.pop(PERMITTED, 0), int(backend.to_pyarrow(alike.count()).as_py())
        of_people = {DIFFERING: permitted - same, FURTHER: same - self._count(backend)}
        return dict(sorted(left_out.items())) | {k: n for k, n in of_people.items() if n}

    def _with_floors(
        self, backend: Backend, records: ibis.Table
    ) -> tuple[ibis.Table, tuple[str, ...]]:
        """Put the floor codes of what mustn't change beside the values, and name them."""
        floors = {}
        for column in constant_columns(self._plan):
            ladder = column_ladder(self._document, column.name, column.min_population)
            assert ladder is not None  # noqa: S101 - the lint refuses a coarsened column without one
            climb = ladder.climb(_distinct(backend, records, column.name))
            codes = climb.rung(column.floor).codes
            floors[f"weir_floor_{column.name}"] = Lookup(climb.values, codes)
        copies = {name: records[name.removeprefix("weir_floor_")] for name in floors}
        return _with_codes(records.mutate(**copies), floors), tuple(floors)

    def __exit__(self, *error: object) -> None:
        """Drop the temporary tables."""
        self._drop(self._table, self._later_table, self._every_table, self._codes_table)

    def _drop(self, *tables: str) -> None:
        with self._lake.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DROP TABLE IF EXISTS {table}")

    @property
    def _later_table(self) -> str:
        return f"{self._table}_later"

    @property
    def _every_table(self) -> str:
        return f"{self._table}_every"

    @property
    def _codes_table(self) -> str:
        return f"{self._table}_codes"

    def _keep_first_of_each(
        self, backend: Backend, kept: ibis.Table, stages: ibis.Table
    ) -> dict[str, int]:
        """Keep each person's permitted record of lowest rank; return what fell out, and why.

        That is the person's record of rank 1 nearly always, which needs no grouping. Only the
        people whose first record isn't permitted are grouped by.
        """
        left_out: dict[str, int] = {}
        later = 0
        for row in backend.to_pyarrow(stages).to_pylist():
            if row["weir_stage"] != PERMITTED:
                left_out[row["weir_stage"]] = left_out.get(row["weir_stage"], 0) + row["records"]
            elif row["later"]:
                later = row["records"]
        first = kept.filter(kept.weir_rank == 1).drop("weir_rank")
        backend.create_table(self._table, first)
        firsts = self._count(backend)
        if later:
            self._keep_later(backend, kept)
        further = later + firsts - self._count(backend)
        return {**dict(sorted(left_out.items())), **({FURTHER: further} if further else {})}

    def _keep_later(self, backend: Backend, kept: ibis.Table) -> None:
        """Keep the first permitted record of those whose record of rank 1 isn't."""
        already = backend.table(self._table)
        others = kept.filter(kept.weir_rank > 1).anti_join(already, "weir_person")
        backend.create_table(
            self._later_table,
            others.group_by("weir_person").aggregate(weir_rank=others.weir_rank.min()),
        )
        lowest = backend.table(self._later_table)
        chosen = kept.semi_join(lowest, ["weir_person", "weir_rank"])
        backend.insert(self._table, chosen.select(*already.columns))

    def _staged(self, backend: Backend) -> ibis.Table:
        """Name for each record the first stage that leaves it out: `weir_stage`, '' for none."""
        records = read_snapshot(backend, self._lake, self._document, self._snapshot)
        said = read_statements(backend, self._lake, self._document, self._snapshot)
        judged = judge(backend, records, said, self._document, self._terms, self._product)
        passing = self._passing(backend, records)
        flagged = _with_flags(judged, passing)
        asked = ibis.and_(*(flagged[f"weir_in_{name}"].notnull() for name in passing))
        minor = self._minor(flagged)
        stage = ibis.cases(
            (flagged.weir_rule != PERMITTED, flagged.weir_rule),
            (~asked, FILTERED),
            (self._drops_minors & minor, MINORS_OUT),
            else_=PERMITTED,
        )
        kept = [name for name in records.columns if name in self._kept_columns(records)]
        known = flagged.weir_contributor == self._plan.partner
        return flagged.select(*kept, weir_minor=minor, weir_known=known, weir_stage=stage)

    def _kept_columns(self, records: ibis.Table) -> set[str]:
        # The person's own identifier is the root that stands in `weir_person` already.
        released = {part.name for part in self._plan.columns} - {self._document.privacy_unit}
        wanted = {*released, *_ROOTS, "weir_rank"}
        return {name for name in records.columns if name in wanted}

    def _passing(self, backend: Backend, records: ibis.Table) -> dict[str, pa.Array]:
        names = dict.fromkeys(condition.column for condition in self._plan.where)
        values = {name: _distinct(backend, records, name) for name in names}
        return lookups(values, self._plan.where, self._document)

    @property
    def _minors(self) -> MinorsRule | None:
        return self._plan.protection.minors

    @property
    def _drops_minors(self) -> ibis.Value:
        return ibis.literal(self._minors is not None and self._minors.k is None)

    def _minor(self, records: ibis.Table) -> ibis.Value:
        """Whether a record is a minor's: below the age, unknown, or out of the declared bounds."""
        if self._minors is None:
            return ibis.literal(value=False)
        age = records[self._minors.column]
        adult = age >= self._minors.below
        bounds = self._document.columns[self._minors.column].bounds
        if bounds:
            adult = adult & (age >= bounds[0]) & (age <= bounds[1])
        return ~adult.fill_null(False)  # noqa: FBT003 - what NULL becomes

    @staticmethod
    def _count_stages(staged: ibis.Table) -> ibis.Table:
        """Count the records of each stage, first ones and later ones of their people apart."""
        ranked = staged.mutate(later=staged.weir_rank > 1)
        return ranked.group_by("weir_stage", "later").aggregate(records=ranked.count())

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

    def distinct(self, column: str) -> pa.Array:
        """Return the distinct values of a column, sorted, NULL first where it occurs."""
        with self._lake.engine() as backend:
            return _distinct(backend, backend.table(self._table), column)

    def weighted(
        self, lookups: Mapping[str, Lookup], sensitive: Mapping[str, Lookup] | None = None
    ) -> pa.Table:
        """Group the people by codes.

        Args:
            lookups: of the quasi-identifiers, at their floors.
            sensitive: of protected sensitive columns; -1 for what isn't a known value.

        Returns:
            One row for each combination that occurs: the codes under the columns' names, and
            `weir_people`, `weir_minors`, `weir_known`, `weir_known_minors`, int64.
        """
        together = {**lookups, **(sensitive or {})}
        with self._lake.engine() as backend:
            coded = self._keep_codes(backend, together)
            names = list(together)
            classes = coded.group_by(names) if names else coded
            marks = {
                MINORS: coded.weir_minor,
                KNOWN: coded.weir_known,
                KNOWN_MINORS: coded.weir_minor & coded.weir_known,
            }
            counts: dict[str, ibis.Value] = {PEOPLE: coded.count().cast("int64")}
            for name, mark in marks.items():
                counts[name] = mark.sum().fill_null(0).cast("int64")
            grouped = backend.to_pyarrow(classes.aggregate(**counts).select(*names, PEOPLE, *marks))
        self._drop(self._codes_table)
        return grouped

    def _keep_codes(self, backend: Backend, lookups: Mapping[str, Lookup]) -> ibis.Table:
        """Keep everybody's codes and marks in a table of their own, to be grouped."""
        flags = ("weir_minor", KNOWN)
        kinds = {**dict.fromkeys(lookups, "int32"), **dict.fromkeys(flags, "boolean")}
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
            columns: further ones, as stored; direct identifiers are roots.

        Yields:
            Batches of `weir_record`, `weir_person` (binary(16)), `weir_minor`, `weir_known`, with
            several records for one person `weir_number` (people from 0), then `lookups` and
            `columns`.

        Raises:
            LakeError: fewer or more records came than were counted.
        """
        numbers = [NUMBER] if self._several else []
        names = ["weir_record", "weir_person", "weir_minor", KNOWN, *numbers, *lookups, *columns]
        hidden = {*_ROOTS, *self._identifiers()}
        for batch in self._read(names, lookups):
            yield _with_roots(batch, hidden)

    def _read(
        self, names: Sequence[str], lookups: Mapping[str, Lookup]
    ) -> Iterator[pa.RecordBatch]:
        """Read some columns, window by window; those of `lookups` as codes."""
        expected, seen = self.count(), 0
        unit, size = self._document.privacy_unit, max(BATCH_ROWS, most_values(lookups))
        with self._lake.engine() as backend:  # a cursor of its own for as long as it streams
            for start in range(0, expected, WINDOW_ROWS):
                records = _window(backend.table(self._table), start)
                if unit is not None and unit in names:
                    records = records.mutate(records.weir_person.name(unit))
                for batch in backend.to_pyarrow_batches(records.select(*names), chunk_size=size):
                    seen += batch.num_rows
                    yield with_codes(batch, lookups)
        if seen != expected:
            raise LakeError(f"the lake gave {seen} of {expected} records; ask again")

    def _identifiers(self) -> set[str]:
        stored = value_columns(self._document)
        return {name for name, kind in stored.items() if kind == "BLOB"}

    def earliest_consent_end(self) -> date | None:
        """Return the first day on which some selected record's consent has ended.

        The person's other records and what they said last, to each contributor, count with the
        record's own: each may cap it.
        """
        from gateway.lake.standing import earliest_end

        with self._lake.engine() as backend:
            selected = backend.table(self._table).select("weir_person")
            records = read_snapshot(backend, self._lake, self._document, self._snapshot)
            said = read_statements(backend, self._lake, self._document, self._snapshot)
            return earliest_end(
                backend, records, said, selected, self._document, self._product.recipient.today
            )


def _distinct(backend: Backend, records: ibis.Table, column: str) -> pa.Array:
    table = backend.to_pyarrow(records.select(value=records[column]).distinct().order_by("value"))
    return table.column("value").combine_chunks()


def _with_flags(records: ibis.Table, passing: Mapping[str, pa.Array]) -> ibis.Table:
    """Join each condition's matching values: `weir_in_<column>` is NULL where none matches."""
    for name, values in passing.items():
        flag = f"weir_in_{name}"
        table = ibis.memtable(pa.table({flag: values}))
        records = records.left_join(table, records[name] == table[flag])
    return records


def _window(records: ibis.Table, start: int) -> ibis.Table:
    """Return some records of a temporary table, so that little is under way at once."""
    row = records.rowid()
    return records.filter((row >= start) & (row < start + WINDOW_ROWS))


def _with_codes(records: ibis.Table, lookups: Mapping[str, Lookup]) -> ibis.Table:
    """Replace values by their codes; NULL has a code like any value."""
    for name, lookup in lookups.items():
        table = ibis.memtable(
            pa.table(
                {
                    "weir_value": lookup.values,
                    "weir_code": pa.array(lookup.codes, pa.int32()),
                },
            ),
        )
        value, known = records[name], table.weir_value
        same = value.identical_to(known) if lookup.values.null_count else value == known
        joined = records.inner_join(table, same)
        others = [column for column in records.columns if column != name]
        records = joined.select(*(joined[column] for column in others), **{name: joined.weir_code})
    return records


def _with_roots(batch: pa.RecordBatch, hidden: set[str]) -> pa.RecordBatch:
    arrays = [
        array.cast(pa.binary(16)) if name in hidden else array
        for name, array in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, names=batch.schema.names)

"""Records prepared for counting: who counts at one snapshot, person by person, as small numbers.

The engine says once for each snapshot who counts (consent), and puts the records into the order
of their people. Every question after that reads columns of codes and amounts. What fits is kept in
memory; more is read again, part by part, from a temporary table, encrypted where it spills.
"""

from __future__ import annotations

import secrets
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.aggregates.chunks import Chunk
from gateway.errors import LakeError
from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.engine import quoted
from gateway.lake.lookups import Lookup, distinct_values
from gateway.lake.snapshots import read_snapshot, read_statements

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator

    from ibis.backends.duckdb import Backend
    from numpy.typing import NDArray

    from anonymizers.aggregates.cells import KeyCodes
    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument

WINDOW_ROWS = 1 << 20
MOST_CACHED_ROWS = 1 << 22
MOST_PREPARED = 4
_PERSON, _RANK = "weir_person", "weir_rank"


@dataclass(frozen=True)
class Wanted:
    """What is to be counted.

    Attributes:
        document: the dataset; snapshot: of it.
        terms: of the dataset and its contributors; product: for whom, and on which day.
        coded: columns that are keys or conditions; numbers: columns that are summed.
    """

    document: DatasetDocument
    snapshot: int
    terms: Terms
    product: Product
    coded: tuple[str, ...]
    numbers: tuple[str, ...]


class Prepared:
    """The records that count, in chunks of whole people.

    Attributes:
        values: by coded column, its distinct values, NULL among them where it occurs.
        key_codes: of keys that were asked for, what each of these values counts under.
    """

    def __init__(self, lake: Lake, wanted: Wanted, table: str, values: dict[str, pa.Array]) -> None:
        """Read from a temporary table, in the order of people; use `prepare`."""
        self._lake, self._wanted, self._table = lake, wanted, table
        self.values = values
        self.key_codes: dict[Hashable, KeyCodes] = {}
        self._rows = self._count()
        self._kept: list[Chunk] | None = None
        drop = weakref.finalize(self, _drop, lake, table)  # once nobody reads it any more
        drop.atexit = False  # the lake's own end drops it then
        if self._rows <= MOST_CACHED_ROWS:
            self._kept = list(self._read())
            drop()

    def chunks(self) -> Iterator[Chunk]:
        """Yield every record that counts, person by person; of none, one chunk of none."""
        yield from self._read() if self._kept is None else self._kept

    def _count(self) -> int:
        with self._lake.cursor() as cursor:
            row = cursor.execute(f"SELECT count(*) FROM {self._table}").fetchone()
            return int(row[0]) if row else 0

    def _read(self) -> Iterator[Chunk]:
        """Read window by window; a person's records that a window's end parts are held back."""
        held: pa.Table | None = None
        first, seen = 0, 0
        for start in range(0, max(self._rows, 1), WINDOW_ROWS):
            window = self._window(start)
            seen += window.num_rows
            rows = window if held is None else pa.concat_tables([held, window])
            whole = rows.num_rows if seen == self._rows else _start_of_last(rows)
            held, rows = rows.slice(whole), rows.slice(0, whole)
            if whole or not self._rows:
                chunk = self._chunk(rows.combine_chunks(), first)
                first += 1 + int(chunk.person.max(initial=first) - first)
                yield chunk
        if seen != self._rows:
            raise LakeError(f"the lake gave {seen} of {self._rows} records; ask again")

    def _window(self, start: int) -> pa.Table:
        names = (_PERSON, _RANK, *dict.fromkeys((*self._wanted.coded, *self._wanted.numbers)))
        listed = ", ".join(quoted(name) for name in names)
        with self._lake.cursor() as cursor:
            return cursor.execute(
                f"SELECT {listed} FROM {self._table} WHERE rowid >= {start} "
                f"AND rowid < {start + WINDOW_ROWS} ORDER BY rowid",
            ).to_arrow_table()

    def _chunk(self, rows: pa.Table, first: int) -> Chunk:
        people = rows[_PERSON].combine_chunks().cast(pa.binary(16))
        numbers = {name: rows[name].combine_chunks() for name in self._wanted.numbers}
        return Chunk(
            person=_numbered(people) + first,
            rank=rows[_RANK].to_numpy().astype(np.int32, copy=False),
            codes={name: self._codes(name, rows[name]) for name in self._wanted.coded},
            amounts={name: _units(array) for name, array in numbers.items()},
            known={name: np.asarray(array.is_valid()) for name, array in numbers.items()},
        )

    def _codes(self, name: str, column: pa.ChunkedArray) -> NDArray[np.int32]:
        values = self.values[name]
        lookup = Lookup(values, np.arange(len(values), dtype=np.int32))
        return np.asarray(lookup.of(column.combine_chunks()), dtype=np.int32)


def _drop(lake: Lake, table: str) -> None:
    with lake.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")


def prepare(lake: Lake, wanted: Wanted) -> Prepared:
    """Find who counts, and put their records into the order of people.

    Raises:
        LakeError, StorageFullError: as the lake says.
    """
    table = f"prepared_{secrets.token_hex(8)}"
    with lake.engine() as backend:
        try:
            _keep(backend, lake, wanted, table)
            kept = backend.table(table)
            values = {name: distinct_values(backend, kept, name) for name in wanted.coded}
        except BaseException:
            _drop(lake, table)
            raise
    return Prepared(lake, wanted, table, values)


def _keep(backend: Backend, lake: Lake, wanted: Wanted, table: str) -> None:
    """Keep the permitted records; one without a privacy unit is nobody's, and not among them."""
    records = read_snapshot(backend, lake, wanted.document, wanted.snapshot)
    said = read_statements(backend, lake, wanted.document, wanted.snapshot)
    judged = judge(backend, records, said, wanted.document, wanted.terms, wanted.product)
    counted = judged.filter(judged.weir_rule == PERMITTED, judged[_PERSON].notnull())
    names = dict.fromkeys((*wanted.coded, *wanted.numbers))
    ordered = counted.select(_PERSON, _RANK, *names).order_by(_PERSON, _RANK)
    backend.create_table(table, ordered)


def _start_of_last(rows: pa.Table) -> int:
    """Return where the records of the last person begin."""
    people = rows[_PERSON]
    last = people[-1].as_py()
    start = int(rows.num_rows) - 1
    while start and people[start - 1].as_py() == last:
        start -= 1
    return start


def _numbered(people: pa.Array) -> NDArray[np.int64]:
    """Number roots that stand together, from 0 on."""
    halves = _lower(people).reshape(-1, 2)
    new = np.ones(len(people), dtype=np.int64)
    new[1:] = (halves[1:] != halves[:-1]).any(axis=1)
    numbers: NDArray[np.int64] = np.cumsum(new) - 1
    return numbers


def _units(numbers: pa.Array) -> NDArray[np.int64]:
    """Return numbers in units of their scale, dates in days since 1970; anything for NULL.

    A decimal of the lake has 18 digits at most, so that its integer fits the lower half of the
    128 bits that Arrow keeps it in.
    """
    if pa.types.is_date32(numbers.type):
        numbers = numbers.cast(pa.int32())
    if pa.types.is_decimal128(numbers.type):
        return _lower(numbers)[::2]
    return np.asarray(numbers.cast(pa.int64()).fill_null(0), dtype=np.int64)


def _lower(wide: pa.Array) -> NDArray[np.int64]:
    """Return values of 16 bytes as two integers each, the lower one first."""
    halves = np.frombuffer(wide.buffers()[1] or b"", dtype="<i8")
    return halves[2 * wide.offset : 2 * (wide.offset + len(wide))]


@dataclass
class PreparedStore:
    """What was prepared lately; one thread prepares, whoever asks for the same waits for it."""

    kept: OrderedDict[Hashable, Prepared] = field(default_factory=OrderedDict)
    making: dict[Hashable, Lock] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def get(self, key: Hashable, make: Callable[[], Prepared]) -> Prepared:
        """Return what is prepared under a key, or prepare it."""
        with self.lock:
            own = self.making.setdefault(key, Lock())
        with own:
            with self.lock:
                if key in self.kept:
                    self.kept.move_to_end(key)
                    return self.kept[key]
            made = make()
            with self.lock:
                self.kept[key] = made
                while len(self.kept) > MOST_PREPARED:
                    dropped, _ = self.kept.popitem(last=False)
                    self.making.pop(dropped, None)
            return made

    def forget(self) -> None:
        """Keep nothing of what was prepared; who counts with it at this moment goes on."""
        with self.lock:
            self.kept.clear()
            self.making.clear()

"""A part of the recount of sequences: some people, each with all of their rows.

Each person's sequence of released forms is told by a digest, so that people with the same one
come together wherever their rows lay: BLAKE2b, 256 bits, over the rows' forms as they lie in
bytes, in the order of these bytes. Each row is written as so many numbers of fixed width (one
for each column, that of its text in the file, and a constant, so that rows without columns count
as well): two different sequences are never the same bytes. That two of them have the same digest
would take some 2^128 tries, whoever wrote the data.

References:
    RFC 7693 (BLAKE2).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIGEST_BYTES = 32
PERSON, CLASS, NUMBER, PLACE = "person", "class", "number", "place"
MINOR = "minor"
_WORD = 4  # bytes of a text's number


@dataclass(frozen=True)
class PeopleOfFile:
    """Some people of a file, with all of their rows.

    Attributes:
        rows: of these people, in any order: `person`, numbers of texts, `minor`.
        order: (rows,) person by person, each one's rows in the order of their records.
        starts: (people,) where each one's rows begin in `order`.
        records: (rows, bytes) what each row's forms are written as, in that order.
        fresh: (rows,) where another record, or another person, begins in that order.
    """

    rows: pa.Table
    order: NDArray[np.int64]
    starts: NDArray[np.int64]
    records: NDArray[np.uint8]
    fresh: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: pa.Table, forms: Sequence[str]) -> PeopleOfFile:
        """Put rows in order.

        Args:
            rows: with all rows of each person who has one.
            forms: the columns whose texts make the released form of a row.
        """
        records = _records(rows, forms)
        person, record = numbered(rows.column(PERSON)), _ranked(records)
        keys = person * (int(record.max(initial=0)) + 1) + record
        order = np.argsort(keys, kind="stable")
        return cls(rows, order, starts(person[order]), records[order], _fresh(keys[order]))

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.starts)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """How many rows each person has."""
        return np.diff(np.append(self.starts, len(self.order)))

    def changes(self, name: str) -> bool:
        """Say whether some person has two texts in a column."""
        texts = self.rows.column(name).to_numpy()[self.order]
        firsts = np.repeat(texts[self.starts], self.lengths)
        return bool((texts != firsts).any())

    def by_class(self, first: int, cells: Sequence[str]) -> pa.Table:
        """Return what is counted of classes; rows for each person, or one where no cell counts.

        Args:
            first: number of the first of these people; the others follow.
            cells: columns whose texts count.

        Returns:
            `class` (the digest), `number`, the cells; `place`, numbered within the person in the
            order of records, which is that of everybody of the class; `minor`, of any row of the
            person.
        """
        person = np.repeat(np.arange(self.count), self.lengths)
        places = np.cumsum(self.fresh) - 1
        digests, minor = self._digests(), self._any(MINOR)
        wanted = slice(None) if cells else self.starts
        table = {
            CLASS: _binary(digests[person[wanted]]),
            NUMBER: (person[wanted] + first).astype(np.int32),
            PLACE: (places - places[self.starts][person])[wanted].astype(np.int32),
            MINOR: minor[person[wanted]],
        }
        texts = {name: self.rows.column(name).to_numpy()[self.order][wanted] for name in cells}
        return pa.table({**table, **texts})

    def _digests(self) -> NDArray[np.uint8]:
        """Return each person's digest, (people, 32)."""
        laid, width = self.records.reshape(-1).data, self.records.shape[1]
        cuts = [*(self.starts * width).tolist(), len(laid)]
        digests = b"".join(
            hashlib.blake2b(laid[begin:end], digest_size=DIGEST_BYTES).digest()
            for begin, end in pairwise(cuts)
        )
        return np.frombuffer(digests, np.uint8).reshape(-1, DIGEST_BYTES)

    def _any(self, flag: str) -> NDArray[np.bool_]:
        marks = self.rows.column(flag).to_numpy(zero_copy_only=False)[self.order]
        of_person: NDArray[np.bool_] = np.logical_or.reduceat(marks, self.starts)
        return of_person


def numbered(values: pa.ChunkedArray) -> NDArray[np.int64]:
    """Number values in the order in which they come."""
    indices = values.combine_chunks().dictionary_encode().indices
    numbers: NDArray[np.int64] = indices.to_numpy().astype(np.int64)
    return numbers


def starts(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return where runs of equal numbers begin."""
    return np.flatnonzero(_fresh(ordered))


def _fresh(ordered: NDArray[np.int64]) -> NDArray[np.bool_]:
    fresh = np.ones(len(ordered), dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return fresh


def _records(rows: pa.Table, forms: Sequence[str]) -> NDArray[np.uint8]:
    """Write each row's texts as numbers of 4 bytes, after a constant."""
    written = np.zeros((rows.num_rows, 1 + len(forms)), dtype=">u4")
    for place, name in enumerate(forms):
        written[:, 1 + place] = rows.column(name).to_numpy()
    return written.view(np.uint8).reshape(rows.num_rows, _WORD * (1 + len(forms)))


def _ranked(records: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the place of each record among the distinct ones, in the order of their bytes."""
    encoded = _binary(records).dictionary_encode()
    rising = pc.sort_indices(encoded.dictionary).to_numpy()
    ranks = np.empty(len(rising), dtype=np.int64)
    ranks[rising] = np.arange(len(rising))
    ranked: NDArray[np.int64] = ranks[encoded.indices.to_numpy()]
    return ranked


def _binary(values: NDArray[np.uint8]) -> pa.Array:
    """Return (n, bytes) as n binary values."""
    rows, width = values.shape
    kind, laid = pa.binary(width), pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(kind, rows, [None, laid])

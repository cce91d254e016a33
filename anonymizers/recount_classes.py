"""A part of the recount of sequences: classes of people, counted bucket by bucket.

Every class lies wholly in one bucket. If one didn't, each part of it would be counted as a class
of its own: of fewer people, and no harder to cover. So counts only become smaller, and a promise
that seems kept is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.measures.sizes import discernibility
from anonymizers.recount_covers import fewest_covering
from anonymizers.recount_people import CLASS, MINOR, NUMBER, PLACE, numbered, starts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from anonymizers.recount_covers import Values


@dataclass(frozen=True)
class Cells:
    """A sensitive column.

    Attributes:
        key: what its texts' numbers are called.
        values: the known values of each text.
        least: l; covers of more values aren't tried.
    """

    key: str
    values: Sequence[Values]
    least: int


@dataclass(frozen=True)
class ClassCounts:
    """What was counted of some classes.

    Attributes:
        rows: that were looked at; people, classes, unique, squares: sums, as in `Recount`.
        smallest, smallest_minor: people in the smallest class, and in the smallest that holds a
            minor; None where there is no such class.
        fewest: for each sensitive column how few values cover a class, or a place of one.
    """

    rows: int
    people: int
    classes: int
    unique: int
    squares: int
    smallest: int | None
    smallest_minor: int | None
    fewest: tuple[int | None, ...]

    @classmethod
    def of(cls, rows: pa.Table, cells: Sequence[Cells]) -> ClassCounts:
        """Count the classes of one bucket.

        Args:
            rows: as `PeopleOfFile.by_class` gives them.
            cells: the columns that l names.
        """
        bucket = _Bucket.of(rows)
        sizes, held = bucket.sizes()
        return cls(
            rows=rows.num_rows,
            people=int(sizes.sum()),
            classes=len(sizes),
            unique=int((sizes == 1).sum()),
            squares=discernibility(sizes),
            smallest=_least(sizes.tolist()),
            smallest_minor=_least(sizes[held].tolist()),
            fewest=tuple(bucket.fewest_covering(one) for one in cells),
        )

    def __add__(self, others: ClassCounts) -> ClassCounts:
        """Return what was counted of these and of other classes."""
        pairs = zip(self.fewest, others.fewest, strict=True)
        return ClassCounts(
            rows=self.rows + others.rows,
            people=self.people + others.people,
            classes=self.classes + others.classes,
            unique=self.unique + others.unique,
            squares=self.squares + others.squares,
            smallest=_least((self.smallest, others.smallest)),
            smallest_minor=_least((self.smallest_minor, others.smallest_minor)),
            fewest=tuple(_least(pair) for pair in pairs),
        )


def _least(counts: Iterable[int | None]) -> int | None:
    return min((count for count in counts if count is not None), default=None)


@dataclass(frozen=True)
class _Bucket:
    """Rows of some classes.

    Attributes:
        rows: the rows.
        person, of_row: (rows,) numbers of person and class.
        first: (people,) a row of each person.
    """

    rows: pa.Table
    person: NDArray[np.int64]
    of_row: NDArray[np.int64]
    first: NDArray[np.int64]

    @classmethod
    def of(cls, rows: pa.Table) -> _Bucket:
        _, first, person = np.unique(
            rows.column(NUMBER).to_numpy(), return_index=True, return_inverse=True
        )
        return cls(rows, person, numbered(rows.column(CLASS)), first)

    def sizes(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return each class's people, and whether one is a minor."""
        of_person = self.of_row[self.first]
        minor = self.rows.column(MINOR).to_numpy(zero_copy_only=False)[self.first]
        return np.bincount(of_person), np.bincount(of_person, weights=minor) > 0

    def fewest_covering(self, cells: Cells) -> int | None:
        """Return how few values cover a class, or a place of a class; `least` or more is that."""
        place = self.rows.column(PLACE).to_numpy()
        here = (_pairs(of_whom, place) for of_whom in (self.person, self.of_row))
        texts = self.rows.column(cells.key).to_numpy()
        covers = (
            fewest_covering(sets, cells.least)
            for keys, groups in ((self.person, self.of_row), tuple(here))
            for sets in _families(keys, groups, texts, cells.values)
        )
        return min(covers, default=None)


def _families(
    keys: NDArray[np.int64],
    groups: NDArray[np.int64],
    texts: NDArray[np.int64],
    values: Sequence[Values],
) -> Iterator[list[Values]]:
    """Yield the distinct known sets of each group's members; what several groups have, once.

    Args:
        keys: (rows,) whose set each row belongs to.
        groups: (rows,) the group of each row, one for each key.
        texts: (rows,) numbers of texts.
        values: the known values of each text.
    """
    sets = _lists(keys, texts)
    of_member = groups[np.unique(keys, return_index=True)[1]]
    families = _lists(of_member, sets.indices.to_numpy()).dictionary.to_pylist()
    told = [
        frozenset[str]().union(*(values[text] for text in _read(one)))
        for one in sets.dictionary.to_pylist()
    ]
    for family in families:
        yield list({told[one] for one in _read(family) if told[one]})


def _lists(keys: NDArray[np.int64], values: NDArray[np.int64]) -> pa.DictionaryArray:
    """Write for each key, ascending, the distinct values of its rows, ascending, as one text."""
    order = np.lexsort((values, keys))
    pairs = starts(_pairs(keys, values)[order])
    keys, values = keys[order][pairs], values[order][pairs]
    offsets = pa.array(np.append(starts(keys), len(keys)), pa.int32())
    texts = pa.array(values).cast(pa.string())
    return pc.binary_join(pa.ListArray.from_arrays(offsets, texts), ",").dictionary_encode()


def _read(text: str) -> Iterator[int]:
    return map(int, text.split(","))


def _pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for each pair."""
    return first.astype(np.int64) * (int(second.max(initial=0)) + 1) + second

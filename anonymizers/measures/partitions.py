"""Which people can't be told apart: a table's equivalence classes.

People are rows, or the people whom a column names (the privacy unit). A person with several rows
is as easy to tell apart as all of them together make it: who knows two of somebody's journeys
looks for both. So such people are alike only where their whole sets of rows are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import Grouping, group, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.measures.coded import Coded


@dataclass(frozen=True)
class Partition:
    """People in classes.

    Attributes:
        class_of: (people,) the class of each person, from 0.
        sizes: (classes,) people in each, at least 1.
    """

    class_of: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @property
    def people(self) -> int:
        """How many."""
        return len(self.class_of)

    @property
    def k(self) -> int:
        """People in the smallest class; 0 where there is nobody."""
        return int(self.sizes.min(initial=self.people))

    def grouping(self) -> Grouping:
        """Return the people class by class."""
        return group(self.class_of)


def partition_rows(columns: Sequence[Coded], rows: int) -> Partition:
    """Put rows that are equal in all of these columns into one class; NULL is a value."""
    codes, sizes = [column.codes for column in columns], [len(column.values) for column in columns]
    return partition_keys(pack(codes, sizes, rows)[1])


def partition_keys(keys: NDArray[np.int64]) -> Partition:
    """Put equal keys into one class."""
    classes = group(keys)
    return Partition(classes.class_of_rows(), classes.sums(np.ones(len(keys), dtype=np.int64)))


def partition_people(rows: Partition, person: NDArray[np.int64]) -> Partition:
    """Put people whose whole sets of rows are equal into one class.

    Args:
        rows: the classes of single rows.
        person: (rows,) whose each row is, from 0, none left out.
    """
    return partition_keys(signatures(person, rows.class_of))


def persons(unit: Coded) -> NDArray[np.int64]:
    """Number the people of a column that names them; a row that names nobody is its own person."""
    person = unit.codes.astype(np.int64)
    if unit.values.null_count:
        nobody = person == len(unit.values) - 1
        person[nobody] = len(unit.values) - 1 + np.arange(int(nobody.sum()))
    return person


def signatures(
    person: NDArray[np.int64], items: NDArray[np.int64], people: int | None = None
) -> NDArray[np.int64]:
    """Return a number for each person: equal where people have equal multisets of items.

    Built item by item, each person's in rising order: the number of somebody's first n items
    and the next one make, as a pair, the number of the first n + 1. It begins with how many
    items somebody has, so that nobody's set is the beginning of another's.

    Args:
        person: (n,) who has an item.
        items: (n,) which, from 0.
        people: how many there are, for those who have nothing.
    """
    order = np.lexsort((items, person))
    counts = np.bincount(person, minlength=people or 0)
    starts = np.cumsum(counts) - counts
    numbers = counts.astype(np.int64)
    ordered, span = items[order], int(items.max(initial=0)) + 1
    for place in range(int(counts.max(initial=0))):
        going = np.flatnonzero(counts > place)
        paired = numbers[going] * span + ordered[starts[going] + place]
        numbers[going] = numbers.max() + 1 + group(paired).class_of_rows()
        numbers = group(numbers).class_of_rows()
    return numbers

"""How many people of each class hold each sensitive value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import group
from anonymizers.measures.partitions import signatures

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.measures.coded import Coded
    from anonymizers.measures.partitions import Partition


@dataclass(frozen=True)
class Holdings:
    """Each pair of class and value that occurs, classes in rising order, values within them.

    Attributes:
        classes: how many there are, those without any value among them.
        class_of: (pairs,) the class; value: (pairs,) the value, from 0.
        people: (pairs,) how many people of the class hold the value, at least 1.
        holders: (classes,) people of the class who hold any.
    """

    classes: int
    class_of: NDArray[np.int64]
    value: NDArray[np.int64]
    people: NDArray[np.int64]
    holders: NDArray[np.int64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """(pairs,) the share of a class's holders who hold the value."""
        shares: NDArray[np.float64] = self.people / self.holders[self.class_of]
        return shares

    def per_class(self, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
        """Add up amounts, one for each pair, in every class."""
        added = np.bincount(self.class_of, weights=amounts, minlength=self.classes)
        return added.astype(np.float64, copy=False)


def hold(partition: Partition, holder: NDArray[np.int64], value: NDArray[np.int64]) -> Holdings:
    """Count people by class and value.

    Args:
        partition: the people's classes.
        holder: (n,) who holds, no person and value twice.
        value: (n,) what, from 0.
    """
    classes, span = len(partition.sizes), int(value.max(initial=0)) + 1
    held = partition.class_of[holder]
    pairs = group(held * span + value)
    people = pairs.sums(np.ones(len(held), dtype=np.int64))
    some = np.zeros(partition.people, dtype=bool)
    some[holder] = True
    holders = np.bincount(partition.class_of[some], minlength=classes)
    return Holdings(classes, pairs.keys // span, pairs.keys % span, people, holders)


def each_value(partition: Partition, column: Coded, person: NDArray[np.int64]) -> Holdings:
    """Count who holds each known value; somebody with several rows may hold several.

    Args:
        partition: the people's classes.
        column: a sensitive column.
        person: (rows,) whose each row is; everybody has one at least.
    """
    return hold(partition, *_known(column, person))


def whole_sets(partition: Partition, column: Coded, person: NDArray[np.int64]) -> Holdings:
    """Count who holds which set of known values, as one; who has no known value holds none."""
    holder, value = _known(column, person)
    if len(person) == partition.people:
        return hold(partition, holder, value)
    some = group(holder).keys
    return hold(partition, some, signatures(holder, value, partition.people)[some])


def everything(partition: Partition, column: Coded, person: NDArray[np.int64]) -> Holdings:
    """Count who holds which set of values, NULL and unknown among them: everybody holds one."""
    if len(person) == partition.people:
        return hold(partition, person, column.codes.astype(np.int64))
    holder, value = _once(person, column.codes.astype(np.int64))
    return hold(partition, np.arange(partition.people), signatures(holder, value))


def _known(column: Coded, person: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    known = column.known[column.codes]
    return _once(person[known], column.codes[known].astype(np.int64))


def _once(
    person: NDArray[np.int64], value: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each person and value once."""
    span = int(value.max(initial=0)) + 1
    once = group(person * span + value).keys
    return once // span, once % span


def on_a_line(partition: Partition, column: Coded, places: NDArray[np.int64]) -> Holdings:
    """Count who holds which place of an order (`orders.ranks`); for one row a person.

    Args:
        partition: the classes of rows.
        column: a column whose values stand on a line.
        places: (values,) the place of each value, -1 for no known value.
    """
    at = places[column.codes]
    known = np.flatnonzero(at >= 0)
    return hold(partition, known, at[known])

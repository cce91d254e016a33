"""An experiment: somebody links a register of known people to the file, row by row.

For each row of the register the attacker takes the records of the file that agree with it in all
quasi-identifiers and, knowing nothing else, picks one of them at random. The experiment knows who
is who and counts how often that is right. Under k-anonymity no pick can be right more often than
once in k; so a file that breaks the promise shows it here, whatever it says of itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import group, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.measures.coded import Coded
    from anonymizers.measures.partitions import Partition

NOBODY = -1
MOST_ROWS = 200_000  # of a register: more don't change a share in its third digit
SPREADS = 4  # standard deviations that chance may add before a promise counts as broken


@dataclass(frozen=True)
class Register:
    """What the attacker knows, and who it really is.

    Attributes:
        seen: (rows,) the class that a row agrees with; NOBODY where the file has none.
        person: (rows,) who it is, by number in the file; NOBODY for somebody who isn't in it.
    """

    seen: NDArray[np.int64]
    person: NDArray[np.int64]


@dataclass(frozen=True)
class Links:
    """What came of it.

    Attributes:
        rows: of the register; matched: rows that agree with a record of the file.
        correct: picks that were right.
        surest: rows that agree with fewest records (the attacker's best cases), how many
            records (`surest_size`) and right picks (`surest_correct`) they have.
    """

    rows: int
    matched: int
    correct: int
    surest: int
    surest_size: int
    surest_correct: int

    def keeps(self, k: int) -> bool:
        """Whether picks were right no more often than once in k, in all and the best cases."""
        return _within(self.correct, self.matched, k) and _within(
            self.surest_correct, self.surest, k
        )


def _within(correct: int, tries: int, k: int) -> bool:
    chance = 1 / k
    return correct <= tries * chance + SPREADS * sqrt(tries * chance * (1 - chance))


def register_of_file(
    columns: Sequence[Coded], partition: Partition, noise: float, rng: np.random.Generator
) -> Register:
    """Make a register of the file's own people, with some cells wrong.

    Args:
        columns: the quasi-identifiers that made the partition, one row for each person.
        partition: of the rows.
        noise: share of cells replaced by that of a random other person, 0 to 1.
        rng: seeded by the caller, so that an experiment can be repeated.
    """
    rows = partition.people
    person = _sample(rows, rng)
    known = [_with_errors(column.codes, person, noise, rng) for column in columns]
    codes = [
        np.concatenate([column.codes, seen]) for column, seen in zip(columns, known, strict=True)
    ]
    sizes = [len(column.values) for column in columns]
    numbers = group(pack(codes, sizes, rows + len(person))[1]).class_of_rows()
    return Register(_class_by_number(numbers, partition)[numbers[rows:]], person)


def register_of_people(partition: Partition, rng: np.random.Generator) -> Register:
    """Make a register that knows some of the file's people exactly: the worst case."""
    person = _sample(partition.people, rng)
    return Register(partition.class_of[person], person)


def register_of_population(
    partition: Partition, population: NDArray[np.int64], rng: np.random.Generator
) -> Register:
    """Make a register of a population, of which the file's people are a part.

    Args:
        partition: of the file's people.
        population: (classes,) people of each class in the population; at least the file's.
        rng: seeded by the caller.
    """
    ends = np.cumsum(population)
    chosen = np.sort(_sample(int(ends[-1]) if len(ends) else 0, rng))
    seen = np.searchsorted(ends, chosen, side="right")
    place = chosen - (ends - population)[seen]
    classes = partition.grouping()
    inside = place < partition.sizes[seen]
    person = np.full(len(chosen), NOBODY, dtype=np.int64)
    person[inside] = classes.order[classes.starts[seen[inside]] + place[inside]]
    return Register(seen, person)


def link(register: Register, partition: Partition, rng: np.random.Generator) -> Links:
    """Link every row of a register, and count."""
    matched = np.flatnonzero(register.seen != NOBODY)
    seen = register.seen[matched]
    sizes = partition.sizes[seen]
    classes = partition.grouping()
    picked = classes.order[classes.starts[seen] + (rng.random(len(seen)) * sizes).astype(np.int64)]
    right = picked == register.person[matched]
    smallest = int(sizes.min(initial=partition.people))
    best = sizes == smallest
    return Links(
        rows=len(register.seen),
        matched=len(matched),
        correct=int(right.sum()),
        surest=int(best.sum()),
        surest_size=smallest,
        surest_correct=int(right[best].sum()),
    )


def _sample(people: int, rng: np.random.Generator) -> NDArray[np.int64]:
    if people <= MOST_ROWS:
        return np.arange(people, dtype=np.int64)
    return rng.choice(people, MOST_ROWS, replace=False)


def _with_errors(
    codes: NDArray[np.int32], person: NDArray[np.int64], noise: float, rng: np.random.Generator
) -> NDArray[np.int32]:
    known = codes[person]
    wrong = np.flatnonzero(rng.random(len(known)) < noise)
    known[wrong] = codes[rng.integers(0, len(codes), len(wrong))]
    return known


def _class_by_number(numbers: NDArray[np.int64], partition: Partition) -> NDArray[np.int64]:
    """Return the file's class of each common number; NOBODY where the file has no such row."""
    classes = np.full(int(numbers.max(initial=-1)) + 1, NOBODY, dtype=np.int64)
    classes[numbers[: partition.people]] = partition.class_of
    return classes

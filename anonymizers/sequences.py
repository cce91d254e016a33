"""People by their whole sequence of released rows: what k counts where rows are several.

A row at the floors is a *place*: one combination of floor codes. A person's sequence is the
multiset of the places of all their rows. Two people are in one class on some levels when their
multisets of released forms are equal there, the number of rows included. (The word sequence is
the policy's; which of two rows with the same released form came first is never released: rows
leave in keyed order of their records.)

**Guarantee.** Somebody who knows everything about a person's rows, on the released levels or
finer, and even further rows that weren't released, finds at least k people whom these rows may
be: everybody of the person's class has the very same released rows. Whoever knows less finds
more. So intervals between dates, and ways between places, single nobody out at the released
level. **Does not protect** what the columns that aren't quasi-identifiers tell.

**Why the search holds.** Levels refine, so the released form of a place on a coarser level is a
function of its form on a finer one. A multiset of coarser forms is then a function of the
multiset of finer forms (each element is mapped by itself): people who are one class on some
levels are one class on every coarser one. Going up, classes only merge. That is all that
`standing` and `lattice` ask for: who stays on some levels stays on coarser ones, and the number
of people left out never grows. The loss counts records (a cell is a cell, whoever has it), and
leaving a person out sets all of their cells to 1; each bound in `lattice` is a sum over cells,
so it holds word by word. The limit of suppression counts people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE
from anonymizers.weighted import MOST_PEOPLE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.grouping import Grouping
    from anonymizers.models import Model
    from anonymizers.multisets import Multisets


@dataclass(frozen=True)
class PeopleCounts:
    """How many people of each kind there are, of each sequence or class.

    Attributes:
        people: (n,) int64, at least 1 each.
        minors: (n,) how many of them are minors.
    """

    people: NDArray[np.int64]
    minors: NDArray[np.int64]

    def __post_init__(self) -> None:
        """Refuse counts that can't be."""
        if (self.people < 1).any() or (self.minors < 0).any() or (self.minors > self.people).any():
            raise ValueError("people must be at least 1 of each sequence, minors some of them")

    def of_classes(self, classes: Grouping) -> PeopleCounts:
        """Sum the people of each class."""
        return PeopleCounts(classes.sums(self.people), classes.sums(self.minors))

    def standing(self, model: Model) -> NDArray[np.uint8]:
        """Say who of each class may stay by its number of people: everybody, its adults, nobody.

        As in `standing`: whoever is a minor needs the k of minors, and adults may stay where they
        are enough by themselves.
        """
        if model.k_minors is None:
            return np.where(self.people >= model.k, WHOLE, LEFT_OUT).astype(np.uint8)
        whole = self.people >= np.where(self.minors > 0, model.k_minors, model.k)
        alone = self.people - self.minors >= model.k
        return np.where(whole, WHOLE, np.where(alone, ADULTS_ONLY, LEFT_OUT)).astype(np.uint8)


@dataclass(frozen=True)
class SequenceTable:
    """Distinct sequences of places, and the people who have them.

    Attributes:
        columns: the quasi-identifiers.
        codes: for each column (places,) int32 floor codes.
        sequences: distinct, of numbered places.
        heads: the people who have each sequence.
    """

    columns: tuple[str, ...]
    codes: tuple[NDArray[np.int32], ...]
    sequences: Multisets
    heads: PeopleCounts

    def __post_init__(self) -> None:
        """Refuse counts that can't be."""
        if len(self.columns) != len(self.codes):
            raise ValueError("each column needs its codes")
        if self.records >= MOST_PEOPLE:
            raise ValueError("more records than counts can hold exactly")

    @property
    def total(self) -> int:
        """People in all sequences."""
        return int(self.heads.people.sum())

    @property
    def places(self) -> int:
        """How many different places there are; without columns all rows lie at one."""
        return len(self.codes[0]) if self.codes else 1

    @property
    def records(self) -> int:
        """Rows of all people."""
        return int(self.sequences.sizes @ self.heads.people)

    def rows_at(self, people: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many rows lie at each place, for so many people of each sequence."""
        return self.sequences.rows_at(people, self.places)

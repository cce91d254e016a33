"""Which classes of people have diverse values, over all rows of each and at each place.

l asks twice (`covers` says what it asks):

1. of the class, over all rows of each person: no l - 1 values cover the people's sets. So nobody
   learns a value that the person must have, from any of their rows;
2. of every place of the class (every released form that its sequences hold): no l - 1 values
   cover what the people have there. So nobody who knows one event of a person learns what
   happened in it.

The second follows from the first where everybody's values are known at a place; where they
aren't, it keeps people of whom nothing is known there from hiding the others. With one row for
each person the place is the class, and both are the l of `standing`.

Both only get easier to meet as classes merge: the people of a merged class include those of each
part, with sets that are no smaller, and each of its places includes a place of every part (its
sequences are images of each part's). What isn't easier: to cover more sets by as many values.

Classes are looked at in parts of their people, class by class; of a class that a part ends in, its
distinct sets go on to the next one. So what is held at once doesn't grow with the rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.covers import hard_to_cover
from anonymizers.grouping import group
from anonymizers.multisets import taken

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from anonymizers.models import Model
    from anonymizers.people_rows import PeopleRows

PART_ROWS = 1 << 21  # looked at together: about 300 MB


@dataclass(frozen=True)
class KnownValues:
    """The known values of one sensitive column, row by row.

    Attributes:
        codes: (rows,) which cell; -1 where nothing is known.
        masks: (cells, words) uint64, the values of each cell as bits.
    """

    codes: NDArray[np.int32]
    masks: NDArray[np.uint64]

    def of_rows(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the values of some rows as bits."""
        padded = np.vstack([self.masks, np.zeros((1, self.masks.shape[1]), np.uint64)])
        chosen: NDArray[np.uint64] = padded[self.codes[rows]]  # -1 is the last: no values
        return chosen


@dataclass(frozen=True)
class _Sets:
    """Distinct sets of known values in groups.

    Attributes:
        keys: (sets,) number of the class; or of it and a place, class by class.
        masks: (sets, words) uint64, the values as bits.
    """

    keys: NDArray[np.int64]
    masks: NDArray[np.uint64]

    @classmethod
    def joined(
        cls, people: NDArray[np.int64], keys: NDArray[np.int64], masks: NDArray[np.uint64]
    ) -> _Sets:
        """Join the values of rows of equal people, and keep what is distinct.

        Args:
            people: (rows,) whose set each row belongs to; of one key all.
            keys: (rows,) the group.
            masks: (rows, words) uint64.
        """
        sets = group(people)
        return cls(keys[sets.first], sets.union(masks)).distinct()

    def and_more(self, others: _Sets) -> _Sets:
        """Return these and others."""
        keys = np.concatenate([self.keys, others.keys])
        return _Sets(keys, np.concatenate([self.masks, others.masks])).distinct()

    def distinct(self) -> _Sets:
        """Return each set of a group once."""
        order = np.lexsort((*self.masks.T, self.keys))
        keys, masks = self.keys[order], self.masks[order]
        fresh = np.ones(len(keys), dtype=bool)
        fresh[1:] = (keys[1:] != keys[:-1]) | (masks[1:] != masks[:-1]).any(axis=1)
        return _Sets(keys[fresh], masks[fresh])

    def cut(self, key: int) -> tuple[_Sets, _Sets]:
        """Return those of groups before a key, and those from it on."""
        at = int(np.searchsorted(self.keys, key))
        return _Sets(self.keys[:at], self.masks[:at]), _Sets(self.keys[at:], self.masks[at:])

    def easy(self, least: int) -> NDArray[np.int64]:
        """Return the keys of groups that `least - 1` values cover."""
        keys, groups = np.unique(self.keys, return_inverse=True)
        return keys[~hard_to_cover(groups, self.masks, len(keys), least)]


@dataclass(frozen=True)
class Members:
    """Who is in which class, with their rows.

    Attributes:
        rows: of all people.
        of_person: (people,) int32, each one's class.
        count: of classes.
        place_of: (places,) int32, which released form each place of the rows has.
    """

    rows: PeopleRows
    of_person: NDArray[np.int32]
    count: int
    place_of: NDArray[np.int32]

    def are_diverse(
        self, sensitive: Mapping[str, KnownValues], who: NDArray[np.bool_], model: Model
    ) -> NDArray[np.bool_]:
        """Say in which classes these people have diverse values of every protected column.

        Args:
            sensitive: the known values of each column that l names.
            who: (people,) whose values count.
            model: says which l each column needs.

        Returns:
            (classes,); False for a class without any of these people.
        """
        diverse = np.zeros(self.count, dtype=bool)
        diverse[self.of_person[who]] = True
        for name, least in model.l.items():
            self._strike(diverse, sensitive[name], who, least)
        return diverse

    def _strike(
        self,
        diverse: NDArray[np.bool_],
        values: KnownValues,
        who: NDArray[np.bool_],
        least: int,
    ) -> None:
        """Strike classes that are easy to cover, as a whole or at one of their places."""
        places = int(self.place_of.max(initial=0)) + 1
        nothing = values.masks[:0]
        whole, there = (_Sets(np.empty(0, np.int64), nothing) for _ in range(2))
        for people, end in self._parts(who):
            rows = np.flatnonzero(taken(people, self.rows.person))
            person, masks = self.rows.person[rows].astype(np.int64), values.of_rows(rows)
            of_class = self.of_person[person].astype(np.int64)
            place = self.place_of[self.rows.place[rows]]
            whole = whole.and_more(_Sets.joined(person, of_class, masks))
            by_place = _Sets.joined(person * places + place, of_class * places + place, masks)
            there = there.and_more(by_place)
            (done, whole), (done_there, there) = whole.cut(end), there.cut(end * places)
            diverse[done.easy(least)] = False
            diverse[done_there.easy(least) // places] = False

    def _parts(self, who: NDArray[np.bool_]) -> Iterator[tuple[NDArray[np.bool_], int]]:
        """Yield people class by class, and below which class all have come then."""
        people = np.flatnonzero(who)
        people = people[np.argsort(self.of_person[people], kind="stable")]
        sizes = self.rows.table.sequences.sizes[self.rows.sequence_of[people]]
        part_of = np.cumsum(sizes) // PART_ROWS
        cuts = np.flatnonzero(np.diff(part_of)) + 1
        for part in np.split(people, cuts) if len(people) else ():
            chosen = np.zeros(len(who), dtype=bool)
            chosen[part] = True
            last = part[-1] == people[-1]
            yield chosen, self.count if last else int(self.of_person[part[-1]])

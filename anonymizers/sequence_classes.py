"""The classes of people by their sequences: which there are, and who of each is released.

k counts people with equal sequences of released forms. l asks twice (`covers` says what it asks):

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
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.classes import form_ranks
from anonymizers.covers import hard_to_cover
from anonymizers.grouping import group, pack
from anonymizers.recoding import Recoded, released_forms
from anonymizers.sequences import sequence_keys
from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.sequences import PeopleCounts, PeopleRows


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
class SequenceClasses:
    """Every class of people on the levels found, numbered by its sequence of released forms.

    Attributes:
        levels: the level of each column.
        of_person: (people,) int32, each person's class.
        kept: (people,) who is released.
        people: (classes,) how many people of each class are released.
    """

    levels: Mapping[str, str]
    of_person: NDArray[np.int32]
    kept: NDArray[np.bool_]
    people: NDArray[np.int64]

    @classmethod
    def build(
        cls,
        rows: PeopleRows,
        hierarchies: Mapping[str, Hierarchy],
        levels: Mapping[str, str],
        model: Model,
        sensitive: Mapping[str, KnownValues],
    ) -> SequenceClasses:
        """Group people on the levels found and decide who stays, l included.

        Args:
            rows: the rows of all people.
            hierarchies: one for each column.
            levels: as the search found them.
            model: what every class must hold.
            sensitive: the known values of each column that l names.
        """
        table = rows.table
        forms = [form_ranks(hierarchies[name], levels[name]) for name in table.columns]
        coded = [ranks[codes] for ranks, codes in zip(forms, table.codes, strict=True)]
        sizes = [int(ranks.max(initial=0)) + 1 for ranks in forms]
        places = group(pack(coded, sizes, table.places)[1])
        place_of = places.class_of_rows()
        classes = group(sequence_keys(table.moved(place_of), len(places.starts)))
        of_person = classes.class_of_rows()[rows.sequence_of]
        heads, at = table.heads.of_classes(classes), place_of[rows.place]
        members = _Members(rows, heads, of_person, at, len(classes.starts), sensitive)
        standings = members.standing(model)[of_person]
        kept = (standings == WHOLE) | ((standings == ADULTS_ONLY) & ~rows.minor)
        people = np.bincount(of_person[kept], minlength=len(classes.starts))
        return cls(dict(levels), of_person.astype(np.int32), kept, people)


@dataclass(frozen=True)
class _Members:
    """Who is in which class, with their rows."""

    rows: PeopleRows
    heads: PeopleCounts
    of_person: NDArray[np.int64]
    place: NDArray[np.int64]
    count: int
    sensitive: Mapping[str, KnownValues]

    def standing(self, model: Model) -> NDArray[np.uint8]:
        """Decide for each class who of it may be released, as `standing` does for rows."""
        stands = self.heads.standing(model)
        counted = ~self.rows.known
        whole = (stands == WHOLE) & self._are_diverse(
            counted & (stands == WHOLE)[self.of_person], model
        )
        if model.k_minors is None:
            return np.where(whole, WHOLE, LEFT_OUT).astype(np.uint8)
        adults = counted & ~self.rows.minor
        enough = np.bincount(self.of_person[adults], minlength=self.count) >= model.k
        alone = enough & self._are_diverse(adults & enough[self.of_person], model)
        return np.where(whole, WHOLE, np.where(alone, ADULTS_ONLY, LEFT_OUT)).astype(np.uint8)

    def _are_diverse(self, who: NDArray[np.bool_], model: Model) -> NDArray[np.bool_]:
        """Say in which classes these people have diverse values of every protected column."""
        diverse = np.ones(self.count, dtype=bool)
        for name, least in model.l.items():
            diverse &= self._is_diverse(self.sensitive[name], who, least)
        return diverse

    def _is_diverse(
        self, values: KnownValues, who: NDArray[np.bool_], least: int
    ) -> NDArray[np.bool_]:
        """Say in which classes these people are hard to cover, as a whole and at each place."""
        rows = np.flatnonzero(who[self.rows.person])
        person, place, masks = self.rows.person[rows], self.place[rows], values.of_rows(rows)
        of_class = self.of_person[person]
        whole = _sets(person, masks)
        diverse = hard_to_cover(of_class[whole.rows], whole.masks, self.count, least)
        places = group(_paired(of_class, place))
        of_place = places.class_of_rows()
        there = _sets(_paired(person, of_place), masks)
        hard = hard_to_cover(of_place[there.rows], there.masks, len(places.starts), least)
        diverse[of_class[places.first[~hard]]] = False
        return diverse


@dataclass(frozen=True)
class _Sets:
    """Joined sets: for each a row it was joined from, and its values as bits."""

    rows: NDArray[np.int64]
    masks: NDArray[np.uint64]


def _sets(keys: NDArray[np.int64], masks: NDArray[np.uint64]) -> _Sets:
    """Join the values of rows with equal keys."""
    joined = group(keys)
    return _Sets(joined.first, joined.union(masks))


def _paired(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one key for each pair of numbers below 2^31."""
    return first * (int(second.max(initial=0)) + 1) + second


def recode_rows(
    codes: Mapping[str, NDArray[np.int32]],
    person: NDArray[np.int64],
    hierarchies: Mapping[str, Hierarchy],
    classes: SequenceClasses,
) -> Recoded:
    """Recode a batch of rows, and say who of it stays: all rows of a person, or none.

    Args:
        codes: for each quasi-identifier (rows,) floor codes.
        person: (rows,) whose each row is, numbered as the classes were built.
        hierarchies: as the classes were built with.
        classes: who stays, on the levels found.

    Raises:
        LadderError: a code that isn't the ladder's.
    """
    return Recoded(
        columns={
            name: released_forms(hierarchies[name], level, codes[name])
            for name, level in classes.levels.items()
        },
        classes=pa.array(classes.of_person[person]),
        kept=classes.kept[person],
    )

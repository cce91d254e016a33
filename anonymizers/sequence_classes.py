"""The classes of people by their sequences: which there are, and who of each is released.

k counts people with equal sequences of released forms; what l asks of them stands in
`sequence_diversity`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.classes import form_ranks
from anonymizers.grouping import group, pack
from anonymizers.recoding import Recoded, released_forms
from anonymizers.sequence_diversity import Members
from anonymizers.standing import ADULTS_ONLY, LEFT_OUT, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.people_rows import PeopleRows
    from anonymizers.sequence_diversity import KnownValues
    from anonymizers.sequences import PeopleCounts


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
        classes = group(table.sequences.moved(place_of).keys(len(places.starts)))
        of_person = classes.class_of_rows().astype(np.int32)[rows.sequence_of]
        members = Members(rows, of_person, len(classes.starts), place_of.astype(np.int32))
        heads = table.heads.of_classes(classes)
        standings = _standing(heads, members, model, sensitive)[of_person]
        kept = (standings == WHOLE) | ((standings == ADULTS_ONLY) & ~rows.minor)
        people = np.bincount(of_person[kept], minlength=len(classes.starts))
        return cls(dict(levels), of_person, kept, people)


def _standing(
    heads: PeopleCounts, members: Members, model: Model, sensitive: Mapping[str, KnownValues]
) -> NDArray[np.uint8]:
    """Decide for each class who of it may be released, as `standing` does for rows."""
    rows, of_person, stands = members.rows, members.of_person, heads.standing(model)
    wholly = (stands == WHOLE)[of_person]
    whole = (stands == WHOLE) & members.are_diverse(sensitive, wholly, model)
    if model.k_minors is None:
        return np.where(whole, WHOLE, LEFT_OUT).astype(np.uint8)
    adults = ~rows.minor
    enough = np.bincount(of_person[adults], minlength=members.count) >= model.k
    alone = enough & members.are_diverse(sensitive, adults & enough[of_person], model)
    return np.where(whole, WHOLE, np.where(alone, ADULTS_ONLY, LEFT_OUT)).astype(np.uint8)


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

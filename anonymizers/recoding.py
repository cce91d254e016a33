"""Recoding a batch of records: released forms, class numbers, and who stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.hierarchies import forms_at
from anonymizers.standing import ADULTS_ONLY, WHOLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.partitions import Partition


@dataclass(frozen=True)
class Recoded:
    """A batch in released forms, still with the rows that must be left out.

    Attributes:
        columns: for each quasi-identifier the released forms, strings; NULL stays NULL. A
            dictionary array, whose dictionary names forms that no row has: it must not leave.
        classes: (rows,) int32, the row's class as `Partition` numbers it.
        kept: (rows,) which rows may be released; the others must not leave.
    """

    columns: Mapping[str, pa.Array]
    classes: pa.Array
    kept: NDArray[np.bool_]


def recode(
    codes: Mapping[str, NDArray[np.int32]],
    minors: NDArray[np.bool_],
    hierarchies: Mapping[str, Hierarchy],
    classes: Partition,
) -> Recoded:
    """Recode a batch and say who of it stays.

    Args:
        codes: for each quasi-identifier (rows,) floor codes.
        minors: (rows,) who is a minor or of unknown age; all False without a rule for minors.
        hierarchies: as the classes were built with.
        classes: who stays, and in which form.

    Raises:
        LadderError: a code that isn't the ladder's.
        UnknownClassError: rows of another snapshot than the classes.
    """
    numbers = classes.number(codes, len(minors))
    standings = classes.standing[numbers]
    return Recoded(
        columns={
            name: classes.forms(hierarchies[name], name, codes[name], numbers)
            for name in classes.stands_on
        },
        classes=pa.array(numbers.astype(np.int32)),
        kept=(standings == WHOLE) | ((standings == ADULTS_ONLY) & ~minors),
    )


def released_forms(hierarchy: Hierarchy, level: str, codes: NDArray[np.int32]) -> pa.Array:
    """Return the released forms on a level of rows given by floor code."""
    index = hierarchy.levels.index(level)
    return forms_at(hierarchy.forms[index], hierarchy.codes_at(index, codes))

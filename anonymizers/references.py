"""How one sensitive column's values are spread over everybody, which t holds classes against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.value_counts import ValueCounts


@dataclass(frozen=True)
class Reference:
    """Everybody whom the policy lets through, by their values.

    It counts people who weren't asked for, or aren't released, so it never leaves with an extract.

    Attributes:
        values: known values as the file writes them, in their order.
        everybody: (values + 1,) how many people have each; the last has none that is known.
    """

    values: tuple[str, ...]
    everybody: NDArray[np.int64]

    @classmethod
    def of(cls, values: tuple[str, ...], counts: ValueCounts) -> Reference:
        """Take the reference of a table's counts.

        Args:
            values: of the codes 0, 1, ... that the table was built with.
            counts: the table's; values of the highest codes may not occur.
        """
        return cls(values[: len(counts.references) - 1], counts.references)

"""What full-domain and local recoding have in common: numbered classes, and who of each stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from anonymizers.standing import left_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.weighted import WeightedTable

Recoding = Literal["full-domain", "local"]


class Partition(Protocol):
    """All people of one extract in equivalence classes, numbered by their released forms.

    Whoever has the same floor codes is in the same class: which class that is follows from the
    quasi-identifiers of all people, never from anything else about a person.
    """

    @property
    def standing(self) -> NDArray[np.uint8]:
        """(classes,) LEFT_OUT, ADULTS_ONLY or WHOLE."""

    @property
    def people(self) -> NDArray[np.int64]:
        """(classes,) how many people of it are released."""

    @property
    def stands_on(self) -> Mapping[str, tuple[str, ...]]:
        """For each column the levels on which it leaves, finest first."""

    def number(self, codes: Mapping[str, NDArray[np.int32]], rows: int) -> NDArray[np.int64]:
        """Return the class of each row, given by floor codes.

        Raises:
            LadderError, UnknownClassError: rows of another snapshot than the classes.
        """

    def forms(
        self, hierarchy: Hierarchy, name: str, codes: NDArray[np.int32], number: NDArray[np.int64]
    ) -> pa.Array:
        """Return a column's released forms of rows, given by floor codes and class."""

    def widths(
        self, hierarchy: Hierarchy, name: str, codes: NDArray[np.int32], number: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return how many leaves lie under these forms, less one."""


@dataclass(frozen=True)
class Members:
    """The people of a weighted table in their classes.

    Attributes:
        table: that the classes were made from.
        classes: who stays, and in which form.
        number: (rows,) the class of each row of the table.
        missing: (rows,) people of the row who are left out, by any rule.
    """

    table: WeightedTable
    classes: Partition
    number: NDArray[np.int64]
    missing: NDArray[np.int64]

    @classmethod
    def of(cls, table: WeightedTable, classes: Partition) -> Members:
        """Find everybody's class."""
        number = classes.number(dict(table.by_column()), len(table.people))
        missing = left_out(table.people, table.minors, classes.standing[number])
        return cls(table, classes, number, missing)

    @property
    def suppressed(self) -> int:
        """People left out, by any rule."""
        return int(self.missing.sum())

"""What full-domain and local recoding have in common: numbered classes, and who of each stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy

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

"""What every transform is: parameters, and a change of one column's values made from them.

To add one: a file with one frozen dataclass, a line in `catalogue.py`, and a test. A transform
knows no dataset and draws no randomness of its own: bounds, codes and keys are handed in.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.file_columns import FileColumn
from anonymizers.transforms.watches import Unwatched

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.transforms.watches import Watch

Change = Callable[[pa.Array, pa.Array], pa.Array]
"""From values and the roots of their people, binary(16), to values of the same type; to structs
with a field for each of its columns where a transform makes several of one."""


@dataclass(frozen=True)
class Seen:
    """The values that will leave, each once.

    Attributes:
        units: (n,) ascending, in whole units of the column.
        people: (n,) at least 1 each: how many have it. NULL isn't counted.
    """

    units: NDArray[np.int64]
    people: NDArray[np.int64]


@dataclass(frozen=True)
class Everybody:
    """All people who will leave with a value.

    Attributes:
        units: (n,) the value of each, in whole units of the column.
        people: (n,) their roots, binary(16).
    """

    units: NDArray[np.int64]
    people: pa.Array


@dataclass(frozen=True)
class Start:
    """What a change is made from, besides its transform's parameters.

    Attributes:
        key: 32 bytes; decides every draw.
        seen: what will leave; None unless the transform `needs_seen`.
        everybody: who will leave with what; None unless it `needs_everybody`.
        cells: how many people will leave with each text; empty unless it `needs_cells`.
    """

    key: bytes
    seen: Seen | None = None
    everybody: Everybody | None = None
    cells: Mapping[str, int] = field(default_factory=dict)


class Transform(ABC):
    """How a column's values are changed; NULL stays NULL.

    Attributes:
        action: its name in policy files.
        types: of the columns it may change.
        by_value: equal values have equal forms, whatever else the extract holds: only then can l
            be counted before anything is released.
        keeps_sets: cells with several codes still have several, with the same separator.
        needs_seen: its change is made from all values that will leave.
        needs_everybody: its change is made from all people with their values.
        needs_cells: its change is made from all texts that will leave.
        one_record_each: it counts on one record for each person; with more, its groups would hold
            fewer people than rows, or its dates keep a person's intervals.
        joins_files: a person's value leaves in one form in several files, whatever their tokens,
            and there are about as many forms as values: a rare one joins the files.
        same_in_every_column: one person's draw is the same in all columns it changes.
    """

    action: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    by_value: ClassVar[bool] = False
    keeps_sets: ClassVar[bool] = True
    needs_seen: ClassVar[bool] = False
    needs_everybody: ClassVar[bool] = False
    needs_cells: ClassVar[bool] = False
    one_record_each: ClassVar[bool] = False
    joins_files: ClassVar[bool] = False
    same_in_every_column: ClassVar[bool] = False

    @abstractmethod
    def begin(self, start: Start) -> Change:
        """Return the change of a whole extract; it is applied to one batch after the other."""

    @property
    def draw(self) -> str:
        """The parameters that separate its draws: others may change and leave a draw as it was."""
        return ""

    def file_columns(self, name: str) -> tuple[FileColumn, ...]:
        """Return the columns of the file that a column of that name becomes."""
        return (FileColumn(name),)

    def values(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        """Return what a column with these codes can hold afterwards."""
        return (*codes, OTHER)

    @property
    @abstractmethod
    def parameters(self) -> Mapping[str, object]:
        """What the manifest says of it, as JSON values in the column's own terms."""

    @abstractmethod
    def describe(self) -> str:
        """Say in a clause what was done to the column, for codebooks."""

    def watch(self) -> Watch:
        """Return what can be checked of it on a written file."""
        return Unwatched()

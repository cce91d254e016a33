"""What was decided about the records of an extract: levels, and who stays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from anonymizers.recoding import Recoded
    from anonymizers.references import Reference


@dataclass(frozen=True)
class Decided:
    """The levels, and what becomes of each record on them.

    Attributes:
        levels: for each quasi-identifier those on which it leaves, finest first.
        people: whom the choice of levels saw; by_search: whom it left out.
        suppressed: people left out in the end, by any rule.
        loss, loss_by_column: ARX's, of this choice.
        lost: information lost of each column beyond the floor, where that is measured.
        references: everybody's values of the columns that t names.
        recode: turns a batch of the selection, in floor codes, into released forms.
    """

    levels: Mapping[str, tuple[str, ...]]
    people: int
    by_search: int
    suppressed: int
    loss: float
    loss_by_column: Mapping[str, float]
    recode: Callable[[pa.RecordBatch], Recoded]
    lost: Mapping[str, float] = field(default_factory=dict)
    references: Mapping[str, Reference] = field(default_factory=dict)

"""What was decided about the records of an extract: levels, and who stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa

    from anonymizers.recoding import Recoded


@dataclass(frozen=True)
class Decided:
    """The levels, and what becomes of each record on them.

    Attributes:
        levels: for each quasi-identifier those on which it leaves, finest first.
        people: whom the choice of levels saw; by_search: whom it left out.
        suppressed: people left out in the end, by any rule.
        loss, loss_by_column: ARX's, of this choice.
        recode: turns a batch of the selection, in floor codes, into released forms.
    """

    levels: Mapping[str, tuple[str, ...]]
    people: int
    by_search: int
    suppressed: int
    loss: float
    loss_by_column: Mapping[str, float]
    recode: Callable[[pa.RecordBatch], Recoded]

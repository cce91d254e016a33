"""What was decided about the records of an extract: levels, and who stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from anonymizers.recoding import Recoded
    from anonymizers.search import Found


@dataclass(frozen=True)
class Decided:
    """The levels, and what becomes of each record on them.

    Attributes:
        found: the levels that the search found, and what they cost.
        suppressed: people left out in the end, by any rule.
        recode: turns a batch of the selection, in floor codes, into released forms.
    """

    found: Found
    suppressed: int
    recode: Callable[[pa.RecordBatch], Recoded]

"""Every transform by its action: the one place that knows them all."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from anonymizers.transforms.counts import Counts
from anonymizers.transforms.date_shift import DateShift
from anonymizers.transforms.groups import Groups
from anonymizers.transforms.limits import Limits
from anonymizers.transforms.microaggregation import Microaggregation
from anonymizers.transforms.noise import Noise
from anonymizers.transforms.randomization import Randomization
from anonymizers.transforms.rounding import Rounding
from anonymizers.transforms.sets import Sets
from anonymizers.transforms.split import Split
from anonymizers.transforms.swapping import Swapping

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.transforms.base import Transform

TRANSFORMS: Mapping[str, type[Transform]] = MappingProxyType(
    {
        transform.action: transform
        for transform in (
            *(Rounding, Limits, Noise, DateShift),
            *(Microaggregation, Swapping, Randomization),
            *(Sets, Split, Groups, Counts),
        )
    },
)
"""What may happen to a sensitive or insensitive column besides `keep` and `drop`."""

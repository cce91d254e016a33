"""The privacy models of one extract, as numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Model:
    """What every released equivalence class must hold.

    Attributes:
        k: people in every class, at least 1.
        l: distinct known values in every class, for each sensitive column that is protected.
        max_suppressed_share: 0 to 1, the share of people that the search may leave out.
        levels_by: `k` chooses levels by k (and the rule for minors) alone and leaves out
            classes that fail l afterwards, without limit; `all` has l inside the search, where
            it counts against the limit.
        k_minors: people in every class that holds a minor, at least k; None: no such rule.
    """

    k: int
    l: Mapping[str, int] = field(  # noqa: E741 - the field's name of the model
        default_factory=lambda: MappingProxyType({})
    )
    max_suppressed_share: float = 0.0
    levels_by: Literal["k", "all"] = "k"
    k_minors: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers under which the rules mean nothing."""
        if self.k < 1 or any(least < 1 for least in self.l.values()):
            raise ValueError("k and l must be at least 1")
        if not 0 <= self.max_suppressed_share <= 1:
            raise ValueError("max_suppressed_share must lie between 0 and 1")
        if self.k_minors is not None and self.k_minors < self.k:
            raise ValueError("the k of minors must be at least the k of everybody")

    def max_suppressed(self, people: int) -> int:
        """Return how many of `people` the search may leave out.

        The share is taken as the decimal it was written as: 0.29 of 100 is 29, not 28.
        """
        return math.floor(Fraction(str(self.max_suppressed_share)) * people)

    def searched(self) -> Model:
        """Return the model under which levels are chosen."""
        if self.levels_by == "all":
            return self
        return Model(self.k, {}, self.max_suppressed_share, "k", self.k_minors)

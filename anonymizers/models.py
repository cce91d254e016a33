"""The privacy models of one extract, as numbers.

    k          people in every class
    l          distinct known values of a sensitive column in every class
    entropy    the entropy of a class's known values is at least log(l)
    recursive  (c,l): the commonest known value is rarer than c times all from the l-th on
    t          a class's values are no farther from everybody's than t
    k_map      people of the population who look like each class

The second to fourth are after Machanavajjhala et al., "l-diversity", TKDD 2007; t after Li et al.,
"t-closeness", ICDE 2007; k-map after Sweeney, "k-anonymity", 2002.

The monotone part. Whoever is left out under k, distinct l or k-map on some levels is left out on
all finer ones (`standing` says why). Of the other three that isn't so: merged with a class that
fails, a class that satisfied may fail as well. But each of them implies a part that is monotone:
with fewer than n distinct values entropy is below log(n), so entropy l needs ceil(l) of them; and
with fewer than l distinct values nothing is left from the l-th on, and no count is less than c
times nothing, so (c,l) needs l of them. `implied` is the model of those parts alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Recursive:
    """Recursive (c,l)-diversity: the commonest value r1 < c (r_l + r_l+1 + ...).

    Attributes:
        c: above 0; the larger, the weaker. l: at least 1.
    """

    c: float
    l: int  # noqa: E741 - the field's name of the model

    def __post_init__(self) -> None:
        """Refuse numbers under which the rule means nothing."""
        if not 0 < self.c < math.inf or self.l < 1:
            raise ValueError("c must be above 0 and l at least 1")


@dataclass(frozen=True)
class Closeness:
    """t-closeness of one column.

    Attributes:
        at_most: 0 to 1, the largest distance of a class to everybody.
        distance: `equal`: every two values are 1 apart; `ordered`: as far as their ranks.
    """

    at_most: float
    distance: Literal["equal", "ordered"] = "equal"

    def __post_init__(self) -> None:
        """Refuse a distance that can't be."""
        if not 0 <= self.at_most <= 1:
            raise ValueError("t must lie between 0 and 1")


def _nothing() -> Mapping[str, int]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Model:
    """What every released equivalence class must hold.

    Attributes:
        k: people in every class, at least 1.
        l: distinct known values in every class, for each sensitive column that is protected.
        max_suppressed_share: 0 to 1, the share of people that the search may leave out.
        levels_by: `k` chooses levels by k (with the rule for minors, and k-map) alone and leaves
            out classes that fail the rest afterwards, without limit; `all` has every model inside
            the search, where it counts against the limit.
        k_minors: people in every class that holds a minor, at least k; None: no such rule.
        entropy: for each column the l (at least 1) whose logarithm a class's entropy reaches.
        recursive: for each column its c and l.
        t: for each column how far a class may be from everybody.
        k_map: people of the population in every class; None: not asked.
    """

    k: int
    l: Mapping[str, int] = field(default_factory=_nothing)  # noqa: E741 - the model's name
    max_suppressed_share: float = 0.0
    levels_by: Literal["k", "all"] = "k"
    k_minors: int | None = None
    entropy: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    recursive: Mapping[str, Recursive] = field(default_factory=lambda: MappingProxyType({}))
    t: Mapping[str, Closeness] = field(default_factory=lambda: MappingProxyType({}))
    k_map: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers under which the rules mean nothing."""
        if self.k < 1 or any(least < 1 for least in self.l.values()):
            raise ValueError("k and l must be at least 1")
        if not all(1 <= least < math.inf for least in self.entropy.values()):
            raise ValueError("the l of entropy must be at least 1")
        if not 0 <= self.max_suppressed_share <= 1:
            raise ValueError("max_suppressed_share must lie between 0 and 1")
        if self.k_minors is not None and self.k_minors < self.k:
            raise ValueError("the k of minors must be at least the k of everybody")
        if self.k_map is not None and self.k_map < 1:
            raise ValueError("the k of k-map must be at least 1")

    def max_suppressed(self, people: int) -> int:
        """Return how many of `people` the search may leave out.

        The share is taken as the decimal it was written as: 0.29 of 100 is 29, not 28.
        """
        return math.floor(Fraction(str(self.max_suppressed_share)) * people)

    def searched(self) -> Model:
        """Return the model under which levels are chosen."""
        if self.levels_by == "all":
            return self
        limit = self.max_suppressed_share
        return Model(self.k, {}, limit, "k", self.k_minors, k_map=self.k_map)

    @property
    def distinct(self) -> dict[str, int]:
        """Distinct known values that a class has at least, by any of its models."""
        least = dict(self.l)
        for name, wanted in self.entropy.items():
            least[name] = max(least.get(name, 1), math.ceil(wanted))
        for name, rule in self.recursive.items():
            least[name] = max(least.get(name, 1), rule.l)
        return least

    @property
    def counted(self) -> frozenset[str]:
        """Columns of which it matters how many people have each value, not only which there are."""
        return frozenset({*self.entropy, *self.recursive, *self.t})

    @property
    def sensitive(self) -> tuple[str, ...]:
        """Columns that have a part in the model."""
        return tuple(dict.fromkeys([*self.l, *self.entropy, *self.recursive, *self.t]))

    def implied(self) -> Model:
        """Return the monotone part: weaker than this model, or the same."""
        if not self.counted:
            return self
        limit, levels_by = self.max_suppressed_share, self.levels_by
        return Model(self.k, self.distinct, limit, levels_by, self.k_minors, k_map=self.k_map)

"""Consistency: totals and parts of an additive measure that agree, from noisy ones that don't.

Each level of totals has its own noise, so a noisy total isn't the sum of its noisy parts. Both
tell about the same quantity, and the least squares estimate under the constraint that totals are
sums uses both: by Hay et al. two passes over the tree compute it. From the finest level up, z(v)
is the mean of v's own value and of the sum of its children's z, weighted by inverse variances;
from the top down, what a parent has more than its children's z is shared among them in proportion
to their variances. It only reads noisy values: post-processing, which costs no privacy.

**No overflow.** What is computed in floats are corrections to the noisy values. They depend on
the values through y(v) - sum of the children's y alone, where the exact quantities cancel, so
these differences are taken in Python's integers first and are as small as noise.

**Whole numbers.** From the top down the children's estimates, moved equally so that they sum to
their rounded parent, are rounded down, and those with the largest remainders up, until the sum
holds. A root is rounded by 1/2 at most; a child by less than 1 beyond its share of what its parent
was moved; an only child is rounded as its parent is.

**Intervals** are recomputed in `tree_noise`.

References:
    Hay, Rastogi, Miklau, Suciu: Boosting the Accuracy of Differentially Private Histograms
    Through Consistency, 2010.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizers.aggregates.transforms import variance_of
from anonymizers.aggregates.tree_noise import half_widths_in_tree

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism


@dataclass(frozen=True, eq=False)
class Level:
    """One level of totals, with noise.

    Attributes:
        values: (n,), noisy integers of any size.
        parents: (n,), the place of each node's parent in the next coarser level; None or empty
            for the coarsest level.
        mechanism: of the noise in each value, independent of all others.
    """

    values: Sequence[int] | NDArray[Any]
    parents: NDArray[np.int64] | None
    mechanism: Mechanism


@dataclass(frozen=True, eq=False)
class Reconciled:
    """One level of totals that agrees with the others.

    Attributes:
        values: (n,), Python integers; those of the children sum to their parent's.
        half_widths: (n,), int64: how far from the exact values at most, at the confidence.
    """

    values: NDArray[Any]
    half_widths: NDArray[np.int64]


def reconcile(levels: Sequence[Level], confidence: Fraction) -> tuple[Reconciled, ...]:
    """Let totals and parts agree.

    Args:
        levels: the finest first; every node of a coarser level has children.
        confidence: above 0 and below 1, for each half width.

    Returns:
        As many levels, in the same order. A single level comes back as it is.

    Raises:
        ValueError: If the levels aren't a forest of full trees, or the confidence is out of range.
    """
    families = _families(levels)
    noisy = [np.array([int(value) for value in level.values], dtype=object) for level in levels]
    corrections = _corrections(noisy, families, [variance_of(level.mechanism) for level in levels])
    widths = half_widths_in_tree(
        [level.mechanism for level in levels],
        [family.parents for family in families],
        len(levels[-1].values),
        confidence,
    )
    agreed = _rounded(noisy, corrections, families)
    return tuple(Reconciled(*both) for both in zip(agreed, widths, strict=True))


@dataclass(frozen=True, eq=False)
class _Family:
    """Which nodes of a level are children of which nodes of the next.

    Attributes:
        parents: (children,), each child's parent.
        sizes: (parents,), how many children each has.
    """

    parents: NDArray[np.int64]
    sizes: NDArray[np.int64]

    @cached_property
    def starts(self) -> NDArray[np.int64]:
        """(parents,): where each one's children begin, when they stand in order of parents."""
        return np.cumsum(self.sizes) - self.sizes

    def total(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """(parents,): sums of the children's values."""
        return np.bincount(self.parents, weights=values).astype(np.float64)

    def exact_total(self, values: NDArray[Any]) -> NDArray[Any]:
        """(parents,): sums of the children's Python integers."""
        in_order = values[np.argsort(self.parents, kind="stable")]
        totals: NDArray[Any] = np.add.reduceat(in_order, self.starts)
        return totals


def _families(levels: Sequence[Level]) -> list[_Family]:
    if not levels or not len(levels[-1].values):
        raise ValueError("totals agree where there are any")
    if levels[-1].parents is not None and len(levels[-1].parents):
        raise ValueError("nothing is above the coarsest level")
    return [_family(finer, len(coarser.values)) for finer, coarser in pairwise(levels)]


def _family(level: Level, above: int) -> _Family:
    parents = np.array([] if level.parents is None else level.parents, dtype=np.int64)
    sizes = np.bincount(parents, minlength=above)
    if len(parents) != len(level.values) or len(sizes) != above or sizes.min() == 0:
        raise ValueError(
            "each node has a parent in the next coarser level, and each of it children"
        )
    return _Family(parents, sizes)


def _corrections(
    noisy: list[NDArray[Any]], families: list[_Family], variances: list[float]
) -> list[NDArray[np.float64]]:
    """What least squares adds to each value: up the levels, then down."""
    spread = np.full(len(noisy[0]), variances[0])
    added, spreads, excesses = [np.zeros(len(noisy[0]))], [spread], []
    for place, family in enumerate(families, 1):
        variance = variances[place]
        surplus = (family.exact_total(noisy[place - 1]) - noisy[place]).astype(np.float64)
        excess = family.total(added[-1]) + surplus
        below = family.total(spreads[-1])
        excesses.append(excess)
        added.append(variance / (below + variance) * excess)
        spreads.append(variance * (below / (below + variance)))
    for place in reversed(range(len(families))):
        family = families[place]
        share = spreads[place] / family.total(spreads[place])[family.parents]
        added[place] += share * (added[place + 1] - excesses[place])[family.parents]
    return added


def _rounded(
    noisy: list[NDArray[Any]], corrections: list[NDArray[np.float64]], families: list[_Family]
) -> list[NDArray[Any]]:
    """Whole numbers near the corrected values, from the top down."""
    agreed = [noisy[-1] + _whole(np.rint(corrections[-1]))]
    for place in reversed(range(len(families))):
        family, above = families[place], place + 1
        moved = (agreed[-1] - noisy[above]).astype(np.float64) - corrections[above]
        wanted = corrections[place] + (moved / family.sizes)[family.parents]
        agreed.append(_shared(noisy[place], wanted, agreed[-1], family))
    return agreed[::-1]


def _shared(
    noisy: NDArray[Any], wanted: NDArray[np.float64], totals: NDArray[Any], family: _Family
) -> NDArray[Any]:
    """Children's values whose sums are these totals: largest remainders up, the others down."""
    down = np.floor(wanted)
    values = noisy + _whole(down)
    left = totals - family.exact_total(values)
    order = np.lexsort((down - wanted, family.parents))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order)) - family.starts[family.parents[order]]
    sizes = family.sizes.astype(object)
    # Rounding of floats apart, none is left for everybody: 0 <= left < size.
    each, rest = (left // sizes)[family.parents], (left % sizes)[family.parents]
    shared: NDArray[Any] = values + each + (rank < rest).astype(object)
    return shared


def _whole(floats: NDArray[np.float64]) -> NDArray[Any]:
    """Whole floats as Python's integers."""
    return np.array([int(number) for number in floats.tolist()], dtype=object)

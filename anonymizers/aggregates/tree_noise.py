"""The noise of reconciled totals: what least squares on a tree makes of each level's noise.

Estimates are linear in the noises; the coefficients follow from the tree and the variances alone.
Let y(v) be a node's noisy value, z(v) = k(v) y(v) + (1 - k(v)) (sum of its children's z) the
estimate from its subtree, h(v) the final one, and s(v) the share of v in the variance of its
siblings and itself. Then h(v) = z(v) + s(v) (h(p) - sum of the children's z of p) for a parent p.
Into p's subtree h(p) reaches through z(p) alone, with a factor a(p): h(p) = a(p) z(p) + rest(p).
With g = a(p) (1 - k(p)) - 1,

    h(v) = (1 + s g) z(v) + s g (sum of the siblings' z) + s a(p) k(p) y(p) + s rest(p),

so a(v) = 1 + s g, and rest(v) is all but the first term; a root has a = 1 and no rest. What is
multiplied are noises of disjoint sets of nodes: the parts are independent.

**Rounding** moves h(v) by d(v) at most: a root by 1/2; of n > 1 children each by less than 1
beyond its share of what the parent was moved, 1 + d(p) / n; an only child by d(p), as its parent.
Values and truth are integers, so the half width is the noise's and d together, rounded down.

Nodes of equal shape, whose ancestors have equal shapes too, have one half width. A regular tree
has as many as levels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.aggregates.noise_sums import NoisePart, half_widths_of_sums
from anonymizers.aggregates.transforms import variance_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.noise.mechanisms import Mechanism

    Places = NDArray[np.int64]

Noises = Counter[tuple[int, float]]
"""How many noises of a level enter with a coefficient."""

_FLOATS = 1e-9
"""More than the rounding of floats moves a coefficient, or a rounded value, relatively."""


@dataclass(frozen=True, eq=False)
class _Shape:
    """A subtree, as far as its estimate z goes.

    Attributes:
        children: shapes below, with how many there are of each; none at the finest level.
        own: k, the weight of the node's own value.
        variance: of z.
        noises: of z.
    """

    level: int
    children: tuple[tuple[_Shape, int], ...]
    own: float
    variance: float
    noises: Noises


@dataclass(frozen=True, eq=False)
class _Position:
    """A shape below other shapes: all that its final estimate h depends on.

    Attributes:
        factor: a, of z.
        rest: the other noises of h.
        moved: d, by rounding.
    """

    shape: _Shape
    factor: float
    rest: Noises
    moved: float


def half_widths_in_tree(
    mechanisms: Sequence[Mechanism], parents: Sequence[Places], roots: int, confidence: Fraction
) -> list[Places]:
    """(n,) for each level: half widths of reconciled values.

    Args:
        mechanisms: of each level, the finest first.
        parents: (n,) for each level but the coarsest: places in the next.
        roots: nodes of the coarsest level.
        confidence: above 0 and below 1.
    """
    levels = _positions(_shapes(mechanisms, parents, roots), parents)
    sums = [_parts(position, mechanisms) for positions, _ in levels for position in positions]
    widths = iter(half_widths_of_sums(sums, confidence))
    return [
        np.array([_whole(next(widths), position) for position in positions])[of_nodes]
        for positions, of_nodes in levels
    ]


def _whole(noise: float, position: _Position) -> int:
    return int(noise * (1 + _FLOATS) + position.moved + _FLOATS)


def _parts(position: _Position, mechanisms: Sequence[Mechanism]) -> tuple[NoisePart, ...]:
    noises = _times(position.factor, position.shape.noises) + position.rest
    return tuple(
        NoisePart(mechanisms[level], Fraction(weight), count)
        for (level, weight), count in noises.items()
    )


def _shapes(
    mechanisms: Sequence[Mechanism], parents: Sequence[Places], roots: int
) -> list[tuple[list[_Shape], Places]]:
    """For each level its different shapes, and which of them each node has."""
    variances = [variance_of(mechanism) for mechanism in mechanisms]
    finest = len(parents[0]) if parents else roots
    leaf = _Shape(0, (), 1.0, variances[0], Counter({(0, 1.0): 1}))
    levels = [([leaf], np.zeros(finest, dtype=np.int64))]
    for level, (above, variance) in enumerate(zip(parents, variances[1:], strict=True), 1):
        below, of_nodes = levels[-1]
        families = _families(above, of_nodes)
        places = {family: place for place, family in enumerate(dict.fromkeys(families))}
        shapes = [
            _shape(level, tuple((below[kind], count) for kind, count in family), variance)
            for family in places
        ]
        levels.append((shapes, np.array([places[family] for family in families])))
    return levels


def _families(parents: Places, of_nodes: Places) -> list[tuple[tuple[int, int], ...]]:
    """For each parent: its children's shapes, by place, with how many there are of each."""
    kinds = int(of_nodes.max()) + 1
    pairs, counts = np.unique(parents * kinds + of_nodes, return_counts=True)
    members = zip((pairs // kinds).tolist(), (pairs % kinds).tolist(), counts.tolist(), strict=True)
    return [
        tuple((kind, count) for _, kind, count in family)
        for _, family in groupby(members, key=itemgetter(0))
    ]


def _shape(level: int, children: tuple[tuple[_Shape, int], ...], variance: float) -> _Shape:
    below = _spread(children)
    own = below / (below + variance)
    noises = Counter({(level, own): 1})
    for child, count in children:
        noises.update(_times(1 - own, child.noises, count))
    return _Shape(level, children, own, variance * own, noises)


def _positions(
    shapes: list[tuple[list[_Shape], Places]], parents: Sequence[Places]
) -> list[tuple[list[_Position], Places]]:
    """For each level its different positions, and which of them each node has."""
    roots, of_roots = shapes[-1]
    moved = 0.5 if parents else 0.0
    levels = [([_Position(shape, 1.0, Counter(), moved) for shape in roots], of_roots)]
    for (kinds, of_kind), above in zip(shapes[-2::-1], parents[::-1], strict=True):
        positions, of_nodes = levels[-1]
        pairs, of_pair = np.unique(of_nodes[above] * len(kinds) + of_kind, return_inverse=True)
        below = [_below(positions[pair // len(kinds)], kinds[pair % len(kinds)]) for pair in pairs]
        levels.append((below, of_pair))
    return levels[::-1]


def _below(parent: _Position, shape: _Shape) -> _Position:
    """The position of a child."""
    above = parent.shape
    share = shape.variance / _spread(above.children)
    pull = share * (parent.factor * (1 - above.own) - 1)
    rest = Counter({(above.level, share * parent.factor * above.own): 1})
    for sibling, count in above.children:
        rest.update(_times(pull, sibling.noises, count - (sibling is shape)))
    rest.update(_times(share, parent.rest))
    size = sum(count for _, count in above.children)
    moved = 1 + parent.moved / size if size > 1 else parent.moved
    return _Position(shape, 1 + pull, rest, moved)


def _spread(children: tuple[tuple[_Shape, int], ...]) -> float:
    """The variance of the sum of the children's z."""
    return sum(child.variance * count for child, count in children)


def _times(factor: float, noises: Noises, count: int = 1) -> Noises:
    return Counter(
        {(level, factor * weight): count * times for (level, weight), times in noises.items()}
    )

"""Quantiles: from noisy counts of bins and of the nodes above them.

**The true quantile** q of a cell is the first bin b whose cumulative share reaches q: with C(b)
the records up to it and T all of them, the first b with D(b) = C(b) - q T >= 0. D(b) is a sum of
counts: (1 - q) times the nodes before b's, -q times those after it, and in b's own node 1 - q
times the bins up to b and -q times the others. As a node's count is the sum of its bins', any g
may be taken from the weights of those bins and given to the node: with r of B bins up to b the
variance is least at g = (r - q B) / (B + 1). Let X(b) be the noise in D(b).

**The interval.** The true bin b* isn't random: it stands before any noise is drawn. If it isn't
the first one, D(b* - 1) < 0, so the noisy D(b* - 1) is below h(b* - 1) unless X(b* - 1) reaches
it; and D(b*) >= 0, so the noisy D(b*) is -h(b*) or more unless X(b*) is below it. With h the
noise's one-sided quantile at (1 + confidence) / 2, each fails with probability (1 - confidence) / 2
at most. So the set of all bins b with noisy D(b - 1) < h(b - 1) (or the first) and noisy
D(b) >= -h(b) (or the last, whose D is never below 0) holds b* with the confidence stated, however
many bins there are: only two of the events matter, and they belong to b*. The interval reaches
from the least value of the set's first bin to the largest of its last.

**The value.** Without noise D passes from below 0 to 0 or more once, in the quantile's bin; with
noise it may do so in several bins, all of them in the set. The value is the middle between the
first and the last of them: the first alone would be too low wherever many bins are nearly empty.
Where the noisy total isn't above 0 nothing is known: the whole range.

**Sensitivity**: a record counts in its bin and in its node, `sensitivity.sensitivity_of_nodes`.

References:
    Hay, Rastogi, Miklau, Suciu: Boosting the Accuracy of Differentially Private Histograms
    Through Consistency, 2010 (trees of counts).
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizers.aggregates.estimates import Estimate, anything_between
from anonymizers.aggregates.noise_sums import NoisePart, upper_quantiles_of_sums

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from anonymizers.aggregates.bins import Bins
    from anonymizers.noise.mechanisms import Mechanism


def node_counts(counts: NDArray[Any], bins: Bins) -> NDArray[Any]:
    """(cells, nodes + bins): the counts of nodes, then those of the bins.

    Args:
        counts: (cells, bins), exact counts of records, int64 or Python integers.
        bins: what was counted.
    """
    starts = np.arange(0, bins.count, bins.branching)
    return np.concatenate([np.add.reduceat(counts, starts, axis=1), counts], axis=1)


def quantile_of(
    noisy: Sequence[int] | NDArray[Any],
    bins: Bins,
    q: Fraction,
    mechanism: Mechanism,
    confidence: Fraction,
) -> Estimate:
    """The quantile of one cell, in units.

    Args:
        noisy: (nodes + bins,), a row of `node_counts` with noise; any integers.
        bins: what was counted.
        q: above 0 and below 1.
        mechanism: of the noise in each count.
        confidence: above 0 and below 1.

    Returns:
        The middle of the quantile's bin, a whole number, and the bins that can't be excluded.

    Raises:
        ValueError: If q or the confidence is out of range, or the row has another length.
    """
    if not 0 < q < 1:
        raise ValueError("a quantile lies between 0 and 1")
    if len(noisy) != bins.nodes + bins.count:
        raise ValueError("a row has a count for each of these bins, and for each of their nodes")
    limits = _limits(bins, q, mechanism, confidence)
    row = np.array([int(count) for count in noisy], dtype=object)
    if row[: bins.nodes].sum() <= 0:
        return anything_between(bins.low, bins.high)
    return _estimate(_balances(row, bins, q), limits, bins)


def _estimate(balances: NDArray[Any], limits: NDArray[Any], bins: Bins) -> Estimate:
    """From noisy D(b) and h(b), equally scaled, of all bins but the last: its D isn't negative."""
    before = np.append(True, balances < limits)
    after = np.append(balances >= -limits, True)
    possible = np.flatnonzero(before & after)
    crossed = np.flatnonzero(np.append(True, balances < 0) & np.append(balances >= 0, True))
    return Estimate(
        Fraction((bins.first(int(crossed[0])) + bins.last(int(crossed[-1]))) // 2),
        Fraction(bins.first(int(possible[0]))),
        Fraction(bins.last(int(possible[-1]))),
    )


def _balances(row: NDArray[Any], bins: Bins, q: Fraction) -> NDArray[Any]:
    """(bins - 1,): D(b) times the common denominator of its weights, exact."""
    nodes, counts = row[: bins.nodes], row[bins.nodes :]
    node, size, rank = _places(bins)
    here, upto = np.add.reduceat(counts, node[rank == 1] * bins.branching), np.cumsum(counts)
    earlier = np.cumsum(nodes) - nodes
    later = nodes.sum() - earlier - nodes
    below = upto - (np.cumsum(here) - here)[node]
    outside, inside, own = _weights(size, rank, q)
    balances: NDArray[Any] = (
        outside * (q.denominator * earlier[node] - q.numerator * (earlier + later)[node])
        + own * nodes[node]
        + (inside + q.denominator * (size + 1)) * below
        + inside * (here[node] - below)
    )
    return balances[:-1]


def _weights(
    size: NDArray[Any], rank: NDArray[Any], q: Fraction
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """(bins,) each: the weights of other nodes' unit, of bins above b, and of the own node.

    All are multiplied by q's denominator and by one more than the node's bins; the bins up to b
    weigh 1 (so multiplied) more than those above it.
    """
    own = rank * q.denominator - size * q.numerator
    return size + 1, -q.numerator * (size + 1) - own, own


def _places(bins: Bins) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """(bins,) each: a bin's node, the bins under that node, and how many of them are up to it."""
    places = np.arange(bins.count)
    node = places // bins.branching
    size = np.minimum((node + 1) * bins.branching, bins.count) - node * bins.branching
    return node, size.astype(object), (places % bins.branching + 1).astype(object)


@lru_cache(maxsize=64)
def _limits(bins: Bins, q: Fraction, mechanism: Mechanism, confidence: Fraction) -> NDArray[Any]:
    """(bins - 1,): h(b), scaled as D(b), rounded up."""
    node, size, rank = (values[:-1] for values in _places(bins))
    _, inside, own = _weights(size, rank, q)
    scale = q.denominator * (size + 1)
    sums = [
        (
            NoisePart(mechanism, 1 - q, int(node[b])),
            NoisePart(mechanism, q, bins.nodes - 1 - int(node[b])),
            NoisePart(mechanism, Fraction(own[b], scale[b]), 1),
            NoisePart(mechanism, 1 + Fraction(inside[b], scale[b]), rank[b]),
            NoisePart(mechanism, Fraction(inside[b], scale[b]), size[b] - rank[b]),
        )
        for b in range(bins.count - 1)
    ]
    widths = upper_quantiles_of_sums(sums, (1 + confidence) / 2)
    limits = [math.ceil(Fraction(h) * by) for h, by in zip(widths, scale, strict=True)]
    return np.array(limits, dtype=object)

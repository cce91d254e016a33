"""t: how far the values of a class are from those of the whole table, at worst.

Equal distance: half the sum of |q - p|, every value as far from every other. Ordered distance:
values on a line, neighbours 1 / (m - 1) apart; sum over i < m of |Q(i) - P(i)| / (m - 1) with the
cumulated shares Q of the class and P of all. Both are earth mover's distances, 0 to 1.

References:
    Li, Li, Venkatasubramanian: t-Closeness, ICDE 2007, sections 4.1 and 4.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.measures.holdings import Holdings


def measure_t(holdings: Holdings) -> float:
    """Return t with the equal distance.

    A class differs by p from the whole in each value that it hasn't; those terms add up to 1
    less the p of the values it has, so only pairs that occur are looked at.
    """
    everywhere = _overall(holdings)[holdings.value]
    terms = np.abs(holdings.shares - everywhere) - everywhere
    distances = (holdings.per_class(terms) + 1) / 2
    return float(distances.max(initial=0.0, where=holdings.holders > 0))


def measure_ordered_t(holdings: Holdings) -> float:
    """Return t with the ordered distance; values are numbered in their order, none skipped.

    Between two values of a class its Q stands still while P rises, so |Q - P| is added up there
    from the sums of P up to the place where P passes Q, and after it.
    """
    values = int(holdings.value.max(initial=0)) + 1
    if values == 1:
        return 0.0
    cumulated = np.cumsum(_overall(holdings))
    sums = np.concatenate([[0.0], np.cumsum(cumulated)])
    starts = np.flatnonzero(np.diff(holdings.class_of, prepend=-1))
    begin = holdings.value
    end = np.append(holdings.value[1:], 0)
    end[np.append(starts[1:], len(end)) - 1] = values - 1
    before = np.zeros(holdings.classes)
    before[holdings.class_of[starts]] = sums[begin[starts]]
    reached = _cumulated_shares(holdings, starts)
    middle = np.clip(np.searchsorted(cumulated, reached), begin, np.maximum(begin, end))
    below = reached * (middle - begin) - (sums[middle] - sums[begin])
    above = (sums[end] - sums[middle]) - reached * (end - middle)
    distances = (before + holdings.per_class(below + above)) / (values - 1)
    return float(distances.max(initial=0.0))


def _overall(holdings: Holdings) -> NDArray[np.float64]:
    """Return the share of each value among all holders."""
    people = np.bincount(holdings.value, weights=holdings.people)
    shares: NDArray[np.float64] = people / max(people.sum(), 1)
    return shares


def _cumulated_shares(holdings: Holdings, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return Q at each pair: the share of its class up to its value."""
    running = np.cumsum(holdings.people)
    earlier = np.zeros(holdings.classes, dtype=np.int64)
    earlier[holdings.class_of[starts]] = running[starts] - holdings.people[starts]
    cumulated: NDArray[np.float64] = (running - earlier[holdings.class_of]) / holdings.holders[
        holdings.class_of
    ]
    return cumulated

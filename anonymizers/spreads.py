"""Entropy, recursive (c,l) and t: whether the values of a class are spread widely enough.

Unknown values. Entropy and (c,l) are taken over known values alone. That is the careful reading:
a reader who is told, on top of the file, that somebody's value was recorded believes in value v
with probability n(v) / n(known); a reader who isn't told believes in it less, n(v) / n. So the
known values bound both, and NULLs never make a class look diverse. For t unknown is a value of
its own, since being asked and saying nothing may itself be telling.

t holds a class against everybody whom a policy lets through, whatever of them was asked for: held
against the people asked for alone, whoever asks for a single class would find it spread as its
whole. What is left out afterwards doesn't change that reference, so a reader who holds the classes
against the file itself finds other numbers. Whoever knows how values are spread in the whole learns
at most t from somebody's class; the file doesn't publish the whole, as it counts people who aren't
in it. Nothing below asks that the reference be the classes' own people: a coarsest class of those
asked for may be too far from everybody, and then nothing is safe.

Rounding. Comparisons allow what rounding may move, 1e-9, and never more: entropies and distances
are ratios of counts, and no two that differ by less could be told apart by a reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.models import Closeness, Recursive
    from anonymizers.value_counts import Spread

ROUNDING = 1e-9
SLACK = 1e-6  # bounds in people are lowered by this before they are rounded up
PROPORTION = 1 - 1e-12  # c times a count, kept below what rounding may add to it


def entropies(spread: Spread) -> NDArray[np.float64]:
    """Return the entropy of each class's known values, in nats; -inf where none is known."""
    known = spread.known()
    people = known.people
    logs = known.total(known.counts * np.log(known.counts))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(people > 0, np.log(people) - logs / people, -np.inf)


def has_entropy(spread: Spread, least: float) -> NDArray[np.bool_]:
    """Return which classes reach the entropy of `least` equally common values."""
    reached: NDArray[np.bool_] = entropies(spread) >= np.log(least) - ROUNDING
    return reached


def has_recursive(spread: Spread, rule: Recursive) -> NDArray[np.bool_]:
    """Return in which classes the commonest known value is rarer than the rule allows."""
    commonest, tail = _ranked(spread, rule)
    return commonest < rule.c * tail * PROPORTION


def _ranked(spread: Spread, rule: Recursive) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return, for each class, r1 and r_l + r_l+1 + ... of its known values."""
    known = spread.known()
    order = np.lexsort((-known.counts, known.rows))
    starts = np.searchsorted(known.rows, np.arange(spread.classes))
    place = np.arange(len(order)) - starts[known.rows]
    counts = known.counts[order]
    return known.total(counts * (place == 0)), known.total(counts * (place >= rule.l - 1))


def is_close(spread: Spread, rule: Closeness) -> NDArray[np.bool_]:
    """Return which classes are at most t away from the reference."""
    return distances(spread, rule) <= rule.at_most + ROUNDING


def distances(spread: Spread, rule: Closeness) -> NDArray[np.float64]:
    """Return how far each class is from the reference, 0 to 1; 0 for a class of nobody.

    `equal`: half the sum of the absolute differences of shares (total variation), which is the
    earth mover's distance where every two values are 1 apart.

    `ordered`: the earth mover's distance where values are as far apart as their ranks among the
    values that occur, the last 1 from the first, and unknown is 1 from each. With unknown shares
    u (class) and w (reference) it is bounded from above by the cost of one plan: |u - w| is
    moved to or from unknown, the rest among the values in proportion, which costs
    (1 - max(u, w)) times the distance of the known values alone. Without unknown values the
    plan is the cheapest one, and this is Li et al.'s distance.
    """
    if rule.distance == "equal":
        return spread.total(np.maximum(_excess(spread), 0))
    here, there = _unknown_shares(spread)
    return np.abs(here - there) + (1 - np.maximum(here, there)) * _ordered(spread.known())


def _excess(spread: Spread) -> NDArray[np.float64]:
    """Return for each entry its share in the class less its share in the reference."""
    whole = max(int(spread.reference.sum()), 1)
    share = spread.counts / spread.people[spread.rows]
    excess: NDArray[np.float64] = share - (spread.reference / whole)[spread.values]
    return excess


def _unknown_shares(spread: Spread) -> tuple[NDArray[np.float64], float]:
    people = np.maximum(spread.people, 1)
    here = 1 - spread.known().people / people
    return here, float(spread.reference[-1]) / max(int(spread.reference.sum()), 1)


def _ordered(known: Spread) -> NDArray[np.float64]:
    """Return the distance of known values by ranks: the mean |P - Q| of cumulative shares.

    Between two neighbouring values of a class P is constant and Q rises, so the sum over the
    values between is two differences of running sums, split where Q passes P.
    """
    values = known.reference[:-1]
    ranks = np.flatnonzero(values)
    if len(ranks) <= 1:
        return np.zeros(known.classes)
    below = np.cumsum(values[ranks]) / values.sum()  # Q after each rank
    running = np.concatenate([[0.0], np.cumsum(below)])
    last = len(ranks) - 1
    people = known.people
    begins = np.searchsorted(ranks, known.values)
    final = np.append(known.rows[1:] != known.rows[:-1], [True] * (len(begins) > 0))
    ends = np.where(final, last, np.roll(begins, -1))
    counts = np.cumsum(known.counts) - (np.cumsum(people) - people)[known.rows]
    reached = counts / people[known.rows]  # P from this value on
    spent = _between(begins, ends, reached, below, running)
    spent += np.where(np.roll(final, 1), running[begins], 0)  # before the first value P is 0
    return known.total(spent) / last


def _between(
    begins: NDArray[np.int64],
    ends: NDArray[np.int64],
    reached: NDArray[np.float64],
    below: NDArray[np.float64],
    running: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Sum |P - Q| over the ranks from `begins` to before `ends`."""
    split = np.clip(np.searchsorted(below, reached, side="right"), begins, ends)
    under = reached * (split - begins) - (running[split] - running[begins])
    over = running[ends] - running[split] - reached * (ends - split)
    return under + over


def surely_recursive_out(spread: Spread, rule: Recursive) -> NDArray[np.int64]:
    """Return how many people of each class surely are left out wherever (c,l) holds.

    Two classes that satisfy (c,l) do so together: the commonest of both is at most the sum of
    the two commonest, and what isn't among the l-1 commonest is at least the sum of theirs. So
    the released people of a class, however finer levels part it, satisfy (c,l) together or are
    nobody. Leaving r people out lowers the commonest by at most r and raises no rank, so
    r > r1 - c (r_l + ...), or r is all of them.
    """
    commonest, tail = _ranked(spread, rule)
    missing = np.ceil(commonest - rule.c * tail - SLACK)
    return np.clip(missing, 0, spread.people).astype(np.int64)


def surely_far_out(spread: Spread, rule: Closeness) -> NDArray[np.int64]:
    """Return how many people of each class surely are left out wherever t holds.

    Let f be any function of values that rises by at most their distance, with mean e above the
    reference's in a class of n: the earth mover's distance is the largest such e, and means of
    merged classes lie between those of their parts. So the released people of a class, however
    finer levels part it, have a mean of f at most t above the reference, or are nobody. Leaving
    r people out lowers the mean most if they all have f's largest value, h above the class's
    mean: n e - r (h + e) <= (n - r) t, where h + e > t, so r >= n (e - t) / (h + e - t).

    `equal`: f is 1 on the values that are commoner than in the reference, else 0; e is the
    distance itself, and h the share of the others. `ordered`: h is at most 1 as no f spans more;
    e is the distance where nothing is unknown, and where something is, f is 1 on unknown (or on
    all else) and e the difference of unknown shares.
    """
    if rule.distance == "equal":
        excess = _excess(spread)
        far = spread.total(np.maximum(excess, 0))
        room = 1 - spread.total(spread.counts * (excess > 0)) / np.maximum(spread.people, 1)
    else:
        here, there = _unknown_shares(spread)
        told = (here == 0) & (there == 0)
        far = np.where(told, _ordered(spread.known()), np.abs(here - there))
        room = np.ones(spread.classes)
    over = np.maximum(far - rule.at_most - ROUNDING, 0)
    with np.errstate(invalid="ignore"):
        missing = np.where(over > 0, spread.people * over / (room + over), 0)
    return np.ceil(np.maximum(missing - SLACK, 0)).astype(np.int64)

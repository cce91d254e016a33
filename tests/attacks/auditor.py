"""An empirical auditor: what privacy a mechanism shows at most, from its answers alone.

Run the mechanism on two neighbouring inputs, many times each. On the first half of the runs, look
for events that are much likelier on one input than on the other; on the second half, bound what
was found. With confidence 1 - alpha, the mechanism isn't (epsilon, delta)-private for any epsilon
below the bound. A bound above what is claimed proves a fault; one below proves nothing.

Events are made of categories of an answer: where a value lies (its quantile, or the value itself
where values repeat) and how fine it is (whether it has bits below 2^-53, which noise in floats
leaves when it is added to 0 and not when it is added to 1); and of integers, what remains after
division by 64 and by 100, which tells noise that was stretched after it was drawn. Categories are
sorted by how much they speak for one input; each event is all of them down to some point, which
is the test of Neyman and Pearson for what was seen on the first half.
"""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from scipy.stats import beta

RUNS = 100_000
_PARTS = 60
_COLUMNS = 8
_TOGETHER = 64
_FEWEST = 20
_MODULI = (64, 100)
_MOST = 2 * _PARTS


def audit(run_on_d, run_on_d2, *, runs=RUNS, delta=0.0, alpha=1e-6):
    """Return a lower bound of the epsilon that two neighbouring inputs show, 0 at least.

    Args:
        run_on_d, run_on_d2: given a number n, return the answers of n independent runs on one
            input: (n,) numbers, or (n, cells) for an answer of several cells.
        runs: on each input.
        delta: of the (epsilon, delta) that is claimed.
        alpha: how likely the bound may be wrong.
    """
    one, other = (_answers(run(runs)) for run in (run_on_d, run_on_d2))
    seen, held = (one[: runs // 2], other[: runs // 2]), (one[runs // 2 :], other[runs // 2 :])
    looks = [
        (feature, label)
        for feature in _features(*seen)
        for label in _labels(*(feature(values) for values in seen))
    ]
    sure = alpha / (2 * 2 * len(looks))
    bounds = [0.0]
    for feature, label in looks:
        first = _counts(label, [feature(values) for values in seen])
        second = _counts(label, [feature(values) for values in held])
        for likely, unlikely in ((0, 1), (1, 0)):
            event = _event(first[likely], first[unlikely], delta, sure)
            hits, misses = (
                (second[side][event].sum(), runs - runs // 2) for side in (likely, unlikely)
            )
            bounds.append(_bound(hits, misses, delta, sure))
    return max(bounds)


def _answers(values):
    values = np.asarray(values)
    if not np.isfinite(values).all():
        raise ValueError("the auditor reads numbers: give what isn't one a number of its own")
    return values[:, None] if values.ndim == 1 else values


def _features(one, other):
    """Return what is looked at: the cells that differ most, one by one and all together."""
    with np.errstate(all="ignore"):
        gap = one.mean(0, dtype=np.float64) - other.mean(0, dtype=np.float64)
        noise = one.std(0, dtype=np.float64) + other.std(0, dtype=np.float64)
        weights = np.nan_to_num(abs(gap) / noise, nan=0.0, posinf=np.inf)
    order = np.argsort(-weights, kind="stable")
    features = [partial(_column, column=column) for column in order[:_COLUMNS]]
    differing = [column for column in order[:_TOGETHER] if weights[column] > 2 / len(one) ** 0.5]
    if len(differing) > 1:
        features.append(_evidence(one, other, differing))
    return features


def _column(values, column):
    return values[:, column]


def _evidence(one, other, columns):
    """Return the sum over columns of how much each value's category speaks for one input.

    With independent noise in each cell this is the logarithm of the likelihood ratio, as far as
    the first half of the runs shows it.
    """
    labels = {column: _place(one[:, column], other[:, column]) for column in columns}
    speaks = {}
    for column, label in labels.items():
        counts = _counts(label, (one[:, column], other[:, column]))
        speaks[column] = np.log((counts[0] + 0.5) / (counts[1] + 0.5))
    return lambda values: sum(
        speaks[column][label(values[:, column])] for column, label in labels.items()
    )


def _labels(one, other):
    """Return the ways to put values into categories: numbers from 0 to `_MOST`."""
    labels = [_place(one, other)]
    if np.issubdtype(one.dtype, np.integer):
        labels += [partial(_remainder, modulus=modulus) for modulus in _MODULI]
    return labels


def _remainder(values, modulus):
    return values % modulus


def _place(one, other):
    """Return what gives each value its category: where it lies, and how fine it is."""
    both = np.concatenate([one, other]).astype(np.float64)
    edges = np.unique(np.quantile(both, np.arange(1, _PARTS) / _PARTS))

    def label(values):
        values = values.astype(np.float64)
        place = np.searchsorted(edges, values, side="left")
        near = abs(values) < 2.0**20
        fine = near & (np.mod(np.where(near, values, 0.0) * 2.0**53, 1) != 0)
        return place * 2 + fine

    return label


def _counts(label, samples):
    return [np.bincount(label(values), minlength=_MOST) for values in samples]


def _event(likely, unlikely, delta, sure):
    """Return the categories whose bound on the first half is the largest."""
    order = np.argsort(-(likely + 0.5) / (unlikely + 0.5), kind="stable")
    hits, misses = likely[order].cumsum(), unlikely[order].cumsum()
    runs, other_runs = likely.sum(), unlikely.sum()
    bounds = [
        _bound((hit, runs), (miss, other_runs), delta, sure) if hit >= _FEWEST else -1
        for hit, miss in zip(hits, misses, strict=True)
    ]
    return order[: int(np.argmax(bounds)) + 1]


def _bound(likely, unlikely, delta, sure):
    """Return ln((p - delta) / q) for Clopper and Pearson's bounds: p from below, q from above.

    Args:
        likely, unlikely: hits and runs on each input.
        delta: as claimed.
        sure: how likely each bound may be wrong.
    """
    (hits, runs), (misses, other_runs) = likely, unlikely
    least = beta.ppf(sure, hits, runs - hits + 1) if hits else 0.0
    most = beta.ppf(1 - sure, misses + 1, other_runs - misses) if misses < other_runs else 1.0
    return math.log((least - delta) / most) if least > delta else 0.0

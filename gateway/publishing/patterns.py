"""Patterns: cells that hold more than the margins of their table explain, beyond the noise.

Expected is what a cell would hold if the keys had nothing to do with each other: the product of
the shares of its forms, times the table's sum; all of it from noisy cells, added up.

Guarantee: cells are marked only where count - expected exceeds the noise that both may carry: to
first order it is one weighted sum of the cells' noise, bounded at 0.025 / cells (Bonferroni), so a
table without any pattern marks something in at most one of forty cases.

Does not protect: against association without meaning. Where a key has several codes for one
person, or somebody counts in several cells, cells belong together before anything is measured.
It says that forms go together in these data more often than by chance of the margins; neither
why, nor that they do so elsewhere, nor anything about one case.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.publishing.noise_tails import OUTSIDE
from gateway.publishing.series import SPECIAL

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from gateway.publishing.noise_tails import Noise
    from gateway.publishing.series import Forms, Number, Series

LEAST_MARGIN_WIDTHS = 2
"""A margin within so many of its own noise is no base to expect anything from."""


@dataclass(frozen=True)
class Pattern:
    """A cell that stands out.

    Attributes:
        forms: one of each key.
        count: noisy; expected: if the keys had nothing to do with each other.
        least: the count exceeds what was expected by at least this.
    """

    forms: Forms
    count: Number
    expected: float
    least: float


def find_patterns(series: Series) -> list[Pattern]:
    """Return the cells that stand out, by how far; none where the noise isn't known.

    Cells without a value, or with one that no list names, are no pattern and no margin.
    """
    import numpy as np

    noise = series.noise
    axes = [
        [form for form in series.forms(place) if form not in SPECIAL]
        for place in range(len(series.keys))
    ]
    if noise is None or not all(axes):
        return []
    shape = tuple(map(len, axes))
    cells = [tuple(axes[k][i] for k, i in enumerate(at)) for at in np.ndindex(shape)]
    counts = np.array([series.cells[forms].value for forms in cells], float).reshape(shape)
    expected, excess = excesses(counts, noise)
    order = np.argsort(-excess, axis=None, kind="stable")
    return [
        Pattern(
            cells[n], series.cells[cells[n]].value, float(expected.flat[n]), float(excess.flat[n])
        )
        for n in order
        if excess.flat[n] > 0
    ]


def excesses(
    counts: npt.NDArray[np.float64], noise: Noise
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Return what is expected of each cell, and by how much more than noise it is exceeded.

    Args:
        counts: noisy, one axis for each key.
        noise: of each cell.

    Returns:
        both of the shape of `counts`; excess is negative where the noise explains the difference,
        and -inf where a margin is too small to say.
    """
    import numpy as np

    axes = counts.ndim
    others = [tuple(a for a in range(axes) if a != axis) for axis in range(axes)]
    margins = [counts.sum(axis=other) for other in others]
    total = counts.sum()
    floors = [
        LEAST_MARGIN_WIDTHS * noise.sum_bound(counts.size // len(margin), OUTSIDE / 2)
        for margin in margins
    ]
    usable = [margin > floor for margin, floor in zip(margins, floors, strict=True)]
    if total <= max(floors):
        return np.zeros_like(counts), np.full(counts.shape, -np.inf)
    safe = [np.where(good, margin, 1.0) for good, margin in zip(usable, margins, strict=True)]
    expected = np.ones_like(counts) * total
    known = np.ones(counts.shape, bool)
    for axis in range(axes):
        along = [1] * axes
        along[axis] = -1
        expected = expected * (safe[axis] / total).reshape(along)
        known &= usable[axis].reshape(along)
    bound = _bounds(counts.shape, safe, total, expected, noise)
    return expected, np.where(known, counts - expected - bound, -np.inf)


def _bounds(
    shape: tuple[int, ...],
    margins: list[npt.NDArray[np.float64]],
    total: float,
    expected: npt.NDArray[np.float64],
    noise: Noise,
) -> npt.NDArray[np.float64]:
    """Bound the noise of count - expected, to first order, for each cell.

    expected = product(margins) / total^(axes - 1), so its derivative by any cell's count is
    expected * (sum over the axes where they share a form of 1 / margin - (axes - 1) / total):
    one weight for all cells that share the same axes with it.
    """
    import numpy as np

    axes, size = len(shape), int(np.prod(shape))
    inverse = [
        (1 / margin).reshape([-1 if a == axis else 1 for a in range(axes)])
        for axis, margin in enumerate(margins)
    ]
    weights, times = [], []
    for shared in itertools.product((False, True), repeat=axes):
        slope = sum(part for part, on in zip(inverse, shared, strict=True) if on)
        weight = -expected * (slope - (axes - 1) / total) + all(shared)
        weights.append(np.broadcast_to(weight, shape).ravel())
        times.append(math.prod(1 if on else n - 1 for on, n in zip(shared, shape, strict=True)))
    columns, counts = np.column_stack(weights), np.array(times, float)
    return noise.weighted_bound(columns, counts, OUTSIDE / 2 / size).reshape(shape)

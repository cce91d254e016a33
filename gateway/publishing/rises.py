"""Rises against the period before, marked only where they exceed the noise of both values.

Guarantee: where no true count changed, a table marks anything at all in at most one of forty
cases: the interval of each difference holds its truth with probability 1 - 0.05 / comparisons
(Bonferroni), and only rises, one of its two sides, are marked.

Does not protect: against rises that are true and mean nothing (a campaign, another opening hour, a
new partner who reports), or true rises that are smaller than the noise: those are not marked.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from gateway.publishing.noise_tails import OUTSIDE
from gateway.publishing.series import TOTAL

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.publishing.noise_tails import Noise
    from gateway.publishing.series import Number, Series


@dataclass(frozen=True)
class Rise:
    """A rise that noise doesn't explain.

    Attributes:
        form: of the other key, such as a state.
        before, period: two periods, one after the other.
        was, now: their noisy values.
        least: the rise is at least this, with the stated confidence.
    """

    form: str
    before: str
    period: str
    was: Number
    now: Number
    least: Number


def find_rises(
    values: Mapping[str, Sequence[Number]], periods: Sequence[str], noise: Noise
) -> list[Rise]:
    """Return the rises among the cells shown, by their size.

    Args:
        values: for each form its noisy counts, one for each period.
        periods: in their order, all of them shown.
        noise: of each value.
    """
    comparisons = len(values) * (len(periods) - 1)
    if comparisons <= 0:
        return []
    margin = noise.sum_bound(2, OUTSIDE / 2 / comparisons)
    found = [
        Rise(form, before, period, was, now, now - was - margin)
        for form, line in values.items()
        for (before, was), (period, now) in pairwise(zip(periods, line, strict=True))
        if now - was > margin
    ]
    return sorted(found, key=lambda rise: (-rise.least, rise.form, rise.period))


def rises_of(series: Series, time: int, periods: Sequence[str]) -> list[Rise]:
    """Return the rises in a series of two keys; none where its noise isn't known."""
    noise, other = series.noise, 1 - time
    if noise is None:
        return []
    lines = {
        form: [
            series.cells[(period, form) if time == 0 else (form, period)].value
            for period in periods
        ]
        for form in series.forms(other)
        if form != TOTAL
    }
    return find_rises(lines, periods, noise)

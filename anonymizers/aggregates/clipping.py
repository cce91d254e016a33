"""Bias: what an answer leaves out by design, beside its noise.

Intervals cover the quantity of the records that count, bounded and clipped. How it may differ
from the quantity of all records is said from public declarations alone, so the note itself tells
nothing about the data. How much it differs can be estimated for a small spend of its own, as a
share of records.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from anonymizers.aggregates.means import Noisy, mean_of

if TYPE_CHECKING:
    from fractions import Fraction

    from anonymizers.aggregates.estimates import Estimate

Statistic = Literal["people", "records", "sum", "distinct", "mean", "quantile"]
Direction = Literal["lower", "either"]


@dataclass(frozen=True)
class Bias:
    """How an answer may differ from that of all records, whole and unclipped.

    Attributes:
        records: of one privacy unit that count; more are left out. None where a unit can't have
            more.
        codes: of a record that count; more are left out. None where a record can't have more.
        bounds: that values are clipped to, in units; None without values.
        direction: where all of it together can move the answer.
    """

    records: int | None
    codes: int | None
    bounds: tuple[int, int] | None
    direction: Direction


def bias_of(
    statistic: Statistic,
    *,
    records: int | None = None,
    codes: int | None = None,
    bounds: tuple[int, int] | None = None,
) -> Bias | None:
    """The bias that an answer can have, by what is declared; None if it can have none.

    Leaving out records or codes can only make counts lower. Sums, means and quantiles may move
    either way: by what is left out, and by values that are clipped from above or from below.

    Args:
        statistic: that is answered.
        records: of one privacy unit that count, if it may have more.
        codes: of a record that count (`max_codes`), if it may have more.
        bounds: that values are clipped to, in units, if there may be values outside.
    """
    if records is None and codes is None and bounds is None:
        return None
    counts = statistic in {"people", "records", "distinct"}
    return Bias(records, codes, bounds, "lower" if counts else "either")


def clipped_share_of(beyond: Noisy, everything: Noisy, confidence: Fraction) -> Estimate:
    """The share of records that bounds or ranks cut: a mean of zeros and ones.

    Args:
        beyond: the records beyond the bounds, or beyond the rank, that were counted.
        everything: all records that were counted, those beyond among them.
        confidence: above 0 and below 1.

    Returns:
        The share with its interval, between 0 and 1; all of it where there may be no records.
    """
    return mean_of(beyond, everything, (0, 1), confidence)

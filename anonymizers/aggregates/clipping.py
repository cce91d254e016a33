"""Clipping: which share of records or privacy units the bounds of an answer leave out.

Intervals cover the quantity of the records that count, bounded and clipped. How much the bounds
leave out can be estimated, for a small spend of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.aggregates.means import Noisy, mean_of

if TYPE_CHECKING:
    from fractions import Fraction

    from anonymizers.aggregates.estimates import Estimate


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

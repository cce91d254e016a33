"""What classes cost by their sizes alone.

Discernibility charges each person the size of their class, and each who is left out the whole
table: sum of n^2 over classes + left out x everybody. The normalized average class size is
(people / classes) / k: 1 where every class has just the k people it needs.

References:
    Bayardo, Agrawal: Data Privacy through Optimal k-Anonymization, ICDE 2005 (C_DM).
    LeFevre, DeWitt, Ramakrishnan: Mondrian, ICDE 2006 (C_AVG).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

BUCKETS = (1, 2, 5, 11, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000)
"""Where buckets of class sizes begin; k is put between them."""


def discernibility(sizes: NDArray[np.int64], left_out: int = 0) -> int:
    """Return the discernibility of the people released and of those left out."""
    squares = int(np.dot(sizes, sizes))
    return squares + left_out * (int(sizes.sum()) + left_out)


def average_class_size(sizes: NDArray[np.int64]) -> float:
    """Return people per class; 0 without classes."""
    return float(sizes.mean()) if len(sizes) else 0.0


def normalized_class_size(sizes: NDArray[np.int64], k: int) -> float:
    """Return the average class size in units of k."""
    return average_class_size(sizes) / k


def distribution(sizes: NDArray[np.int64], k: int) -> list[tuple[int, int | None, int, int]]:
    """Return people and classes by class size: (from, to, classes, people), `to` included.

    k begins a bucket, so that who is in classes of fewer than k stands apart.
    """
    begins = np.array(sorted({*BUCKETS, max(k, 1)}))
    place = np.searchsorted(begins, sizes, side="right") - 1
    classes = np.bincount(place, minlength=len(begins))
    people = np.bincount(place, weights=sizes, minlength=len(begins)).astype(np.int64)
    ends = [int(end) - 1 for end in begins[1:]] + [None]
    return [
        (int(begin), end, int(some), int(many))
        for begin, end, some, many in zip(begins, ends, classes, people, strict=True)
    ]

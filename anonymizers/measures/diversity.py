"""l in three senses, and how sure an attacker can be of a value.

For a class whose holders have the values v with shares p(v), highest count first r1 >= r2 >= ...:

- distinct l: how many values there are;
- entropy l: exp(-sum p ln p), which is distinct l where all are equally frequent, and less
  otherwise: a class with 99 of A and 1 of B has distinct 2 and entropy 1.06;
- recursive (c, l): the least c with r1 < c (r_l + r_(l+1) + ...), that is, what c must exceed;
- confidence: r1 / holders, how sure it is that somebody of the class holds its first value.

NULL, unknown and other are no values. All of a table is as good as its worst class.

References:
    Machanavajjhala, Kifer, Gehrke, Venkitasubramaniam: l-Diversity, TKDD 1 (2007).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from anonymizers.measures.holdings import Holdings


@dataclass(frozen=True)
class Diversity:
    """How varied the values of a sensitive column are in the worst class.

    Attributes:
        distinct: fewest known values of a class; 0 where a class has none.
        entropy: least entropy l; 0 where a class has no known value.
        recursive_c: for l = `distinct` what c must exceed in every class; None below l = 2.
        alike: people in classes whose holders all have one value, or none.
    """

    distinct: int
    entropy: float
    recursive_c: float | None
    alike: int


def measure_l(holdings: Holdings, sizes: NDArray[np.int64]) -> Diversity:
    """Measure l of one column.

    Args:
        holdings: who holds which value (or whole set of values).
        sizes: (classes,) people in each class.
    """
    distinct = np.bincount(holdings.class_of, minlength=holdings.classes)
    least = int(distinct.min()) if len(distinct) else 0
    shares = holdings.shares
    entropy = np.exp(-holdings.per_class(shares * np.log(shares)))
    return Diversity(
        distinct=least,
        entropy=float(entropy.min()) if least else 0.0,
        recursive_c=recursive_c(holdings, least) if least > 1 else None,
        alike=int(sizes[distinct < 2].sum()),  # noqa: PLR2004 - one value, or none
    )


def recursive_c(holdings: Holdings, least: int) -> float:
    """Return what c must exceed for recursive (c, l) with l = `least` in every class.

    Args:
        holdings: every class holds `least` values or more.
        least: l, at least 2.
    """
    order = np.lexsort((-holdings.people, holdings.class_of))
    class_of, people = holdings.class_of[order], holdings.people[order]
    starts = np.flatnonzero(np.diff(class_of, prepend=-1))
    place = np.arange(len(people)) - starts[class_of]
    rare = np.add.reduceat(np.where(place >= least - 1, people, 0), starts)
    return float((people[starts] / rare).max())


def measure_confidence(holdings: Holdings) -> float:
    """Return the highest share of one value among a class's holders, 0 to 1; 0 without any."""
    return float(holdings.shares.max(initial=0.0))

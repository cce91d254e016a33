"""How probably somebody is found: the risks of three attackers, and who is unique.

- The prosecutor knows that a certain person is in the file: 1 / f with f people of the class.
- The journalist looks for anybody, in a register of a population of which the file is a part:
  1 / F with F people of the class in the population.
- The marketer links everybody; only how many come out right matters: the mean of 1 / F (or of
  1 / f where the register is of the very people of the file).

References:
    El Emam: Guide to the De-Identification of Personal Health Information (2013), chapters 16
    and 17; names after Marsh et al. and Elliot, Dale.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Risk:
    """One attacker's chance to be right about a person of the file, each 0 to 1.

    Attributes:
        highest: for the person easiest to find; average: over all people.
        share_above: the share of people whose risk is above the threshold.
    """

    highest: float
    average: float
    share_above: float


def risk(sizes: NDArray[np.int64], chances: NDArray[np.float64], k: int) -> Risk:
    """Sum up a risk that each class has.

    Args:
        sizes: (classes,) people of the file.
        chances: (classes,) the risk of each of them, 0 to 1.
        k: risks above 1 / k count as too high.
    """
    people = max(int(sizes.sum()), 1)
    # 1 / k itself isn't above, also where it was computed in another way.
    above = chances > (1 / k) * (1 + 1e-12)
    return Risk(
        highest=float(chances.max(initial=0.0)),
        average=float(sizes @ chances) / people,
        share_above=int(sizes[above].sum()) / people,
    )


def prosecutor_risk(sizes: NDArray[np.int64], k: int) -> Risk:
    """Return the risk where the attacker knows who is in the file."""
    return risk(sizes, 1 / sizes, k)


def unique_share(sizes: NDArray[np.int64]) -> float:
    """Return the share of people who are alone in their class, 0 to 1."""
    return int((sizes == 1).sum()) / max(int(sizes.sum()), 1)


def population_unique_share(sizes: NDArray[np.int64], population: NDArray[np.float64]) -> float:
    """Return the share of the file's people who are alone in the whole population as well.

    Args:
        sizes: (classes,) people of the file.
        population: (classes,) chance that somebody alone in the file is alone in the population.
    """
    return float(population[sizes == 1].sum()) / max(int(sizes.sum()), 1)

"""Who of a class may be released: everybody, its adults only, or nobody.

A class has N people, M of them minors. A minor stays where N reaches the k of minors and the
class has l distinct values. An adult stays where a minor would, or where the adults by themselves
are safe: N - M reaches k, and they have l distinct values. (Without minors, or without a rule
for them, that is the usual N >= k and l distinct values.)

This is monotone along the lattice: going up, classes only merge. N, N - M, the set of values of
all people and the set of values of the adults only grow then, each condition is a lower bound on
one of them, and "stays" is made of these conditions with *and* and *or* alone. So a person who
stays on some levels stays on all coarser ones, and who is left out is left out on all finer ones:
the number of people left out never grows on the way up. For one step it rests on the k of minors
being at least k (`Model` checks it): then a class that keeps everybody has k people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.diversity import SensitiveSets
    from anonymizers.models import Model

LEFT_OUT, ADULTS_ONLY, WHOLE = 0, 1, 2


def standing(
    people: NDArray[np.int64],
    minors: NDArray[np.int64],
    sensitive: Mapping[str, SensitiveSets],
    model: Model,
) -> NDArray[np.uint8]:
    """Decide for each class who of it may be released.

    Args:
        people: (classes,) N.
        minors: (classes,) M.
        sensitive: the known values of each class, for every column that l names.
        model: the protection.

    Returns:
        (classes,) LEFT_OUT, ADULTS_ONLY or WHOLE.
    """
    adults = people - minors
    if model.k_minors is None:
        return ((people >= model.k) & _diverse(sensitive, model)).astype(np.uint8) * np.uint8(WHOLE)
    enough = np.where(minors > 0, people >= model.k_minors, people >= model.k)
    whole = enough & _diverse(sensitive, model)
    alone = (adults >= model.k) & _diverse_adults(sensitive, model)
    return np.where(whole, WHOLE, np.where(alone, ADULTS_ONLY, LEFT_OUT)).astype(np.uint8)


def left_out(
    people: NDArray[np.int64], minors: NDArray[np.int64], standings: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Return how many people of each row or class are left out."""
    return np.where(standings == WHOLE, 0, np.where(standings == ADULTS_ONLY, minors, people))


def _diverse(sensitive: Mapping[str, SensitiveSets], model: Model) -> NDArray[np.bool_] | bool:
    met: NDArray[np.bool_] | bool = True
    for name, least in model.l.items():
        met = met & (sensitive[name].count_everybody() >= least)
    return met


def _diverse_adults(
    sensitive: Mapping[str, SensitiveSets], model: Model
) -> NDArray[np.bool_] | bool:
    met: NDArray[np.bool_] | bool = True
    for name, least in model.l.items():
        met = met & (sensitive[name].count_adults() >= least)
    return met

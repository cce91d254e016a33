"""Who of a class may be released: everybody, its adults only, or nobody.

A class has N people, M of them minors. A minor stays where N reaches the k of minors, the class's
values are diverse (l, entropy, (c,l), t) and k people of the population look like it. An adult
stays where a minor would, or where the adults by themselves are safe: N - M reaches k, their
values are diverse, and k people of the population look like the class. (Without minors, or without
a rule for them, that is the usual N >= k and diverse values.)

Several values. Where a cell holds a set of codes, distinct l asks that no l - 1 values cover the
class (`set_values`), which is as monotone as counting values is.

What is monotone. Going up the lattice, classes only merge. N, N - M, the set of values of all
people, the set of values of the adults and the people of the population who look like a class
only grow then. k, distinct l and k-map are lower bounds on them, and "stays" is made of these with
*and* and *or* alone. So under these models a person who stays on some levels stays on all coarser
ones, and who is left out is left out on all finer ones: the number of people left out never grows
on the way up. For one step it rests on the k of minors being at least k (`Model` checks it): then
a class that keeps everybody has k people.

What isn't. Entropy, (c,l) and t hold for a class whose parts all satisfy them, but not always for
one with a part that fails: there a person may stay on some levels and be left out on coarser ones.
So a node that leaves out too many under them says nothing of finer nodes by itself. What does is
`surely_left_out`: how many people of a class are left out on every finer node, however it parts
the class. It is the larger of two bounds: those left out under `Model.implied`, the monotone part;
and those who must go until (c,l) or t can hold for the rest (`spreads` says how many). The second
holds because whoever is released of a class, on finer levels, comes from parts that satisfy them,
and such parts do so together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from anonymizers.spreads import (
    has_entropy,
    has_recursive,
    is_close,
    surely_far_out,
    surely_recursive_out,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from anonymizers.models import Model
    from anonymizers.value_counts import Spread
    from anonymizers.weighted import WeightedTable

LEFT_OUT, ADULTS_ONLY, WHOLE = 0, 1, 2


def standing(
    classes: WeightedTable, model: Model, mapped: NDArray[np.int64] | None = None
) -> NDArray[np.uint8]:
    """Decide for each class who of it may be released.

    Args:
        classes: a weighted table with one row for each class; of every column that entropy,
            (c,l) or t names it has `ValueCounts`.
        model: the protection.
        mapped: (classes,) people of the population who look like each; needed for k-map.

    Returns:
        (classes,) LEFT_OUT, ADULTS_ONLY or WHOLE.
    """
    heads = classes.heads
    enough, alone = heads.everybody >= model.k, heads.adults >= model.k
    if model.k_minors is not None:
        enough &= (classes.minors == 0) | (heads.everybody >= model.k_minors)
    whole = enough & _diverse(classes, model)
    if model.k_minors is None:
        alone = np.zeros_like(whole)
    else:
        alone &= _diverse_adults(classes, model)
    stands = np.where(whole, WHOLE, np.where(alone, ADULTS_ONLY, LEFT_OUT)).astype(np.uint8)
    if model.k_map is not None:
        stands[_mapped(mapped) < model.k_map] = LEFT_OUT
    return stands


def surely_left_out(
    classes: WeightedTable, model: Model, implied: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Return how many people of each class are left out, at least, on this node and all finer ones.

    Args:
        classes: as for `standing`.
        model: the protection.
        implied: their standing under its monotone part.
    """
    surely = left_out(classes.people, classes.minors, implied)
    for name, rule in model.recursive.items():
        spread = classes.counts(name).of_everybody()
        surely = np.maximum(surely, surely_recursive_out(spread, rule))
    for name, close in model.t.items():
        spread = classes.counts(name).of_everybody()
        surely = np.maximum(surely, surely_far_out(spread, close))
    return surely


def left_out(
    people: NDArray[np.int64], minors: NDArray[np.int64], standings: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Return how many people of each row or class are left out."""
    return np.where(standings == WHOLE, 0, np.where(standings == ADULTS_ONLY, minors, people))


def _mapped(mapped: NDArray[np.int64] | None) -> NDArray[np.int64]:
    if mapped is None:
        raise ValueError("k-map needs the people of the population who look like each class")
    return mapped


def _diverse(classes: WeightedTable, model: Model) -> NDArray[np.bool_]:
    """Answer for which classes the values of everybody satisfy every model of them."""
    met = np.ones(len(classes.people), dtype=bool)
    for name, least in model.distinct.items():
        met &= classes.sensitive[name].are_diverse(least)
    for name in model.counted:
        for holds in _judged(classes.counts(name).of_everybody(), name, model):
            met &= holds
    return met


def _diverse_adults(classes: WeightedTable, model: Model) -> NDArray[np.bool_]:
    """Answer the same of the adults by themselves."""
    met = np.ones(len(classes.people), dtype=bool)
    for name, least in model.distinct.items():
        met &= classes.sensitive[name].are_adults_diverse(least)
    for name in model.counted:
        for holds in _judged(classes.counts(name).of_adults(), name, model):
            met &= holds
    return met


def _judged(spread: Spread, name: str, model: Model) -> Iterator[NDArray[np.bool_]]:
    if name in model.entropy:
        yield has_entropy(spread, model.entropy[name])
    if name in model.recursive:
        yield has_recursive(spread, model.recursive[name])
    if name in model.t:
        yield is_close(spread, model.t[name])

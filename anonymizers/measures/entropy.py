"""Non-uniform entropy: the information that coarsening and leaving out took, in bits.

A cell with value v released as f loses log2(n(f) / n(v)): what it takes to guess v among the
people whose value falls under f, counted in the original. A cell that is left out loses
log2(n / n(v)). The loss is the sum over cells, divided by what leaving everybody out would lose:
0 exact, 1 nothing left. Unlike `losses.py` it knows that merging two rare values costs less than
merging two frequent ones.

References:
    De Waal, Willenborg: Information loss through global recoding and local suppression,
    Netherlands Official Statistics 14 (1999); normalized as in Prasser, Bild, Kuhn: A generic
    method for assessing the quality of de-identified health data, MIE 2016.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def entropy_loss(
    people: NDArray[np.int64], form_of: NDArray[np.int64], kept: NDArray[np.float64]
) -> float:
    """Return the share of a column's information that is lost, 0 to 1.

    Args:
        people: (values,) people of the original with each value, 0 where nobody has it.
        form_of: (values,) the number of the value's released form, from 0.
        kept: (values,) how many of them are released, at most `people`.
    """
    held = people > 0
    some, kept, form_of = people[held].astype(np.float64), kept[held], form_of[held]
    under = np.bincount(form_of, weights=some)[form_of] if len(some) else some
    whole = np.log2(some.sum() / some)
    lost = kept * np.log2(under / some) + (some - kept) * whole
    most = float(some @ whole)
    return float(lost.sum()) / most if most > 0 else 0.0


def kept_in_proportion(
    people: NDArray[np.int64], form_of: NDArray[np.int64], released: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Spread what is released of each form over its values, by their people.

    For a file beside its original, where nobody can see which of a form's people are missing.

    Args:
        people: as for `entropy_loss`.
        form_of: as for `entropy_loss`.
        released: (forms,) people released with each form.
    """
    under = np.bincount(form_of, weights=people, minlength=len(released)).astype(np.float64)
    shares = np.minimum(released / np.maximum(under, 1.0), 1.0).astype(np.float64)
    kept: NDArray[np.float64] = shares[form_of] * people
    return kept

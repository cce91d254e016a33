"""The information that an arrangement took of what the policy's floor leaves, column by column.

A released cell with floor value v and form f leaves log2(r(f) / r(f, v)) bits open, r counting the
people released: what it takes to guess v of somebody released as f. A cell that is left out leaves
log2(n / n(v)) open, n counting everybody. The loss is the sum over cells by what leaving everybody
out would take: 0 exact, 1 nothing left. On one level for all, with the people of a form left out
alike, this is the non-uniform entropy of `measures/entropy.py`; it means the same where classes
stand on levels of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.grouping import group

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.partitions import Members

    Ints = NDArray[np.int64]


def information_lost(members: Members, hierarchies: Mapping[str, Hierarchy]) -> dict[str, float]:
    """Return each column's loss of information, 0 to 1.

    Args:
        members: people in their classes.
        hierarchies: one for each column of the table.
    """
    losses = {}
    for name, codes in members.table.by_column():
        forms = members.classes.forms(hierarchies[name], name, codes, members.number)
        encoded = forms.cast(pa.string()).dictionary_encode(null_encoding="encode")
        form = encoded.indices.to_numpy().astype(np.int64)
        value = codes.astype(np.int64)
        losses[name] = _lost(form, value, members.table.people, members.missing)
    return losses


def _lost(form: Ints, value: Ints, people: Ints, missing: Ints) -> float:
    span = int(value.max(initial=0)) + 1
    pairs = group(form * span + value)
    kept = pairs.sums(people - missing)
    by_form = np.bincount(pairs.keys // span, weights=kept)[pairs.keys // span]
    some = kept > 0
    open_bits = float(kept[some] @ np.log2(by_form[some] / kept[some]))
    by_value = np.bincount(value, weights=people)
    whole = np.log2(max(by_value.sum(), 1) / np.maximum(by_value, 1))
    open_bits += float(missing @ whole[value])
    most = float(by_value @ whole)
    return min(open_bits / most, 1.0) if most > 0 else 0.0

"""The recount's part on k-map: how many people of a population look like each class of a file.

It reads forms as text, on the levels that the manifest says the file stands on: somebody of the
population looks like a class where the person's own value has each form of the class on such a
level. Under full-domain that is one level for each column, so a place that is `*` there, being
unlisted, is like nobody whose place is named there. With local recoding it is any level that some
class stands on; which one a class does isn't read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.populations import find_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Ladder
    from anonymizers.populations import Population

_PEOPLE = "people"


@dataclass(frozen=True)
class Likeness:
    """A column that the file and the population have.

    Attributes:
        ladder: of the column; type: as its exact values are stored.
        floor: the finest level allowed, on which the population may give its values.
        levels: on which the column stands, as readers are told; one under full-domain.
    """

    ladder: Ladder
    type: pa.DataType
    floor: str
    levels: tuple[str, ...]


def count_alike(
    classes: Mapping[str, pa.Array], population: Population, likeness: Mapping[str, Likeness]
) -> NDArray[np.int64]:
    """Count, for each class, who of the population looks like it.

    Args:
        classes: (classes,) released forms of each column that file and population have.
        population: as declared.
        likeness: of these columns.
    """
    columns = {f"form {n}": name for n, name in enumerate(classes)}
    people = pa.table({_PEOPLE: population.people})
    for key, name in columns.items():
        people = people.append_column(key, pa.array(population.columns[name], pa.string()))
    for key, name in columns.items():
        people = _summed(people, list(columns))
        values = pc.unique(people[key])
        met = classes[name].drop_null().unique()
        pairs = _pairs(values.to_pylist(), {*met.to_pylist()}, likeness[name], key)
        joined = people.join(pairs, keys=key, join_type="inner", use_threads=False)
        others = [column for column in people.column_names if column != key]
        people = joined.select([*others, "released"]).rename_columns([*others, key])
    people = _summed(people, list(columns))
    found = {tuple(row[key] for key in columns): int(row[_PEOPLE]) for row in people.to_pylist()}
    forms = [classes[name].to_pylist() for name in classes]
    rows = len(forms[0]) if forms else 1
    keys = zip(*forms, strict=True) if forms else [()]
    return np.fromiter((found.get(key, 0) for key in keys), dtype=np.int64, count=rows)


def _pairs(values: Sequence[str], met: set[str], like: Likeness, key: str) -> pa.Table:
    """Return each value with each form of the file that it has on the file's levels."""
    exact = [find_value(like.ladder, like.floor, value) for value in values]
    climb = like.ladder.climb(pa.array(exact, pa.string()).cast(like.type))
    pairs = {
        (value, rung.forms[code])
        for rung in climb.rungs
        if rung.level in like.levels
        for value, code in zip(values, rung.codes.tolist(), strict=True)
        if rung.forms[code] in met
    }
    ordered = sorted(pairs)
    return pa.table(
        {
            key: pa.array([value for value, _ in ordered], pa.string()),
            "released": pa.array([form for _, form in ordered], pa.string()),
        }
    )


def _summed(people: pa.Table, keys: list[str]) -> pa.Table:
    if not keys:
        return pa.table({_PEOPLE: [pc.sum(people[_PEOPLE]).as_py()]})
    grouped = people.group_by(keys, use_threads=False).aggregate([(_PEOPLE, "sum")])
    return grouped.rename_columns([*keys, _PEOPLE])

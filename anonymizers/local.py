"""The classes of local recoding: each stands on levels of its own.

The argument, in the order in which it protects:

1. *k and l.* Two classes that were taken on different nodes may show the same text (a taxonomy's
   level with a single child; levels with equal forms). So classes are made anew from the
   released text, whatever the sweep took, and `standing` decides about each of them on all its
   people. What a reader can tell apart is exactly what was judged; no property of the sweep, and
   none of the models, is needed for it.
2. *What overlaps.* The text of a coarse class may cover people of a finer one (`30-39` beside
   `32`). Whoever knows the rule knows that nobody aged 32 stands under `30-39` there. That is no
   way below k: a register narrows a person down to its own class, whose rows are alike, and
   there are k of them. It tells finer values than the text does, but never finer ones than the
   policy's floor: a class is a union of whole combinations of floor codes, all of whose people
   are in it. The manifest says so.
3. *Who stays out.* With `levels_by: k` the sweep sees no sensitive value, as the full-domain
   search doesn't; what l leaves out afterwards it leaves out in either.
4. *Nothing safe.* Every class lies inside one class of the ceilings. So where k and l are
   concerned, whoever is left out on the ceilings is left out in every arrangement; and the
   full-domain optimum is one of the candidates (see `arranging`). So local recoding can release
   something exactly where full-domain recoding can. Under entropy, (c,l) and t it can wherever
   that can, and sometimes where that can't. k-map isn't counted on mixed levels; the lint refuses
   the two together.

What it doesn't hold against: another extract of the same people on other levels. Classes of two
local extracts cross in small pieces. So the gateway lets no second one leave over the same
people.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import Grouping, Packing, group, pack, rank
from anonymizers.hierarchies import forms_at, look_up
from anonymizers.standing import left_out, standing

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.hierarchies import Hierarchy
    from anonymizers.models import Model
    from anonymizers.weighted import WeightedTable


@dataclass(frozen=True)
class Texts:
    """Every form that one column can leave in, on any level.

    Attributes:
        forms: the texts, NULL first, then sorted.
        of: (levels, floor codes) the place of each floor code's form; -1 where there is none.
        widths: (forms,) leaves under the form, less one; of a text that stands on several levels
            the most, for that is all a reader can know.
    """

    forms: tuple[str | None, ...]
    of: NDArray[np.int32]
    widths: NDArray[np.int64]

    @classmethod
    def of_hierarchy(cls, hierarchy: Hierarchy) -> Texts:
        """Collect the forms of all levels."""
        met = {form for forms in hierarchy.forms for form in forms}
        ordered = tuple(sorted(met, key=lambda form: (form is not None, form)))
        place = {form: number for number, form in enumerate(ordered)}
        widths = np.zeros(len(ordered), dtype=np.int64)
        of = np.empty((len(hierarchy.levels), len(hierarchy.maps[0])), dtype=np.int32)
        for level, forms in enumerate(hierarchy.forms):
            places = np.array([*(place[form] for form in forms), -1], dtype=np.int32)
            of[level] = places[hierarchy.maps[level]]
            np.maximum.at(widths, places[:-1], hierarchy.widths[level])
        return cls(ordered, of, widths)


@dataclass(frozen=True)
class LocalClasses:
    """Every class of equal released text, numbered by that text; see `Partition`.

    Attributes:
        standing, people, stands_on: as `Partition` says.
        texts: for each column its forms.
        places: for each column (classes,) the class's place among them.
        floors: for each column its floor codes, as the hierarchy checks them.
        keys: (rows of the weighted table,) sorted packed floor codes.
        packing: how these keys are made.
        of_key: (rows of the weighted table,) the class of each key.
    """

    standing: NDArray[np.uint8]
    people: NDArray[np.int64]
    stands_on: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, Texts]
    places: Mapping[str, NDArray[np.int32]]
    floors: Mapping[str, NDArray[np.int32]]
    keys: NDArray[np.int64]
    packing: Packing
    of_key: NDArray[np.int64]

    @classmethod
    def build(
        cls,
        table: WeightedTable,
        hierarchies: Mapping[str, Hierarchy],
        levels: Mapping[str, NDArray[np.int64]],
        model: Model,
    ) -> LocalClasses:
        """Make classes of equal text and decide who stays, l included.

        Args:
            table: the weighted distinct table.
            hierarchies: one for each column.
            levels: for each column (rows,) the level proposed for each row of the table.
            model: what every class must hold.
        """
        texts = {name: Texts.of_hierarchy(hierarchies[name]) for name in table.columns}
        rows = {name: texts[name].of[levels[name], codes] for name, codes in table.by_column()}
        classes = _by_text(table, texts, rows)
        merged = table.merged(classes)
        standings = standing(merged, model)
        stay = merged.people - left_out(merged.people, merged.minors, standings)
        sizes = [len(hierarchies[name].forms[0]) for name in table.columns]
        packing, keys = pack(table.codes, sizes, len(table.people))
        order = np.argsort(keys)
        of_row = classes.class_of_rows()
        leaves = (stay > 0)[of_row]
        return cls(
            standing=standings,
            people=stay,
            stands_on={
                name: _levels(hierarchies[name], levels[name][leaves]) for name in table.columns
            },
            texts=texts,
            places={name: rows[name][classes.first] for name in table.columns},
            floors={name: hierarchies[name].maps[0] for name in table.columns},
            keys=keys[order],
            packing=packing,
            of_key=of_row[order],
        )

    def number(self, codes: Mapping[str, NDArray[np.int32]], rows: int) -> NDArray[np.int64]:
        """Return the class of each row, given by floor codes; see `Partition`."""
        checked = [look_up(floor, codes[name]) for name, floor in self.floors.items()]
        numbers: NDArray[np.int64] = self.of_key[rank(self.keys, self.packing.keys(checked, rows))]
        return numbers

    def forms(
        self, hierarchy: Hierarchy, name: str, codes: NDArray[np.int32], number: NDArray[np.int64]
    ) -> pa.Array:
        """Return a column's released forms of rows; see `Partition`."""
        del hierarchy, codes
        return forms_at(self.texts[name].forms, self.places[name][number])

    def widths(
        self, hierarchy: Hierarchy, name: str, codes: NDArray[np.int32], number: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Return how many leaves lie under these forms, less one; see `Partition`."""
        del hierarchy, codes
        widths: NDArray[np.int64] = self.texts[name].widths[self.places[name][number]]
        return widths


def _by_text(
    table: WeightedTable, texts: Mapping[str, Texts], places: Mapping[str, NDArray[np.int32]]
) -> Grouping:
    columns = [places[name] for name in table.columns]
    sizes = [len(texts[name].forms) for name in table.columns]
    return group(pack(columns, sizes, len(table.people))[1])


def _levels(hierarchy: Hierarchy, used: NDArray[np.int64]) -> tuple[str, ...]:
    return tuple(hierarchy.levels[level] for level in np.unique(used).tolist())

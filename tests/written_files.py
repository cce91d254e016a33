"""A small written file, changes to it, and how its recount ends."""

from dataclasses import replace

import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from anonymizers.promises import RecountError
from anonymizers.recount import recount
from tests.small_tables import taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
AGES = build_ladder("age", bounds=[0, 120])
MODEL = Model(2, {"kind": 2}, max_suppressed_share=0.5, k_minors=3)


def again(release, table=None, minors=None, **changes):
    return recount(
        release.table if table is None else table,
        release.minors if minors is None else minors,
        replace(release.rules, **changes),
    )


def with_cell(table, name, row, value):
    cells = table[name].to_pylist()
    cells[row] = value
    return table.set_column(table.column_names.index(name), name, texts(cells))


def broken(release, **changes):
    with pytest.raises(RecountError) as error:
        again(release, **changes)
    return error.value.rule, error.value.column

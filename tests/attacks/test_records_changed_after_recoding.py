"""Whatever goes wrong between the search and the file, the recount sees it on the file."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.hierarchies import Hierarchy
from anonymizers.ladders.base import Climb, LadderError, Rung
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from anonymizers.promises import RecountError
from anonymizers.recount import measure_k, recount
from tests.small_tables import People, taxonomy, texts

MODEL = Model(5, {"kind": 2}, 0.1)


@pytest.fixture(scope="module")
def release():
    rng = np.random.default_rng(8)
    people = People(
        {
            "age": pa.array(rng.integers(18, 90, 400), pa.int64()),
            "town": texts([f"t{n}" for n in rng.integers(0, 6, 400)]),
        },
        {
            "age": build_ladder("age", bounds=[0, 120]),
            "town": taxonomy("/".join(f"t{n};c{n // 3}" for n in range(6))),
        },
        sensitive={"kind": [["x", "y", "z"][n] for n in rng.integers(0, 3, 400)]},
    )
    return people.release(MODEL)


def check(release, table, minors=None):
    minors = np.zeros(table.num_rows, bool) if minors is None else minors
    return recount(table, minors, replace(release.rules, rows=table.num_rows))


def smallest(release):
    """Return the rows of one of the smallest classes."""
    names = ["age", "town"]
    rows = list(zip(*(release.table[name].to_pylist() for name in names), strict=True))
    sizes = {row: rows.count(row) for row in rows}
    target = min(sizes, key=lambda row: sizes[row])
    return [place for place, row in enumerate(rows) if row == target]


def test_control_the_untouched_file_passes(release):
    assert check(release, release.table).smallest_class >= 5


def test_a_class_thinned_below_k_is_caught(release):
    members = smallest(release)
    gone = members[: len(members) - 4]
    kept = np.isin(np.arange(release.table.num_rows), gone, invert=True)
    thinned = release.table.filter(pa.array(kept))
    assert measure_k(thinned, ["age", "town"]) == 4
    with pytest.raises(RecountError, match="'k'"):
        check(release, thinned)


def test_each_single_changed_cell_is_caught(release):
    """A row that moves to a form nobody else has stands alone, on any column."""
    for name, foreign in (("age", "90+"), ("town", "nowhere"), ("age", "33"), ("town", None)):
        cells = release.table[name].to_pylist()
        cells[smallest(release)[0]] = foreign
        index = release.table.column_names.index(name)
        with pytest.raises(RecountError):
            check(release, release.table.set_column(index, name, texts(cells)))


def test_secrets_made_equal_in_one_class_are_caught(release):
    kinds = release.table["kind"].to_pylist()
    for place in smallest(release):
        kinds[place] = "x"
    with pytest.raises(RecountError, match="'l'"):
        check(release, release.table.set_column(2, "kind", texts(kinds)))


def test_a_minor_slipped_into_a_small_class_is_caught(release):
    minors = np.zeros(release.table.num_rows, bool)
    minors[smallest(release)[0]] = True
    rules = replace(release.rules, model=replace(MODEL, k_minors=200))
    with pytest.raises(RecountError, match="'k-minors'"):
        recount(release.table, minors, rules)


def test_bands_that_do_not_refine_never_reach_the_search():
    """10-19 below majority would let a class on the coarse level be split on the fine one."""

    def ages(*forms):
        codes = np.unique(forms, return_inverse=True)[1].astype(np.int32)
        named = tuple(np.unique(forms).tolist())
        return Rung(named[0], codes, named, np.full(len(named), 10))

    values = pa.array([12, 17, 18, 25])
    crossing = Climb(
        values, (ages("10-19", "10-19", "10-19", "20-29"), ages("<18", "<18", "18+", "18+")), 100
    )
    with pytest.raises(LadderError, match="refine"):
        Hierarchy.between(crossing, "10-19", "18+")
    # control: bands that cut at 18 pass
    nested = Climb(
        values, (ages("10-17", "10-17", "18-19", "20-29"), ages("<18", "<18", "18+", "18+")), 100
    )
    assert Hierarchy.between(nested, "10-17", "18+").levels == ("10-17", "18+")

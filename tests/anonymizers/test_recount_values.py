"""The values of sensitive columns are counted on the file, and every rule for them is held."""

from dataclasses import replace

import numpy as np
import pytest

from anonymizers.models import Closeness, Model, Recursive
from anonymizers.populations import parse_population
from anonymizers.promises import RecountError
from tests.small_tables import People, texts
from tests.written_files import TOWNS, broken, with_cell


def test_values_that_say_nothing_do_not_count_for_l(release):
    for nothing in (None, "", "Unknown", "other"):
        table = with_cell(release.table, "kind", 1, nothing)
        assert broken(release, table=table) == ("l", "kind")


@pytest.fixture
def diverse():
    """Two towns, in counts: everything that a rule for values can ask."""
    people = People(
        {"town": texts(["a1"] * 6 + ["b1"] * 5)},
        {"town": TOWNS},
        sensitive={"kind": ["x", "x", "x", "y", "y", None, *"xxyyz"]},
        counted=("kind",),
        population=parse_population("town,people\na1,40\nb1,30\nb2,9\n"),
    )
    return people.release(
        Model(
            5,
            {"kind": 2},
            entropy={"kind": 1.9},
            recursive={"kind": Recursive(2, 2)},
            t={"kind": Closeness(0.2)},
            k_map=20,
        )
    )


def broken_now(release, **changes):
    with pytest.raises(RecountError) as error:
        replace(release, **changes).recount()
    return error.value.rule, error.value.column


def under(release, **models):
    return {"rules": replace(release.rules, model=replace(release.rules.model, **models))}


def test_every_rule_for_values_is_counted(diverse):
    counted = diverse.recount()
    assert counted.distinct_l == {"kind": 2}
    assert counted.entropy_l["kind"] == pytest.approx(1.96, abs=0.01)
    assert counted.farthest_t["kind"] == pytest.approx(8 / 55)
    assert counted.fewest_alike == 30
    assert counted.smallest_class == 5


def test_every_rule_for_values_is_held(diverse):
    assert broken_now(diverse, **under(diverse, k=6)) == ("k", None)
    assert broken_now(diverse, **under(diverse, l={"kind": 3})) == ("l", "kind")
    assert broken_now(diverse, **under(diverse, entropy={"kind": 2})) == ("entropy", "kind")
    weak = {"recursive": {"kind": Recursive(1.5, 2)}}
    assert broken_now(diverse, **under(diverse, **weak)) == ("recursive", "kind")
    assert broken_now(diverse, **under(diverse, t={"kind": Closeness(0.1)})) == ("t", "kind")
    assert broken_now(diverse, **under(diverse, k_map=31)) == ("k-map", None)


def test_values_that_the_search_did_not_see_break_t(diverse):
    table = with_cell(diverse.table, "kind", 0, "new")
    assert broken_now(diverse, table=table) == ("t", "kind")
    assert broken_now(diverse, rules=replace(diverse.rules, references={})) == ("t", "kind")


def test_a_population_that_is_not_there_breaks_k_map(diverse):
    rules = replace(diverse.rules, population=None, likeness={})
    assert broken_now(diverse, rules=rules) == ("k-map", None)


def test_an_empty_file_breaks_no_rule_for_values(diverse):
    empty = replace(diverse.rules, rows=0, people=0)
    nobody = np.zeros(0, bool)
    release = replace(diverse, rules=empty, table=diverse.table.slice(0, 0), minors=nobody)
    counted = release.recount()
    assert (counted.entropy_l, counted.farthest_t) == ({"kind": None}, {"kind": None})
    assert counted.fewest_alike is None


def test_values_are_counted_without_quasi_identifiers_too():
    release = People({}, {}, sensitive={"kind": ["x", "y"]}, counted=("kind",), count=2).release(
        Model(2, entropy={"kind": 2})
    )
    assert release.recount().entropy_l == {"kind": pytest.approx(2)}


@pytest.mark.parametrize("separators", [{}, {"kind": ";"}])
@pytest.mark.parametrize(
    ("nothing", "holds"), [((), True), (("P-1",), True), (("P-1", "Y"), False)]
)
def test_what_the_column_says_of_its_values_counts_for_l(separators, nothing, holds):
    people = People(
        {"town": texts(["a1"] * 4)},
        {"town": TOWNS},
        sensitive={"kind": ["x", "y", "p 1", "x"]},
        separators=separators,
    )
    release = people.release(Model(2, {"kind": 2}))
    told = replace(release, rules=replace(release.rules, says_nothing={"kind": nothing}))
    if holds:
        assert told.recount().smallest_class == 4
        return
    with pytest.raises(RecountError, match="'l' for column 'kind'"):
        told.recount()

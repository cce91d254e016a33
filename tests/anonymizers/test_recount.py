"""The verifier counts again, and every promise that is broken is caught by its rule."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Closeness, Model, Recursive
from anonymizers.populations import parse_population
from anonymizers.recount import (
    ColumnRule,
    Recounter,
    RecountError,
    Rules,
    class_sizes,
    measure_k,
    recount,
)
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.microaggregation import Microaggregation
from anonymizers.transforms.watches import Promise, token_promise
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
AGES = build_ladder("age", bounds=[0, 120])
MODEL = Model(2, {"kind": 2}, max_suppressed_share=0.5, k_minors=3)


@pytest.fixture
def release():
    people = People(
        {
            "town": texts(["a1", "a2", "a1", "b1", "b2", "b1", "b2"]),
            "age": pa.array([20, 21, 5, 30, 31, 32, 34], pa.int64()),
        },
        {"town": TOWNS, "age": AGES},
        sensitive={"kind": ["x", "y", "x", "x", "y", "x", "unknown"]},
        minors=[False, False, True, False, False, False, False],
        limits={"town": ("exact", "level-1"), "age": ("5-years", "*")},
    )
    return people.release(MODEL)


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


@pytest.mark.parametrize(
    ("zips", "level"),
    [
        (["787", "rest of VT", "*", None], "zip3"),
        (["TX", "*"], "us-state"),
        (["*", "*"], "*"),
        (["787", "TX"], None),
        (["059"], None),
        (["78701"], None),
    ],
)
def test_a_suppressed_place_stands_on_every_level_and_a_hidden_one_on_none(zips, level):
    ladder = build_ladder("us-postcode", min_population=20_000)
    column = ColumnRule("zip", ladder, "zip3", "*")
    rules = Rules(Model(1), (column,), people=len(zips), left_out_by_search=0, rows=len(zips))
    table, nobody = pa.table({"zip": texts(zips)}), np.zeros(len(zips), dtype=bool)
    if level is None:
        with pytest.raises(RecountError, match="'level' for column 'zip'"):
            recount(table, nobody, rules)
    else:
        assert recount(table, nobody, rules).levels == {"zip": (level,)}


def test_a_sound_file_is_counted(release):
    counted = again(release)
    assert counted.rows == release.table.num_rows == 6
    assert counted.classes == 2
    assert counted.smallest_class == 2
    assert counted.smallest_minor_class is None
    assert counted.distinct_l == {"kind": 2}
    assert counted.suppressed == 1
    assert counted.levels == {"town": ("level-1",), "age": ("5-years",)}


def test_minors_classes_are_counted_by_themselves(release):
    minors = release.minors.copy()
    minors[-1] = True
    assert again(release, minors=minors).smallest_minor_class == 4
    assert broken(release, minors=~release.minors) == ("k-minors", None)


def test_one_changed_row_is_caught(release):
    assert broken(release, table=with_cell(release.table, "town", 0, "b")) == ("k", None)
    assert broken(release, table=with_cell(release.table, "town", 0, None)) == ("k", None)
    assert broken(release, table=with_cell(release.table, "town", 0, "a1")) == ("level", "town")
    assert broken(release, table=with_cell(release.table, "town", 0, "zz")) == ("level", "town")


def test_a_class_that_was_thinned_is_caught(release):
    thinned = release.table.slice(1)
    assert broken(release, table=thinned, minors=release.minors[1:]) == ("rows", None)
    # even where the promise was changed along with it
    changes = {"table": thinned, "minors": release.minors[1:], "rows": 5, "left_out_by_search": 2}
    assert broken(release, **changes) == ("k", None)


def test_values_that_say_nothing_do_not_count_for_l(release):
    for nothing in (None, "", "Unknown", "other"):
        table = with_cell(release.table, "kind", 1, nothing)
        assert broken(release, table=table) == ("l", "kind")


def test_the_limit_of_suppression_is_held(release):
    strict = replace(MODEL, max_suppressed_share=0.1)
    assert broken(release, model=strict) == ("suppressed", None)
    assert broken(release, left_out_by_search=-1) == ("suppressed", None)
    assert broken(release, left_out_by_search=2) == ("suppressed", None)


def test_only_l_under_levels_by_k_may_leave_out_more_than_the_search(release):
    assert again(release, left_out_by_search=0).suppressed == 1
    for model in (replace(MODEL, l={}), replace(MODEL, levels_by="all")):
        assert broken(release, model=model, left_out_by_search=0) == ("suppressed", None)


def test_minors_and_rows_must_fit_the_file(release):
    assert broken(release, minors=release.minors[1:]) == ("rows", None)
    assert broken(release, rows=7) == ("rows", None)


def test_every_column_must_be_there_once(release):
    without = release.table.drop_columns(["kind"])
    assert broken(release, table=without) == ("columns", "kind")
    twice = release.table.append_column("town", release.table["town"])
    assert broken(release, table=twice) == ("columns", "town")


def test_errors_name_rules_and_columns_and_never_values(release):
    with pytest.raises(RecountError) as error:
        again(release, table=with_cell(release.table, "town", 0, "Springfield"))
    assert "Springfield" not in str(error.value)
    assert "'level' for column 'town'" in str(error.value)
    assert "column" not in str(RecountError("k"))


def level(ladder, floor, ceiling, *forms):
    rules = Rules(Model(1), (ColumnRule("it", ladder, floor, ceiling),), len(forms), 0, len(forms))
    table = pa.table({"it": texts(forms)})
    (level,) = recount(table, np.zeros(len(forms), bool), rules).levels["it"]
    return level


def test_a_form_on_several_levels_is_fine_where_one_level_explains_all():
    assert level(AGES, "5-years", "*", "90+", "20-24", None, "other") == "5-years"
    assert level(AGES, "exact", "*", "90+", "20") == "exact"
    assert level(AGES, "exact", "*", "90+", None) == "exact"
    assert level(AGES, "exact", "*", "*", "*") == "*"


@pytest.mark.parametrize(
    "forms",
    [
        ("20-24", "20"),
        ("20-24", "20-29"),
        ("18+", "90+"),
        ("*", "20-24"),
        ("*", None),
        ("*", "other"),
        ("200",),
    ],
)
def test_mixed_levels_and_forms_of_no_level_are_refused(forms):
    with pytest.raises(RecountError) as error:
        level(AGES, "exact", "*", *forms)
    assert error.value.rule == "level"


def test_forms_below_the_floor_and_above_the_ceiling_are_refused():
    for forms in (["20"], ["18+"], ["*"]):
        with pytest.raises(RecountError):
            level(AGES, "5-years", "20-years", *forms)


def test_a_file_without_rows_or_without_quasi_identifiers_is_counted():
    empty = Rules(Model(5), (ColumnRule("it", AGES, "exact", "*"),), 0, 0, 0)
    counted = recount(pa.table({"it": texts([])}), np.zeros(0, bool), empty)
    assert (counted.rows, counted.classes, counted.smallest_class) == (0, 0, 0)
    everyone = Rules(Model(2, {"kind": 2}), (), 3, 0, 3)
    table = pa.table({"kind": texts(["x", "y", "x"])})
    counted = recount(table, np.array([True, False, False]), everyone)
    assert (counted.classes, counted.smallest_class, counted.smallest_minor_class) == (1, 3, 3)


def test_k_is_measured_on_any_table():
    table = pa.table({"a": ["x", "x", None, None, None], "b": [1, 1, 2, 2, 2]})
    assert measure_k(table, ["a", "b"]) == 2
    assert measure_k(table, []) == 5
    assert measure_k(table.slice(0, 0), ["a"]) == 0
    assert measure_k(table.slice(0, 0), []) == 0


@pytest.mark.parametrize(
    ("more", "groups"), [([], 844), (["isForcedLabour", "isSexualExploit"], 936)]
)
def test_k_of_the_ctdc_file_is_exactly_11(real_data, more, groups):
    table = pa_csv.read_csv(
        real_data / "ctdc" / "ctdc_kanon11_7cols_from_Global_Dataset_14Apr2020.csv"
    )
    columns = ["yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation"]
    assert measure_k(table, columns + more) == 11
    assert len(class_sizes(table, columns + more)) == groups


def test_promises_of_changed_columns_are_held_over_all_parts():
    groups = Microaggregation(3, Grid())
    promises = (Promise("debt", groups.action, groups.watch), token_promise("id", "person"))
    rules = Rules(Model(1), (), 4, 0, 4, promises=promises)
    token, nobody = f"person_{'0' * 26}", np.zeros(2, bool)

    def counted(debts, tokens=(token,) * 4):
        recounter = Recounter(rules)
        for part in (slice(2), slice(2, 4)):
            table = {"debt": texts(list(debts[part])), "id": texts(list(tokens[part]))}
            recounter.add(pa.table(table), nobody)
        return recounter.finish()

    assert counted(["5", "5", "5", None]).rows == 4
    with pytest.raises(RecountError, match="'microaggregate' for column 'debt'"):
        counted(["5", "5", "7", "7"])
    with pytest.raises(RecountError, match="'token' for column 'id'"):
        counted(["5"] * 4, [token, token, "person-17", token])
    with pytest.raises(RecountError, match="'columns' for column 'debt'"):
        Recounter(rules).add(pa.table({"id": texts([token])}), nobody)


def test_with_local_recoding_each_form_stands_on_a_level_of_its_own():
    table = pa.table({"town": texts(["a1", "a", "b1", None]), "age": texts(["20-24", "*"] * 2)})
    columns = (
        ColumnRule("town", TOWNS, "exact", "level-1"),
        ColumnRule("age", AGES, "5-years", "*"),
    )
    rules = Rules(Model(1), columns, 4, 0, 4, "local")
    nobody = np.zeros(4, bool)
    assert recount(table, nobody, rules).levels == {
        "town": ("exact", "level-1"),
        "age": ("5-years", "*"),
    }
    for other, broken_table in [
        ("full-domain", table),
        ("local", with_cell(table, "town", 0, "*")),
        ("local", with_cell(table, "town", 0, "zz")),
    ]:
        with pytest.raises(RecountError) as error:
            recount(broken_table, nobody, replace(rules, recoding=other))
        assert (error.value.rule, error.value.column) == ("level", "town")


@pytest.fixture
def diverse():
    """Two towns, in counts: everything that a rule for values can ask."""
    people = People(
        {"town": texts(["a1"] * 6 + ["b1"] * 6)},
        {"town": TOWNS},
        sensitive={"kind": ["x", "x", "x", "y", "y", None, *"xxyyz", "other"]},
        known=[False] * 11 + [True],
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


def test_everybody_whom_the_recipient_knows_is_taken_out(diverse):
    assert broken_now(diverse, known=np.array([False] * 4 + [True] * 8)) == ("k", None)


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
    counted = replace(release, known=nobody).recount()
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

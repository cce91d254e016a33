from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.alike import Likeness, count_alike
from anonymizers.hierarchies import Hierarchy
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.models import Model
from anonymizers.populations import (
    Population,
    PopulationError,
    Source,
    find_value,
    map_population,
    parse_population,
)
from anonymizers.promises import RecountError
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")
AGES = build_ladder("age", bounds=[0, 120])
TEXT = "town,people,age\na1,3,30-34\na2,4,93\n\nb1,0,5\n"


def test_a_population_is_read_by_its_header():
    population = parse_population("\ufeff" + TEXT)
    assert population.columns == {"town": ("a1", "a2", "b1"), "age": ("30-34", "93", "5")}
    assert population.people.tolist() == [3, 4, 0]
    assert parse_population(TEXT.replace(",", ";")).columns == population.columns


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "first line"),
        ("town,age\na1,5\n", "first line"),
        ("people\n5\n", "first line"),
        ("town,town,people\na,a,1\n", "twice"),
        ("town,,people\na,a,1\n", "twice"),
        ("town,people\n", "no lines"),
        ("town,people\na1\n", "line 2"),
        ("town,people\na1,3\n,3\n", "line 3"),
        ("town,people\na1,-3\n", "whole number"),
        ("town,people\na1,3.5\n", "whole number"),
        ("town,people\na1,³\n", "whole number"),
        (f"town,people\na1,{10**17}\n", "whole number"),
        ('town,people\n"a1,3\n', "line 2"),
    ],
)
def test_what_can_not_be_a_population_is_refused_with_its_line(text, said):
    with pytest.raises(PopulationError, match=said):
        parse_population(text)


def test_values_are_exact_or_of_the_floor():
    assert find_value(AGES, "5-years", "93") == "93"
    assert find_value(AGES, "5-years", "30-34") == "30"
    assert find_value(AGES, "10-years", "30-34") is None
    assert find_value(AGES, "5-years", "130") is None
    assert find_value(AGES, "5-years", "old") is None
    assert find_value(TOWNS, "level-1", "b") == "b1"
    assert find_value(TOWNS, "level-1", "a2") == "a2"
    assert find_value(TOWNS, "exact", "b") is None


def people():
    return People(
        {
            "town": texts(["a1", "a2", "b1", None]),
            "age": pa.array([30, 31, 92, 5], pa.int64()),
            "sex": texts(["f", "m", "f", "f"]),
        },
        {"town": TOWNS, "age": AGES, "sex": taxonomy("f/m")},
        limits={"age": ("5-years", "*")},
        population=parse_population(TEXT),
    )


def counted(town, age):
    """Count on levels who of the population looks like each of the four."""
    some = people()
    sources = {"town": Source(TOWNS, pa.string()), "age": Source(AGES, pa.int64())}
    names = list(some.values)
    mapped = map_population(some.population, names, some.hierarchies, sources)
    ladders = [some.hierarchies[name] for name in names]
    node = [ladders[0].levels.index(town), ladders[1].levels.index(age), 0]
    return mapped.count(ladders, [some.codes[name] for name in names], tuple(node), 4).tolist()


def test_people_are_alike_on_the_levels_of_the_data():
    assert counted("exact", "5-years") == [3, 0, 0, 0]
    assert counted("level-1", "5-years") == [3, 3, 0, 0]
    assert counted("exact", "*") == [3, 4, 0, 0]
    assert counted("*", "5-years") == [3, 3, 4, 0]
    assert counted("*", "*") == [7, 7, 7, 7]


def test_a_value_that_the_ladder_does_not_know_is_an_error_not_a_silence():
    some, odd = people(), Population({"town": ("zz",)}, parse_population(TEXT).people[:1])
    with pytest.raises(PopulationError, match="ladder"):
        map_population(odd, ["town"], some.hierarchies, {"town": Source(TOWNS, pa.string())})


def test_the_recount_counts_alike_by_text():
    likeness = {
        "town": Likeness(TOWNS, pa.string(), "exact", TOWNS.levels),
        "age": Likeness(AGES, pa.int64(), "5-years", AGES.levels[AGES.levels.index("5-years") :]),
    }
    classes = {
        "town": texts(["a1", "a", "*", None, "b"]),
        "age": texts(["30-34", "30-34", "90+", "*", "5-9"]),
    }
    assert count_alike(classes, parse_population(TEXT), likeness).tolist() == [3, 3, 4, 0, 0]
    assert count_alike({}, parse_population(TEXT), {}).tolist() == [7]


@pytest.mark.parametrize(
    ("level", "expected"), [("county", [90, 0, 0]), ("us-state", [0, 97, 0]), ("*", [0, 0, 97])]
)
def test_the_recount_counts_alike_on_the_level_of_the_file(level, expected):
    counties = build_ladder("us-county")
    likeness = {"county": Likeness(counties, pa.string(), "county", (level,))}
    population = parse_population("county,people\n48453,90\n48261,7\n")
    classes = {"county": texts(["Travis County (TX)", "TX", "*"])}  # the last: an unlisted place
    assert count_alike(classes, population, likeness).tolist() == expected


def test_a_form_that_names_two_groups_is_counted_on_its_level():
    towns = taxonomy("x;x/y;x/z;z")
    population = Population({"town": ("x", "y", "z")}, np.array([1, 99, 100]))
    for level, expected in (("exact", 1), ("level-1", 100)):
        likeness = {"town": Likeness(towns, pa.string(), "exact", (level,))}
        assert count_alike({"town": texts(["x"])}, population, likeness).tolist() == [expected]


def test_an_unlisted_place_breaks_k_map_on_the_level_of_the_file():
    counties = build_ladder("us-county")
    release = People(
        {"county": texts(["48453"] * 3)},
        {"county": counties},
        population=parse_population("county,people\n48453,90\n"),
    ).release(Model(1, k_map=20))
    assert release.recount().fewest_alike == 90
    wrong = replace(release, table=pa.table({"county": ["Travis County (TX)"] * 2 + ["*"]}))
    with pytest.raises(RecountError, match="k-map"):
        wrong.recount()


def test_a_population_without_shared_columns_counts_as_a_whole():
    table = People({}, {}, count=4, population=parse_population(TEXT)).table
    assert table.mapped([], ()).tolist() == [7]
    assert People({}, {}, count=4).table.mapped([], ()) is None


def test_k_map_is_asked_in_the_search_and_counted_again():
    towns = People(
        {"town": texts(["a1"] * 5 + ["a2"] + ["b1"] * 3)},
        {"town": TOWNS},
        population=parse_population("town,people\na1,30\na2,5\nb1,30\nb2,1\n"),
    )
    assert towns.find(Model(1)).levels == {"town": "exact"}
    assert towns.find(Model(1, k_map=20)).levels == {"town": "level-1"}
    assert towns.find(Model(1, k_map=20, max_suppressed_share=0.2)).suppressed == 1
    release = towns.release(Model(1, k_map=20))
    assert release.recount().fewest_alike == 31
    assert isinstance(towns.hierarchies["town"], Hierarchy)

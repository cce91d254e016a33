import os
from pathlib import Path

import pyarrow as pa
import pytest

from anonymizers.ladders.base import LadderDoesNotRefineError, LadderError
from anonymizers.ladders.catalogue import build_ladder, levels_of
from anonymizers.ladders.taxonomies import Taxonomy, TaxonomyError, parse_taxonomy

WORK = """Federal-gov;Government;*
Local-gov;Government;*
Private;Non-Government;*
Never-worked;Unemployed;*
"""

HERE = Path(__file__).resolve().parents[3]
ADULT = Path(os.environ.get("WEIR_REAL_DATA", HERE.parent / "shared" / "data")) / "adult"


def ladder_of(text):
    return build_ladder("work", taxonomy=parse_taxonomy(text))


def test_a_taxonomy_climbs_its_columns(released, leaves):
    ladder = ladder_of(WORK)
    values = pa.array(["Private", "Local-gov", "Federal-gov", None, "Army"])
    assert ladder.levels == ("exact", "level-1", "*")
    assert ladder.name == "work"
    assert released(ladder, values, "level-1") == [
        *("Non-Government", "Government", "Government", None, "other"),
    ]
    assert leaves(ladder, values, "level-1") == {
        "Government": 2,
        "Non-Government": 1,
        "other": 1,
        None: 1,
    }


def test_the_domain_is_every_line_of_the_file_whatever_the_data_shows():
    climb = ladder_of(WORK).climb(pa.array(["Private"]))
    assert climb.domain == 4
    assert climb.rung("*").leaves.tolist() == [4]


def test_a_top_is_added_where_the_file_has_none():
    assert parse_taxonomy("a;x\nb;y").levels == ("exact", "level-1")
    assert parse_taxonomy("a;x;*\nb;y;*").levels == ("exact", "level-1")
    assert parse_taxonomy("a\nb").levels == ("exact",)
    assert ladder_of("a;World\nb;World").levels == ("exact", "level-1", "*")
    assert levels_of("work", taxonomy=parse_taxonomy(WORK)) == ("exact", "level-1", "*")


def test_a_form_is_found_on_every_level_that_shows_it():
    ladder = ladder_of("Female;Female\nMale;Male\nM;Male")
    assert ladder.levels_with("Female") == ("exact", "level-1")
    assert ladder.levels_with("M") == ("exact",)
    assert ladder.level_of("X") is None


def test_a_taxonomy_that_does_not_refine_is_refused_with_the_two_values():
    with pytest.raises(LadderDoesNotRefineError, match="ladder work: 'a' and 'c'") as caught:
        parse_taxonomy("a;x;1\nb;y;1\nc;x;2\n", "work")
    assert (caught.value.level, caught.value.first, caught.value.second) == ("level-1", "a", "c")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the taxonomy has no lines"),
        (" \n;;\n", "the taxonomy has no lines"),
        (
            "a;x\nb;y;z\n",
            "line 2 of the taxonomy has not as many columns as the first: 3, not 2",
        ),
        (
            "a;x\n\nb\n",
            "line 3 of the taxonomy has not as many columns as the first: 1, not 2",
        ),
        ("a;x\nb;y\na;y\n", "line 3 of the taxonomy has 'a' again, first in line 1"),
        ("a;x\n;y\n", "line 2 of the taxonomy has an empty column"),
        ("a; \nb;y\n", "line 1 of the taxonomy has an empty column"),
        ("a;x\nb;*\n", "line 2 of the taxonomy has `\\*` below the last level"),
        ("*\n", "line 1 of the taxonomy has `\\*` below"),
        ('a;x\n"b"c;y\n', "line 2 of the taxonomy: "),
    ],
)
def test_a_wrong_line_is_named_by_its_number(text, message):
    with pytest.raises(TaxonomyError, match=message):
        parse_taxonomy(text)


def test_marks_spaces_quotes_and_windows_line_ends_are_read():
    taxonomy = parse_taxonomy('\ufeffa ; x\r\n\r\n"b;c";x\r\n')
    assert taxonomy == Taxonomy((("a", "x"), ("b;c", "x")))


def test_unknown_values_join_a_declared_other_and_climb_with_it(released):
    ladder = ladder_of("a;x;1\nother;y;2\nb;y;2")
    values = pa.array(["zzz", "other", "a"])
    assert released(ladder, values, "exact") == ["other", "other", "a"]
    assert released(ladder, values, "level-1") == ["y", "y", "x"]
    assert released(ladder, values, "level-2") == ["2", "2", "1"]


def test_unknown_values_join_a_declared_group_named_other(released, leaves):
    ladder = ladder_of("a;other;1\nb;other;1\nc;z;2")
    values = pa.array(["zzz", "a", "c"])
    assert released(ladder, values, "exact") == ["other", "a", "c"]
    assert released(ladder, values, "level-1") == ["other", "other", "z"]
    assert released(ladder, values, "level-2") == ["1", "1", "2"]
    assert leaves(ladder, values, "level-1") == {"other": 2, "z": 1}


def test_a_taxonomy_may_not_take_a_built_in_name():
    with pytest.raises(LadderError, match="ladder date is built in; give the taxonomy another"):
        build_ladder("date", taxonomy=parse_taxonomy(WORK))


@pytest.mark.skipif(not ADULT.is_dir(), reason="real data is not beside this checkout")
@pytest.mark.parametrize(
    ("column", "levels", "domain"),
    [
        ("age", 5, 100),
        ("education", 4, 16),
        ("marital-status", 3, 7),
        ("native-country", 3, 41),
        ("occupation", 3, 14),
        ("race", 2, 5),
        ("salary-class", 2, 2),
        ("sex", 2, 2),
        ("workclass", 3, 8),
    ],
)
def test_adult_hierarchies_span_the_lattice_that_arx_searches(column, levels, domain):
    text = (ADULT / f"adult_hierarchy_{column}.csv").read_text(encoding="utf-8")
    taxonomy = parse_taxonomy(text, column)
    climb = build_ladder(column + "-taxonomy", taxonomy=taxonomy).climb(
        pa.array([line[0] for line in taxonomy.lines]),
    )
    assert len(climb.rungs) == levels
    assert climb.domain == domain
    assert {int(rung.leaves.sum()) for rung in climb.rungs} == {domain}

"""The forms of a level: from declarations alone, in their order."""

from __future__ import annotations

import pytest

from anonymizers.ladders.base import LadderError
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.ladders.ordered import MOST_FORMS
from anonymizers.ladders.taxonomies import parse_taxonomy

LADDERS = {
    "date": build_ladder("date", bounds=("2023-11-15", "2024-02-10")),
    "age": build_ladder("age", bounds=(15, 95)),
    "number": build_ladder("number", bounds=(-5, 12), widths=[10], scale=1),
    "codes": build_ladder("codes", codes=["b", "a", "other"]),
    "own": build_ladder("own", taxonomy=parse_taxonomy("cat;pet\ncow;stock\ndog;pet")),
    "us-state": build_ladder("us-state"),
    "us-postcode": build_ladder("us-postcode"),
}


@pytest.mark.parametrize(
    ("ladder", "level", "forms"),
    [
        ("date", "month", ("2023-11", "2023-12", "2024-01", "2024-02")),
        ("date", "quarter", ("2023-Q4", "2024-Q1")),
        ("date", "5-years", ("2020-2024",)),
        ("age", "20-years", ("0-17", "18-19", "20-39", "40-59", "60-79", "80-89", "90+")),
        ("age", "majority", ("0-17", "18+")),
        ("number", "10", ("-10.0--0.1", "0.0-9.9", "10.0-19.9")),
        ("codes", "exact", ("b", "a", "other")),
        ("own", "level-1", ("pet", "stock")),
        ("us-state", "us-region", ("Northeast", "Midwest", "South", "West")),
    ],
)
def test_forms_of_a_level_are_the_declared_ones(ladder, level, forms):
    found = LADDERS[ladder].forms(level)
    assert found == forms if ladder != "us-state" else set(forms) <= set(found)
    assert LADDERS[ladder].form_count(level) == len(found)


def test_places_have_the_forms_of_their_table():
    assert {"CA", "DC", "PR"} <= set(LADDERS["us-state"].forms("us-state"))
    assert "02139" in LADDERS["us-postcode"].forms("zip5")
    assert len(LADDERS["us-postcode"].forms("zip3")) == LADDERS["us-postcode"].form_count("zip3")


def test_places_under_a_floor_name_what_they_are_pooled_into():
    forms = build_ladder("us-postcode", min_population=20_000).forms("zip3")
    assert any(form.startswith("rest of ") for form in forms)
    assert "*" not in forms


@pytest.mark.parametrize("ladder", LADDERS.values(), ids=LADDERS)
def test_the_top_has_one_form_and_unknown_levels_none(ladder):
    assert (ladder.forms("*"), ladder.form_count("*")) == (("*",), 1)
    with pytest.raises(LadderError, match="no level 'nix'"):
        ladder.forms("nix")


def test_forms_beyond_counting_are_counted_only():
    ladder = build_ladder("number", bounds=(0, 10**9), widths=[10**8])
    assert ladder.form_count("exact") == 10**9 + 1 > MOST_FORMS
    with pytest.raises(LadderError, match="take a coarser level"):
        ladder.forms("exact")


def test_cells_of_the_earth_are_not_listed():
    with pytest.raises(LadderError, match="can't be listed"):
        build_ladder("point").forms("h3-3")
    with pytest.raises(LadderError, match="no level"):
        build_ladder("point").forms("h3-2")

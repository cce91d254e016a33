from __future__ import annotations

import pytest

from policies.recipes.chains import UNREADABLE
from policies.recipes.making import makers_of
from policies.recipes.values import NOTHING, Made
from policies.recipes.words import words_for_nobody
from tests.policies.recipes.conftest import dataset, recipe


@pytest.mark.parametrize("text", [None, "", "  ", "N/D", "n/d", " -99 "])
def test_words_for_nothing_known_are_nothing_in_every_column(make, text):
    for name in ("case_id", "met_on", "age", "harm", "notes", "consent"):
        assert make(name, "x", text) == NOTHING
    assert make("notes", {"missing": ["se ignora"]}, "Se  ignora") == NOTHING


def test_a_text_stays_as_it_is_without_its_blanks(make):
    assert make("notes", "x", "  a  b ") == Made("a  b")


def test_days_and_numbers_are_read_where_the_column_holds_such(make):
    assert make("met_on", "x", "05/03/2024").text == "2024-03-05"
    assert make("met_on", {"dates": "month-day-year"}, "05/03/2024").text == "2024-05-03"
    assert make("called_at", "x", "05/03/2024 10:00").text == "2024-03-05T10:00:00"
    assert make("debt", "x", "$ 1.234,5").text == "1234.5"
    assert make("debt", {"numbers": "point"}, "1,234.5").text == "1234.5"
    assert make("debt", {"times": 0.01}, "1234").text == "12.34"
    assert make("debt", "x", "mucho") == Made(None, "not-a-number")
    assert make("met_on", "x", "ayer") == Made(None, "not-a-date")
    assert make("notes", {"dates": "day-month-year"}, "05/03/2024").text == "2024-03-05"


def test_a_word_among_numbers_may_be_in_the_table(make):
    rule = {"codes": {"más de 90": "90", "99": None, "doce": "12"}}
    assert make("age", rule, "Mas de 90").text == "90"
    assert make("age", rule, "99") == NOTHING
    assert make("age", rule, "34").text == "34"
    assert make("met_on", {"codes": {"sin fecha": None}}, "Sin fecha") == NOTHING


def test_a_decisive_day_stays_so(make):
    assert make("met_on", "x", "25/03/2024").decisive
    assert not make("met_on", "x", "05/03/2024").decisive


def test_numbers_become_the_code_of_their_level(make):
    rule = {"levels": [{"from": 0, "code": "minor"}, {"from": 18, "code": "adult"}]}
    made = [make("band", rule, text).text for text in ("0", "17", "17,9", "18", "90")]
    assert made == ["minor", "minor", "minor", "adult", "adult"]
    assert make("band", rule, "-1") == Made(None, "unmapped-code", ("-1",))
    assert make("band", {**rule, "codes": {"-1": None}}, "-1") == NOTHING
    assert make("band", {**rule, "otherwise": "adult"}, "-1") == Made("adult")
    assert make("band", rule, "x") == Made(None, "not-a-number")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"part": 1}, "Ana"),
        ({"part": 2}, "María"),
        ({"part": -1}, "Paz"),
        ({"part": 2, "rest": True}, "María Paz"),
        ({"part": -2, "rest": True}, "María Paz"),
        ({"part": 4}, None),
        ({"part": -4}, None),
    ],
)
def test_a_part_of_a_text_is_taken(make, rule, expected):
    assert make("notes", {**rule, "separator": " "}, "Ana  María Paz").text == expected


def test_a_word_for_nothing_is_one_before_and_after_it_is_taken_apart(make):
    rule = {"part": 2, "separator": "/"}
    assert make("notes", rule, "N/D") == NOTHING
    assert make("notes", rule, "a/ -99") == NOTHING
    assert make("notes", rule, "a / b").text == "b"


def test_joined_texts_leave_out_what_is_missing(make):
    rule = {"join": ["a", "b", "c"]}
    assert make("notes", rule, " x ", "N/D", "y").text == "x y"
    assert make("notes", {**rule, "separator": "-"}, "x", None, "y").text == "x-y"
    assert make("notes", rule, None, "", "N/D") == NOTHING


def test_an_identifier_a_day_or_a_number_needs_all_of_its_parts(make):
    rule = {"join": ["a", "b", "c"], "separator": "/"}
    assert make("met_on", rule, "5", "3", "2024").text == "2024-03-05"
    assert make("met_on", rule, "5", None, "2024") == NOTHING
    assert make("person_id", rule, "x", "", "y") == NOTHING
    assert make("debt", {"join": ["a", "b"], "separator": ","}, "5", "N/D") == NOTHING


def test_flags_are_codes_of_the_columns_that_say_yes(make):
    rule = {"flags": {"a": "Debt", "b": "Threats", "c": None}, "yes": ["claro"]}
    assert make("controls", rule, "Sí", "no", "x").text == "Debt"
    assert make("controls", rule, "1", "CLARO", None).text == "Debt;Threats"
    assert make("controls", rule, "0", "", "N/D") == NOTHING
    unclear = Made("Threats", "unmapped-code", ("tal vez",))
    assert make("controls", rule, "tal vez", "x", "") == unclear
    assert make("controls", {**rule, "codes": {"tal vez": None}}, "tal vez", "x", "").problem == ""


def test_a_constant_stands_in_every_record(make):
    assert make("harm", {"constant": "Other"}) == Made("Other")


def test_an_age_is_made_of_two_days(make):
    rule = {"age": {"birth": "a", "on": "b"}}
    assert make("age", rule, "29/02/2004", "28/02/2023").text == "18"
    assert make("age", rule, "N/D", "28/02/2023") == NOTHING
    assert make("age", rule, "x", "28/02/2023").problem == "not-a-date"
    assert make("age", rule, "1/1/2024", "1/1/2023").problem == "born-later"
    banded = {**rule, "levels": [{"from": 0, "code": "minor"}, {"from": 18, "code": "adult"}]}
    assert make("band", banded, "01/01/2000", "01/01/2024").text == "adult"


def test_what_limits_the_use_of_a_record_is_never_lost(make):
    assert make("consent_ends", "x", "pronto").text == UNREADABLE
    assert make("consent_ends", "x", "31/12/2026").text == "2026-12-31"
    assert make("consent", {"codes": {"Total": "anonymized"}}, "TOTAL").text == "anonymized"
    assert make("consent", "x", "tal vez") == Made("tal vez", unmapped=("tal vez",))
    levels = {"levels": [{"from": 1, "code": "aggregate"}]}
    assert make("consent", levels, "0") == Made(UNREADABLE, unmapped=("0",))


def test_a_grant_that_forbids_handing_over_stays_whatever_the_table_says(make):
    assert make("funding", {"codes": {"VAWA": "otra"}}, "VAWA").text == "VAWA"
    assert make("funding", {"missing": ["vawa"]}, "VAWA").text == "VAWA"
    assert make("funding", {"part": 1, "separator": "/"}, "ONU/VAWA").text == "ONU/VAWA"
    assert make("funding", {"codes": {"OVW": "vawa"}}, "OVW").text == "vawa"
    assert make("funding", "x", "ONU").text == "ONU"
    assert make("funding", {"join": ["a", "b"], "missing": ["vawa"]}, "ONU", "VAWA").text


def test_makers_follow_the_dataset_and_say_where_short_cuts_are_right():
    columns = {
        "notes": "n",
        "case_id": "c",
        "debt": "d",
        "harm": "h",
        "age": {"age": {"birth": "b", "on": "o"}},
        "funding": "f",
        "zip": {"from": "z", "codes": {"x": None}},
    }
    makers = {maker.name: maker for maker in makers_of(recipe(columns), dataset())}
    assert [*makers] == ["case_id", "age", "debt", "harm", "zip", "notes", "funding"]
    assert [name for name, maker in makers.items() if maker.copies] == ["case_id", "notes"]
    assert [name for name, maker in makers.items() if maker.usual] == ["debt"]
    assert [name for name, maker in makers.items() if maker.counts_years] == ["age"]
    assert makers["case_id"].missing == {"n/d", "-99", *words_for_nobody("es")}
    assert makers["age"].reads == ("b", "o")


@pytest.mark.parametrize("text", ["S/N", "s/n", "Sin documento", "N/D", "desconocido", "-", "?"])
def test_a_word_for_nothing_is_nobodys_identifier_whatever_the_recipe_says(text):
    (maker,) = makers_of(recipe({"case_id": "a"}), dataset())
    assert maker.make(text).text is None


@pytest.mark.parametrize("text", ["99", "NA", "ns", "Nadie", "S/N 12", "0001"])
def test_what_may_be_somebodys_stays(text):
    (maker,) = makers_of(recipe({"case_id": "a"}), dataset())
    assert maker.make(text).text == text


@pytest.mark.parametrize(
    ("written", "years"),
    [
        *(("25 años", "25"), ("Aprox. 25", "25"), ("aproximadamente 25 años", "25"), ("~25", "25")),
        *(("25 years old", "25"), ("about 25", "25"), ("30 y/o", "30"), ("7 a.", "7")),
        *(("18 meses", "1"), ("6 MESES", "0"), ("1 mes", "0"), ("24 months", "2")),
    ],
)
def test_an_age_may_be_written_as_people_speak(written, years):
    (maker,) = makers_of(recipe({"age": "a"}), dataset())
    assert maker.make(written) == Made(years)


@pytest.mark.parametrize("written", ["25-30", "veinte", "25 o 30 años", "22,5 años", "2500 años"])
def test_what_is_no_single_age_is_none(written):
    (maker,) = makers_of(recipe({"age": "a"}), dataset())
    assert maker.make(written).problem == "not-a-number"


def test_words_beside_other_numbers_are_no_number():
    (maker,) = makers_of(recipe({"debt": "d"}), dataset())
    assert maker.make("25 años").problem == "not-a-number"


@pytest.mark.parametrize(
    ("written", "made"),
    [("none", "none"), ("NÓNE", "none"), ("anonymized", "aggregate"), ("sí", "pseudonymized")],
)
def test_a_consent_that_the_file_names_is_never_raised_or_lost(written, made):
    codes = {"nóne": "pseudonymized", "anonymized": "aggregate", "sí": "pseudonymized"}
    makers = {
        one.name: one
        for one in makers_of(recipe({"consent": {"from": "c", "codes": codes}}), dataset())
    }
    assert makers["consent"].make(written).text == made

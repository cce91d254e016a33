from __future__ import annotations

from policies.recipes.folding import fold_name, fold_word
from policies.recipes.values import NOTHING, Made
from policies.recipes.words import MISSING, NO, YES, words_of


def test_words_are_one_without_capitals_accents_and_blanks():
    assert fold_word("  Explotación   SEXUAL ") == fold_word("explotacion sexual")
    assert fold_word("AÑO") == "ano"
    assert fold_name("N.º de  Caso") == fold_name("nº_de_caso")
    assert fold_word("\u0130stanbul") == "istanbul"


def test_words_of_a_language_nobody_listed_are_those_of_all():
    assert words_of(YES, "es") < words_of(YES, None) == words_of(YES, "fr")
    assert not words_of(YES, None) & words_of(NO, None)
    listed = words_of(MISSING, None) | words_of(YES, None) | words_of(NO, None)
    assert listed == {fold_word(word) for word in listed}


def test_a_word_is_found_in_the_table_then_among_the_datasets_codes(make):
    rule = {"codes": {"Laboral": "ForcedLabour", "Sexual": "Other", "?": None}}
    assert make("harm", rule, "laboral").text == "ForcedLabour"
    assert make("harm", rule, " LABORAL ").text == "ForcedLabour"
    assert make("harm", rule, "Sexual").text == "Other"
    assert make("harm", rule, "forcedlabour").text == "ForcedLabour"
    assert make("harm", rule, "?") == NOTHING


def test_an_unknown_word_stays_as_it_came_and_is_for_deciding(make):
    assert make("harm", {}, "Trata") == Made("Trata", unmapped=("Trata",))
    assert make("harm", {"otherwise": "Other"}, "Trata") == Made("Other")
    assert make("country", {}, "EEUU y otros") == Made("EEUU y otros", unmapped=("EEUU y otros",))
    assert make("country", {}, "MX") == Made("MX")
    assert make("zip", {}, "??") == Made("??")


def test_where_anything_may_stand_the_table_is_for_exceptions(make):
    assert make("zip", {"codes": {"sin": None}}, "Sin") == NOTHING
    assert make("zip", {"codes": {"sin": None}}, "02139") == Made("02139")
    assert make("zip", {"codes": {"sin": None}, "otherwise": "0"}, "02139") == Made("0")


def test_words_that_fold_into_one_another_count_as_they_are_written(make):
    rule = {"codes": {"si": "Other", "sí": "Sexual"}}
    assert make("harm", rule, "si").text == "Other"
    assert make("harm", rule, "sí").text == "Sexual"
    assert make("harm", rule, "SI").unmapped == ("SI",)


def test_yes_and_no_are_truths_of_a_boolean_column(make):
    assert [make("minor", "x", word).text for word in ("Sí", "NO", "x", "Falso", "1.0")] == [
        *("true", "false", "true", "false", "true"),
    ]
    assert make("minor", "x", "tal vez").unmapped == ("tal vez",)


def test_several_codes_of_a_cell_are_told_apart_and_named_once(make):
    rule = {"separator": "/", "codes": {"Deudas": "Debt", "Amenazas": "Threats"}}
    assert make("controls", rule, "deudas / amenazas/Deudas/ -99/").text == "Debt;Threats"
    assert make("controls", rule, "N/D") == NOTHING
    assert make("controls", rule, "Debt/Golpes") == Made("Debt;Golpes", unmapped=("Golpes",))
    assert make("controls", "x", "threats;debt").text == "Threats;Debt"
    assert make("controls", {"separator": "/"}, "-99/-99") == NOTHING


def test_a_word_with_a_problem_takes_none_of_the_others_away(make):
    rule = {"levels": [{"from": 1, "code": "Debt"}, {"from": 2, "code": "Threats"}]}
    assert make("controls", rule, "2;0;1") == Made("Threats;Debt", "unmapped-code", ("0",))

"""What single columns of a draft become: flags, ages, names, numbers, spellings of one concept."""

from __future__ import annotations

import pytest

from policies.documents import parse_dataset
from policies.reasons import Reason
from policies.recipes.kinds import date_orders, decimal_mark
from policies.recipes.matching import Match, assign, ties
from tests.drafted import columns_of, drafted, targets, template

CASES = template("htcds-cases")
OWN = parse_dataset(
    {
        "dataset": "own",
        "privacy_unit": "row",
        "consent": "assumed",
        "consent_basis": "made up",
        "columns": {
            "born": {"type": "date", "role": "insensitive", "label": {"en": "Date of birth"}},
            "came": {"type": "date", "role": "insensitive", "label": {"es": "Fecha de ingreso"}},
            "age": {"type": "integer", "role": "insensitive"},
            "debt": {"type": "decimal", "role": "insensitive", "scale": 2},
            "smokes": {"type": "boolean", "role": "insensitive"},
        },
    }
)
DAYS = ("25/03/1990", "26/04/1991")
YES_NO = ("Sí", "No")


def rules(draft):
    return {question.rule for question in draft.questions}


@pytest.mark.parametrize(
    "header", ["MethodsOfControlDebtBondage", "DebtBondage", "meansOfControlDebtBondage"]
)
def test_three_spellings_of_one_concept_are_one_code(header):
    draft = drafted(template("htcds-ctdc"), columns_of({header: ("1", "0", "-99")}))
    rule = draft.recipe.columns["vic_MethodsOfControl"]
    assert rule.flags == {header: "DebtBondage"}
    assert rule.missing == ("-99",)


def test_flags_of_a_column_that_another_one_is_are_left():
    draft = drafted(
        CASES, columns_of({"Medios de control": ("Deudas", "Amenazas"), "Amenazas": YES_NO})
    )
    assert targets(draft) == {"Medios de control": {"vic_MethodsOfControl"}}
    assert draft.unused == ("Amenazas",)


def test_flags_go_before_a_column_that_only_looks_like_theirs():
    alike = ("Medios de contro", "Medios de contrl")
    values = {**dict.fromkeys(alike, ("Deudas", "zzz")), "Amenazas": YES_NO, "Engaño": YES_NO}
    draft = drafted(CASES, columns_of(values))
    assert {*draft.recipe.columns["vic_MethodsOfControl"].flags} == {"Amenazas", "Engaño"}
    assert draft.unused == alike
    assert "draft-equally-likely" not in rules(draft)


def test_a_yes_or_no_about_nothing_known_is_no_flag():
    draft = drafted(CASES, columns_of({"Fuma": YES_NO, "Deudas": YES_NO}))
    assert draft.unused == ("Fuma",)


def test_an_age_is_counted_where_there_is_none():
    draft = drafted(OWN, columns_of({"F. Nac.": DAYS, "Fecha de ingreso": DAYS}))
    age = draft.recipe.columns["age"].age
    assert (age.birth, age.on) == ("F. Nac.", "Fecha de ingreso")
    assert "draft-check-age" in rules(draft)
    told = drafted(OWN, columns_of({"F. Nac.": DAYS, "Fecha de ingreso": DAYS, "Edad": ("30",)}))
    assert told.recipe.columns["age"].source == "Edad"
    assert "age" not in drafted(OWN, columns_of({"F. Nac.": DAYS})).recipe.columns


def test_whole_names_stay_together_beside_a_given_name():
    values = {"Nombre completo": ("Ana Cruz", "Luz Gil"), "Nombre": ("Ana", "Luz")}
    draft = drafted(CASES, columns_of(values))
    assert draft.recipe.columns["prs_FirstName"].source == "Nombre"
    assert draft.unused == ("Nombre completo",)


def test_truths_and_numbers_of_own_columns_are_read():
    draft = drafted(OWN, columns_of({"smokes": YES_NO, "debt": ("1.500,50", "2,25")}))
    assert {*draft.recipe.columns} == {"smokes", "debt"}
    assert draft.recipe.file.numbers == "comma"


def test_marks_and_orders_that_tell_nothing_are_none():
    assert decimal_mark(("1,5", "1.5")) is None
    assert decimal_mark(("1.5", "2.5", "2,5")) == "point"
    assert date_orders(("2024-03-05", "05/03/2024", "3/25/2024", "x")) == {
        "year-month-day": 1,
        "month-day-year": 1,
    }


def test_words_to_decide_come_once_the_most_frequent_spelling_first():
    words = [*["Peonaje"] * 2, *["PEONAJE"] * 3, "x" * 300, "Deudaz", *["Deudas"] * 9]
    draft = drafted(CASES, columns_of({"Medios de control": words}))
    told = [(one.word, one.count, one.nearest) for one in draft.undecided]
    assert told[0] == ("PEONAJE", 5, None)
    assert told[1][:2] == ("Deudaz", 1)
    assert told[1][2] == "DebtBondage"
    assert len(told) == 2


def match(header, column, confidence):
    return Match(header, column, confidence, Reason("draft-same-name", {}))


def test_equal_pairs_leave_each_other_something():
    found = [match("a", "x", 0.9), match("b", "x", 0.9), match("a", "y", 0.9)]
    assigned = assign(found)
    assert {column: one.header for column, one in assigned.items()} == {"x": "b", "y": "a"}
    assert list(ties(found, assigned)) == []


def test_a_better_pair_goes_before_any_choice_of_others():
    found = [
        match("a", "x", 0.95),
        match("b", "x", 0.9),
        match("a", "y", 0.9),
        match("b", "y", 0.4),
    ]
    assert {column: one.header for column, one in assign(found).items()} == {"x": "a"}


def test_two_headers_that_fit_equally_well_are_asked_about():
    values = {"Gender": ("Mujer", "Hombre"), "Género": ("Mujer", "Hombre")}
    draft = drafted(CASES, columns_of(values))
    (asked,) = (one for one in draft.questions if one.rule == "draft-equally-likely")
    assert draft.recipe.columns["prs_Gender"].source == asked.params["header"]
    assert draft.unused == (asked.params["other"],)
    assert {asked.params["header"], asked.params["other"]} == {*values}

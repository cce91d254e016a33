"""Packs, periods, words and places: the small parts of a report."""

from __future__ import annotations

import re
from datetime import date

import pytest

from gateway.publishing.documents import in_language, parse_pack
from gateway.publishing.drawings.places import world_of
from gateway.publishing.naming import Names, words
from gateway.publishing.periods import is_time, last_day, last_whole
from gateway.publishing.reports import shipped_pack, shipped_packs
from gateway.publishing.series import Cell, Series, added_up, pairs
from policies.documents.base import DocumentError
from tests.answering import STATES

TABLE = "tables:\n  - {table: a, title: A, group_by: [exploitation]}\n"
HEAD = "pack: mine\ntitle: Mine\n"


def problems(text):
    with pytest.raises(DocumentError) as caught:
        parse_pack(text)
    return {problem.rule for problem in caught.value.problems}


def test_the_shipped_packs_are_packs():
    assert shipped_packs() == ["hot-spots", "typology"]
    for name in shipped_packs():
        pack = shipped_pack(name)
        assert pack.pack == name
        for text in (pack.title, pack.about, *(table.title for table in pack.tables)):
            assert set(text) == {"en", "es"}


def test_a_pack_s_parts_are_read():
    pack = parse_pack(HEAD + "epsilon: 1\n" + TABLE)
    assert pack.tables[0].measures == ("count_people",)
    assert in_language(pack.title, "es") == "Mine"
    assert in_language({}, "es") == ""


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (HEAD + TABLE, "exactly-one-of"),
        (HEAD + "epsilon: 1\nrho: 1\n" + TABLE, "exactly-one-of"),
        (HEAD + "epsilon: 0\n" + TABLE, "must-be-above"),
        (HEAD + "epsilon: 1\n", "missing-key"),
        (HEAD + "epsilon: 1\ntables: []\n", "must-not-be-empty"),
        (HEAD + "epsilon: 1\ncolour: red\n" + TABLE, "unknown-key"),
        (HEAD + "epsilon: 1\n" + TABLE + "  - {table: a, title: B}\n", "named-twice"),
        (
            HEAD + "epsilon: 1\ntables:\n  - {table: a, title: A, group_by: [$x]}\n",
            "pack-parameter-undeclared",
        ),
        (
            HEAD + "epsilon: 1\ntables:\n  - {table: a, title: A, measures: [all]}\n",
            "pack-measure-unknown",
        ),
        (
            HEAD + "epsilon: 1\ntables:\n  - {table: a, title: A, group_by: [':x']}\n",
            "not-understood",
        ),
        (
            HEAD + "epsilon: 1\ntables:\n  - {table: a, title: A, marks: rises, group_by: [x]}\n",
            "pack-marks-need-keys",
        ),
        (
            HEAD + "epsilon: 1\ntables:\n  - {table: a, title: A, marks: rises, group_by: [x, y],"
            " measures: ['sum:debt']}\n",
            "pack-marks-need-counts",
        ),
        (
            HEAD + "epsilon: 1\ntables:\n  - {table: a, title: A, marks: patterns, totals: true,"
            " group_by: [x, y]}\n",
            "pack-marks-need-counts",
        ),
        ("- a list\n", "expected-mapping"),
    ],
)
def test_what_is_wrong_with_a_pack_is_said(text, rule):
    assert rule in problems(text)


def test_every_language_says_the_same():
    english, spanish = words("en"), words("es")
    assert english.keys() == spanish.keys()
    for name, text in english.items():
        assert (
            re.findall(r"\{(\w+)\}", text).sort() == re.findall(r"\{(\w+)\}", spanish[name]).sort()
        )
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", spanish[name]))


def test_codes_are_said_in_words():
    names = Names("en", {"state": "State"})
    assert names.form("ForcedLabour") == "Forced labour"
    assert names.form("A_AgricultureForestryAndFishing") == "A: Agriculture forestry and fishing"
    assert names.form("CA") == "CA"
    assert names.form("2024-Q1") == "2024-Q1"
    assert names.form("null") == "no value"
    assert names.column("state") == "State"
    assert names.measured("sum:wage_debt") == "sum of wage_debt"
    assert names.measured("quantile:age:0.25") == "quantile of age: 0.25"
    assert names.measured("unheard_of") == "unheard_of"
    assert names.number(1234) == "1,234"
    assert Names("es", {}).number(1234567) == "1.234.567"
    assert Names("es", {}).number(1234.5) == "1.234,50"


@pytest.mark.parametrize(
    ("form", "day"),
    [
        ("2024", date(2024, 12, 31)),
        ("2024-Q1", date(2024, 3, 31)),
        ("2024-Q4", date(2024, 12, 31)),
        ("2024-02", date(2024, 2, 29)),
        ("2024-12", date(2024, 12, 31)),
        ("2024-W01", date(2024, 1, 7)),
        ("2024-03-05", date(2024, 3, 5)),
    ],
)
def test_a_period_has_a_last_day(form, day):
    assert is_time([form, "null", "other"])
    assert last_day(form) == day


def test_only_whole_periods_are_shown():
    forms = ["2025-Q4", "2026-Q1", "null", "2025-Q3", "2026-Q2"]
    assert last_whole(forms, 2, date(2026, 3, 30)) == ["2025-Q3", "2025-Q4"]
    assert last_whole(forms, 2, date(2026, 3, 31)) == ["2025-Q4", "2026-Q1"]
    assert last_whole(forms, None, date(2030, 1, 1))[-1] == "2026-Q2"
    assert not is_time(["null"])
    assert not is_time(["2024", "CA"])


def test_places_are_known_by_their_forms():
    assert world_of([*STATES, "null", "other"]) == "us-states"
    assert world_of(["US", "MX", "GT", "HN", "PH", "IN", "SG", "MT"]) == "countries"
    assert world_of(["CA", "TX"]) is None
    assert world_of([f"2024-Q{n}" for n in range(20)]) is None


def counts(forms, width=6):
    return {form: Cell(n, n - width, n + width) for n, form in enumerate(forms)}


def test_sums_of_noisy_cells_have_wider_intervals_and_no_totals():
    forms = [("a", "x"), ("a", "y"), ("b", "x"), ("b", "y"), ("a", "*"), ("b", "*")]
    series = Series("count_people", ("k", "l"), counts(forms), "discrete laplace")
    total = added_up(series, [0])
    assert total.keys == ("k",)
    assert total.added_up
    assert {forms: cell.value for forms, cell in total.cells.items()} == {("a",): 1, ("b",): 5}
    assert 6 < total.cells["a",].high - 1 < 12


def test_what_has_no_common_noise_is_not_added_up():
    cells = {("a", "x"): Cell(1, 0, 5), ("a", "y"): Cell(2, 1, 3)}
    assert added_up(Series("count_people", ("k", "l"), cells, "m"), [0]) is None
    assert pairs(Series("count_people", ("k", "l"), cells, "m")) == []
    halves = {("a", "x"): Cell(1.5, 1.0, 2.0)}
    assert added_up(Series("mean:debt", ("k", "l"), halves, "m"), [0]) is None

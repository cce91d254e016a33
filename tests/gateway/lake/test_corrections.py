"""Corrections: proposed, done where they were accepted, and shown to their giver alone."""

import itertools
import json
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.lake import corrections as corrections_module
from gateway.lake.corrections import ALL_KINDS, Corrections
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.readers import declared_columns, open_source
from gateway.lake.records import Submission
from policies.documents import parse_dataset
from tests.gateway.lake.conftest import TODAY

ZONE = ZoneInfo("UTC")
DATASET = """
dataset: hotline-cases
privacy_unit: row
columns:
  seen:    {type: date,    role: insensitive}
  born:    {type: date,    role: insensitive}
  age:     {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  debt:    {type: decimal, role: insensitive, scale: 2}
  harm:    {type: string,  role: sensitive, codes: [ForcedLabour, Other]}
  state:   {type: string,  role: quasi_identifier, ladder: us-state}
  phone:   {type: string,  role: direct_identifier, domain: phone, normalize: e164}
  name:    {type: string,  role: direct_identifier, domain: name}
  town:    {type: string,  role: insensitive}
  story:   {type: string,  role: free_text}
  consent: {type: string,  role: consent}
quality:
  - rule: age-fits
    severity: warning
    consistent: {age: age, birth: born, "on": seen}
"""
HEADER = "seen;born;age;debt;harm;state;phone;name;town;story;consent"
GOOD = "2024-03-05;1994-01-01;30;10.50;Other;CA;+525512345678;Ana;Lima;said;anonymized"
DIRTY = (
    "31/12/2024;1994-13-01;300;10,5;forced labour;Californa;0052 55 1234 5678;A  B;San  Jo;a  b;"
    "aggregat"
)
FIXED = {
    "seen": "2024-12-31",
    "born": "1994-01-13",
    "age": "30",
    "debt": "10.5",
    "harm": "ForcedLabour",
    "state": "CA",
    "phone": "+525512345678",
    "town": "San Jo",
}


@pytest.fixture
def document():
    return parse_dataset(DATASET)


def corrected(document, path, accepted=frozenset()):
    """Return the corrections of a file, and its rows as they leave."""
    made = Corrections(document, ZONE, accepted)
    batches = open_source(path, declared_columns(document)).batches()
    return made, [row for one in batches for row in made.take(one, path.name).cells.to_pylist()]


def written(folder, *lines, name="dirty.csv"):
    path = folder / name
    path.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    return path


def test_nothing_changes_until_it_is_accepted(document, tmp_path):
    path = written(tmp_path, GOOD, DIRTY)
    made, rows = corrected(document, path)
    assert [";".join(row.values()) for row in rows] == [GOOD, DIRTY]
    assert made.repaired.problems() == ()
    assert {row["column"]: row["to"] for row in made.as_rows()} == FIXED


def test_what_is_accepted_is_changed_and_counted_as_a_repair(document, tmp_path):
    made, rows = corrected(document, written(tmp_path, GOOD, DIRTY), ALL_KINDS)
    assert rows[0] == dict(zip(HEADER.split(";"), GOOD.split(";"), strict=True))
    assert rows[1] == {**rows[1], **FIXED}
    assert (rows[1]["consent"], rows[1]["name"], rows[1]["story"]) == ("aggregat", "A  B", "a  b")
    assert {(one.kind, one.column) for one in made.repaired.problems()} == {
        ("repair-date-order", "seen"),
        ("repair-day-and-month", "born"),
        ("repair-age-of-birth-date", "age"),
        ("repair-decimal-mark", "debt"),
        ("repair-spelling-form", "harm"),
        ("repair-place-name", "state"),
        ("repair-phone", "phone"),
        ("repair-blanks", "town"),
    }
    assert made.proposed.problems() == ()


def test_kinds_can_be_accepted_one_by_one(document, tmp_path):
    made, rows = corrected(document, written(tmp_path, DIRTY), frozenset({"blanks"}))
    assert rows[0]["town"] == "San Jo"
    assert rows[0]["debt"] == "10,5"
    assert [one.kind for one in made.repaired.problems()] == ["repair-blanks"]


def test_the_diff_names_file_row_column_and_both_values(document, tmp_path):
    made, _ = corrected(document, written(tmp_path, GOOD, GOOD.replace("10.50", "10,50")))
    assert made.as_rows() == [
        {
            "file": "dirty.csv",
            "row": 3,
            "column": "debt",
            "from": "10,50",
            "to": "10.50",
            "kind": "decimal-mark",
            "confidence": 0.9,
        }
    ]


def test_the_diff_has_an_end_and_the_count_has_none(document, tmp_path, monkeypatch):
    monkeypatch.setattr(corrections_module, "MOST_SHOWN", 5)
    made, _ = corrected(document, written(tmp_path, *[DIRTY] * 4))
    assert [row["row"] for row in made.as_rows()] == [2] * 5
    assert sum(one.count for one in made.proposed.problems()) > 20


def test_a_column_of_unknown_words_is_tried_only_so_far(document, tmp_path, monkeypatch):
    monkeypatch.setattr(corrections_module, "MOST_TRIED", 2)
    words = ("other", "OTHER", "Óther")
    made, _ = corrected(document, written(tmp_path, *[GOOD.replace("Other", w) for w in words]))
    assert [row["from"] for row in made.as_rows()] == ["other", "OTHER"]


def test_an_age_that_only_looks_odd_is_repaired_as_it_stands(document, tmp_path):
    made, _ = corrected(document, written(tmp_path, GOOD.replace(";30;", ";34,0;")))
    assert [(row["to"], row["kind"]) for row in made.as_rows()] == [("34", "decimal-mark")]


def test_more_dates_than_words_are_tried(document, tmp_path, monkeypatch):
    monkeypatch.setattr(corrections_module, "MOST_TRIED", 1)
    lines = [GOOD.replace("2024-03-05", f"{day}/12/2024") for day in range(13, 32)]
    made, _ = corrected(document, written(tmp_path, *lines))
    assert len(made.as_rows()) == 19


cells = st.sampled_from(
    [
        *("", "31/12/2024", "2024-31-12", "2024-03-05", "300", "-5", "10,5", "1.250"),
        *("forced labour", "Othr", "CA", "Californa", "0052 55 1234 5678", "a  b", "x"),
    ]
)


@settings(max_examples=40)
@given(lines=st.lists(st.lists(cells, min_size=11, max_size=11), min_size=1, max_size=4))
def test_accepting_twice_changes_nothing_more(tmp_path_factory, lines):
    document, folder = parse_dataset(DATASET), tmp_path_factory.mktemp("twice")
    path = written(folder, *(";".join(line) for line in lines))
    first, rows = corrected(document, path, ALL_KINDS)
    same, equal = corrected(document, path, ALL_KINDS)
    assert (same.as_rows(), equal) == (first.as_rows(), rows)
    again = written(
        folder, *(";".join(row[n] or "" for n in document.columns) for row in rows), name="2.csv"
    )
    second, unchanged = corrected(document, again, ALL_KINDS)
    assert unchanged == rows
    assert second.as_rows() == []


@pytest.fixture
def load_corrected(lake, vault, keys, document):
    """Load a file with what was accepted of its corrections."""
    numbers = itertools.count(1)

    def load(path, accepted):
        number = next(numbers)
        given = Submission(id=f"sub_{number}", sequence=number, today=TODAY, zone=ZONE)
        made = Corrections(document, ZONE, accepted)
        files = DataFiles((path,))
        return ingest(lake, vault, keys, document, files, given, corrections=made)

    return load


def test_a_load_reports_kinds_and_places_and_never_a_value(load_corrected, lake, tmp_path):
    path = written(tmp_path, GOOD, DIRTY)
    before = load_corrected(path, frozenset())
    assert before.rows_refused == 1
    assert {one.kind for one in before.proposals} > {"repair-blanks", "repair-phone"}
    after = load_corrected(path, ALL_KINDS)
    assert (after.rows_refused, after.proposals) == (0, ())
    assert after.score.points > before.score.points
    told = json.dumps([before.as_dict(), after.as_dict()])
    for value in (*DIRTY.split(";"), *FIXED.values()):
        assert json.dumps(value) not in told
    with lake.cursor() as cursor:
        stored = cursor.execute("SELECT age, debt, state FROM lake.hotline_cases").fetchall()
    assert stored == [(30, Decimal("10.50"), "CA")] * 3

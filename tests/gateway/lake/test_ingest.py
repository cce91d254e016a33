"""Ingest: all or nothing, updates by key, provenance and rank on every record."""

import json

import pytest

from gateway.errors import IngestError, LakeError
from gateway.lake import loading
from policies.documents import parse_dataset
from tests.gateway.lake.conftest import case_line as row
from tests.gateway.lake.conftest import kinds

TABLE = "lake.hotline_cases"


def test_a_load_reports_what_it_did(load, cases, rows):
    report = load(cases, [row("c1"), row("c2", "p2"), row("c3", "p2", age="200", exploitation="X")])
    assert (report.rows_read, report.accepted, report.updated, report.rows_refused) == (3, 3, 0, 0)
    assert kinds(report.warnings) == {"out-of-bounds": [4], "unknown-code": [4]}
    assert report.files[0].encoding == "utf-8"
    assert rows(f"SELECT count(*), count(DISTINCT weir_person) FROM {TABLE}") == [(3, 2)]
    assert json.loads(json.dumps(report.as_dict()))["accepted"] == 3


def test_records_that_can_not_be_read_are_refused_and_located_never_quoted(load, cases):
    report = load(
        cases,
        [
            row("c1"),
            row("c2", age="secret-age"),
            row("c3", ""),
            row("", "p4"),
            "too,short",
            row("c5", reported_on="31/12/2024", age="x"),
        ],
    )
    assert (report.rows_read, report.accepted, report.rows_refused) == (6, 1, 5)
    assert kinds(report.refused) == {
        "null-record-key": [5],
        "not-a-date": [7],
        "not-an-integer": [3, 7],
        "null-privacy-unit": [4],
        "ragged-row": [6],
    }
    assert "secret-age" not in json.dumps(report.as_dict())


def test_a_known_key_updates_its_record(load, cases, rows):
    load(cases, [row("c1", age="30"), row("c2", age="40")])
    report = load(cases, [row("C1 ", age="31"), row("c3")])
    assert (report.accepted, report.updated) == (2, 1)
    assert rows(f"SELECT age, weir_sequence FROM {TABLE} ORDER BY age, weir_sequence") == [
        (30, 2),
        (31, 2),
        (40, 1),
    ]


def test_the_first_of_two_rows_with_one_key_is_kept_and_the_later_refused(load, cases, rows):
    report = load(cases, [row("c1", age="30"), row("c1", age="99"), row("c2")])
    assert (report.accepted, report.rows_refused) == (2, 1)
    assert kinds(report.refused) == {"duplicate-key": [3]}
    assert rows(f"SELECT max(age) FROM {TABLE}") == [(30,)]


def test_several_files_are_one_submission(load, cases, rows, tmp_path):
    header = ",".join(cases.columns)
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for number, file in enumerate(files):
        file.write_text("\n".join([header, row("same"), row(f"c{number}")]) + "\n")
    report = load.files(cases, files)
    assert (report.rows_read, report.accepted) == (4, 3)
    assert report.refused[0].places[0].file == "b.csv"
    assert rows(f"SELECT DISTINCT weir_submission FROM {TABLE}") == [("sub_1",)]


def test_without_a_key_records_append(load, cases, rows):
    free = cases.model_copy(update={"record_key": ()})
    load(free, [row("c1"), row("c1")])
    load(free, [row("c1")])
    assert rows(f"SELECT count(*), count(DISTINCT weir_record) FROM {TABLE}") == [(3, 3)]


def test_the_same_submission_again_changes_nothing(load, cases, rows, tmp_path, vault):
    free = cases.model_copy(update={"record_key": ()})
    file = tmp_path / "again.csv"
    lines = [",".join(cases.columns), row("c1", narrative="told"), row("c2")]
    file.write_text("\n".join(lines))
    everything = f"SELECT * EXCLUDE weir_sequence FROM {TABLE} ORDER BY weir_record"
    load.files(free, [file], submission="sub_x")
    before = rows(everything)
    load.files(free, [file], submission="sub_x")
    assert rows(everything) == before
    texts = vault._connection.execute("SELECT value FROM vault.texts").fetchall()
    assert texts == [("told",)]


def test_replace_removes_what_the_same_giver_gave_before_and_no_more(load, cases, rows):
    load(cases, [row("c1"), row("c2")])
    load(cases, [row("c1"), row("c9")], contributor="shelter")
    report = load(cases, [row("c3")], mode="replace")
    assert (report.accepted, report.updated) == (1, 0)
    assert rows(f"SELECT weir_contributor, count(*) FROM {TABLE} GROUP BY ALL ORDER BY ALL") == [
        ("", 1),
        ("shelter", 2),
    ]


def test_a_contributor_s_key_never_touches_another_s_record(load, cases, rows):
    load(cases, [row("c1", age="30")])
    report = load(cases, [row("c1", age="60")], contributor="shelter")
    assert report.updated == 0
    assert rows(f"SELECT age, weir_contributor FROM {TABLE} ORDER BY age") == [
        (30, ""),
        (60, "shelter"),
    ]


def test_every_person_has_ranks_from_one_on_and_they_stay(load, cases, rows):
    ranks = f"SELECT hex(weir_record), weir_rank FROM {TABLE} ORDER BY weir_rank"
    load(cases, [row(f"c{n}") for n in range(6)] + [row("other", "p2")])
    mine = f"SELECT hex(weir_record), weir_rank FROM {TABLE} WHERE age = 30 ORDER BY ALL"
    before = dict(rows(mine))
    assert sorted(before.values()) == [1, 1, 2, 3, 4, 5, 6]
    load(cases, [row("c2"), *(row(f"c{n}") for n in range(6, 9))])
    after = dict(rows(ranks))
    assert before.items() <= after.items()
    assert sorted(after.values()) == [1, 1, 2, 3, 4, 5, 6, 7, 8, 9]


def test_a_record_that_changes_its_person_follows_that_person_s_records(load, cases, rows):
    load(cases, [row("c1", "p1"), row("c2", "p2"), row("c3", "p2")])
    load(cases, [row("c1", "p2", age="77")])
    assert rows(f"SELECT weir_rank FROM {TABLE} WHERE age = 77") == [(3,)]


def test_rank_order_is_keyed_not_the_file_s(load, cases, rows):
    load(cases, [row(f"c{n}", age=str(n)) for n in range(40)])
    by_rank = [age for (age,) in rows(f"SELECT age FROM {TABLE} ORDER BY weir_rank")]
    assert sorted(by_rank) == list(range(40))
    assert by_rank != list(range(40))


def test_each_row_may_be_one_person(load, rows):
    survey = parse_dataset(
        {
            "dataset": "survey",
            "privacy_unit": "row",
            "consent": "assumed",
            "consent_basis": "published",
            "columns": {"age": {"type": "integer", "role": "insensitive"}},
        }
    )
    load(survey, ["30", "30"], header="age")
    assert rows("SELECT count(DISTINCT weir_person), max(weir_rank) FROM lake.survey") == [(2, 1)]


@pytest.mark.parametrize(
    ("cells", "accepted"),
    [
        ({}, True),
        ({"funding": "VAWA"}, False),
        ({"funding": "local; voca", "consent_ends": "2027-01-01"}, False),
        ({"funding": "vawa", "share_with": "ngo", "share_for": "research"}, False),
        (
            {
                "funding": "vawa",
                "share_with": "ngo",
                "share_for": "research",
                "consent_ends": "2027-01-01",
            },
            True,
        ),
        (
            {
                "funding": "vawa",
                "share_with": "ngo",
                "share_for": "research",
                "consent_ends": "2026-01-15",
            },
            False,
        ),
        (
            {
                "funding": "vawa",
                "share_with": "ngo",
                "share_for": "research",
                "consent_ends": "2027-01-01",
                "consent": "none",
            },
            False,
        ),
    ],
)
def test_restricted_records_need_written_scoped_ending_consent_to_be_handed_over(
    load, cases, cells, accepted
):
    lines = [row("c1", **cells), row("c2", "p2")]
    report = load(cases, lines, contributor="shelter")
    assert report.accepted == (2 if accepted else 1)
    assert kinds(report.refused) == ({} if accepted else {"restricted-funding": [2]})
    assert load(cases, lines).accepted == 2  # in its operator's own home


def test_a_refused_file_loads_nothing_and_its_report_says_why(load, cases, rows, tmp_path, vault):
    load(cases, [row("c1")])
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_text("\n".join([",".join(cases.columns), row("c2", "planted")]) + "\n")
    bad.write_text("\n".join([",".join(cases.columns), row("c3", '"open')]) + "\n")
    with pytest.raises(IngestError) as caught:
        load.files(cases, [good, bad])
    assert caught.value.report.problems[0].rule == "unclosed-quote"
    assert rows(f"SELECT count(*) FROM {TABLE}") == [(1,)]
    assert not vault._connection.execute(
        "SELECT * FROM vault.identifiers WHERE value = 'planted'"
    ).fetchall()


@pytest.mark.parametrize("mode", ["append", "replace"])
def test_a_load_that_brings_nothing_is_refused_and_empties_nothing(load, cases, rows, mode):
    load(cases, [row("c1")])
    for lines in ([], [row("c2", "")]):
        with pytest.raises(IngestError) as caught:
            load(cases, lines, mode=mode)
        assert caught.value.report.problems[0].rule == "nothing-accepted"
    assert rows(f"SELECT count(*) FROM {TABLE}") == [(1,)]


def test_a_transaction_that_fails_leaves_lake_and_vault_as_they_were(  # noqa: PLR0917 - fixtures
    load, cases, rows, vault, monkeypatch, lake
):
    load(cases, [row("c1", age="30")])

    def break_off(work):
        raise LakeError("broken off")

    monkeypatch.setattr(loading, "_note", break_off)
    with pytest.raises(LakeError, match="broken off"):
        load(cases, [row("c1", "someone-else", age="99")])
    assert rows(f"SELECT age FROM {TABLE}") == [(30,)]
    assert lake.committed_submissions() == {"sub_1"}
    assert vault._unsettled() == []
    assert not vault._connection.execute(
        "SELECT * FROM vault.identifiers WHERE value = 'someone-else'"
    ).fetchall()


def test_two_spellings_of_a_person_are_one(load, cases, rows):
    load(cases, [row("c1", "María  López"), row("c2", "maría lópez")])
    assert rows(f"SELECT count(DISTINCT weir_person) FROM {TABLE}") == [(1,)]


def test_a_phone_that_is_none_is_kept_and_named(load, rows):
    calls = parse_dataset(
        {
            "dataset": "calls",
            "privacy_unit": "phone",
            "consent": "assumed",
            "consent_basis": "published",
            "columns": {
                "phone": {
                    "type": "string",
                    "role": "direct_identifier",
                    "domain": "phone",
                    "normalize": "e164",
                    "region": "US",
                }
            },
        }
    )
    report = load(calls, ["(202) 555-0143", "+1 202 555 0143", "unknown"], header="phone")
    assert kinds(report.warnings) == {"not-e164": [4]}
    assert rows("SELECT count(DISTINCT weir_person) FROM lake.calls") == [(2,)]


def test_progress_is_told_in_rows(lake, vault, keys, cases, load, tmp_path):  # noqa: PLR0917 - fixtures
    from datetime import date
    from zoneinfo import ZoneInfo

    from gateway.lake.ingest import DataFiles, ingest
    from gateway.lake.records import Submission

    file = tmp_path / "f.csv"
    file.write_text("\n".join([",".join(cases.columns), row("c1"), row("c2")]) + "\n")
    told = []
    given = Submission("sub_1", 1, date(2026, 1, 1), ZoneInfo("UTC"))
    ingest(lake, vault, keys, cases, DataFiles((file,)), given, told.append)
    assert told[-1] == 2

"""Statements: a withdrawal stays, whatever becomes of the row that said it."""

from datetime import date

import pyarrow as pa
import pytest

from gateway.errors import IngestError, LakeError
from gateway.lake import loading
from gateway.lake.connection import Lake
from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.standing import count_no_longer_permitted, earliest_end
from policies.consent import ConsentRules, ContributorTerms, Recipient
from tests.gateway.lake.conftest import case_line, kinds

TODAY = date(2026, 1, 15)
PRODUCT = Product("anonymized", Recipient("ngo", "research", TODAY))
TERMS = dict.fromkeys(("shelter", "oak"), ContributorTerms())
SAID = "SELECT sequence, consent, ends, refused FROM lake.weir.statements ORDER BY ALL"


def row(case, person="p1", consent="pseudonymized", **cells):
    return case_line(case, person, consent=consent, **cells)


@pytest.fixture
def permitted(lake, cases):
    """Return a function: the ages of the records that may leave as of a snapshot."""

    def ages(snapshot=None, document=cases):
        at = snapshot or lake.dataset_snapshot(document.dataset)
        with lake.engine() as backend:
            records = read_snapshot(backend, lake, document, at)
            said = read_statements(backend, lake, document, at)
            terms = Terms(ConsentRules.of(document), TERMS)
            judged = judge(backend, records, said, document, terms, PRODUCT)
            left = judged.filter(judged.weir_rule == PERMITTED).select("age")
            return sorted(backend.to_pyarrow(left)["age"].to_pylist())

    return ages


def test_a_withdrawal_outlives_an_update_with_a_blank(load, cases, permitted):
    load(cases, [row("c1", age="20"), row("c2", age="21")])
    load(cases, [row("c2", consent="none", age="21")])
    assert permitted() == []
    load(cases, [row("c2", consent="", age="22")])
    assert permitted() == []


def test_a_withdrawal_outlives_a_replacement_of_its_record(load, cases, permitted):
    load(cases, [row("c1", age="20"), row("c2", "p2", age="60")])
    load(cases, [row("s1", consent="none")], contributor="shelter")
    assert permitted() == [60]
    load(cases, [row("s2", "p3", age="70")], contributor="shelter", mode="replace")
    assert permitted() == [60, 70]


@pytest.mark.parametrize("end", ["soon", "31/12/2027", "2027-02-30", "20\0"])
@pytest.mark.parametrize("consent", ["none", "pseudonymized"])
def test_an_end_that_can_not_be_read_has_come(load, cases, permitted, rows, end, consent):  # noqa: PLR0917 - fixtures
    load(cases, [row("c1", age="20")])
    report = load(cases, [row("c2", consent=consent, age="21", consent_ends=end)])
    assert (report.accepted, report.rows_refused) == (1, 0)
    assert kinds(report.warnings) == {"consent-end-unreadable": [2]}
    assert permitted() == []
    assert rows(SAID)[1] == (2, consent, date.min, False)


def test_an_end_that_can_be_read_is_kept_as_it_is(load, cases, permitted, rows):
    report = load(cases, [row("c1", age="20", consent_ends="2027-12-31")])
    assert not report.warnings
    assert permitted() == [20]
    assert rows(SAID) == [(1, "pseudonymized", date(2027, 12, 31), False)]


@pytest.mark.parametrize(
    "cells",
    [
        {"age": "old"},
        {"case_id": ""},
        {"reported_on": "31/12/2024"},
        {"state": "C\0A"},
        {"consent": "none\0"},
        {"consent": "n" * 1_100_000},
    ],
)
def test_a_refused_row_takes_back_what_its_person_allowed(load, cases, permitted, cells):
    load(cases, [row("c1", age="20"), row("c2", "p2", age="60")])
    report = load(cases, [row("c1", **{"consent": "none", **cells}), row("c3", "p3", age="70")])
    assert report.rows_refused == 1
    assert kinds(report.warnings)["statement-kept"] == [2]
    assert permitted() == [60, 70]


def test_a_refused_row_gives_nothing_back(load, cases, permitted, rows):
    load(cases, [row("c1", age="20")])
    load(cases, [row("c9", consent="none")])
    load(cases, [row("c1", age="old"), row("c8", "p2", age="60")])
    assert permitted() == [60]
    assert rows(SAID)[-1] == (3, "pseudonymized", None, True)
    load(cases, [row("c1", age="20")])  # the control: the corrected row does
    assert permitted() == [20, 60]


def test_a_withdrawal_alone_is_taken_though_its_row_is_refused(load, cases, permitted, rows):
    load(cases, [row("c1", age="20")])
    report = load(cases, [row("c2", consent="none", age="old")])
    assert (report.accepted, report.rows_refused) == (0, 1)
    assert permitted() == []
    assert rows("SELECT count(*) FROM lake.hotline_cases") == [(1,)]


def test_a_replacement_without_a_record_is_refused_whatever_its_rows_say(load, cases, rows):
    load(cases, [row("c1", age="20")])
    with pytest.raises(IngestError):
        load(cases, [row("c2", consent="none", age="old")], mode="replace")
    assert rows("SELECT count(*) FROM lake.hotline_cases") == [(1,)]


def test_the_later_row_of_a_key_takes_back_too(load, cases, permitted):
    load(cases, [row("c0", "p2", age="60", consent="none"), row("c1", age="20")])
    report = load(cases, [row("c2", "p3", age="70"), row("c2", consent="none"), row("c2", "p2")])
    assert kinds(report.warnings) == {"statement-kept": [3, 4]}
    assert permitted() == [70]  # p1 took back; what p2 gave came with a row that was refused


def test_rows_that_say_nothing_or_are_nobody_s_are_no_statement(load, cases, rows):
    load(cases, [row("c1"), row("c2", consent=" "), row("c3", ""), row("c4", "", "none")])
    assert rows(SAID) == [(1, "pseudonymized", None, False)]


def test_of_several_in_one_submission_the_strictest_and_earliest_is_kept(load, cases, rows):
    load(
        cases,
        [
            row("c1", consent="anonymized", consent_ends="2027-01-01"),
            row("c2", consent="PSEUDONYMIZED", consent_ends="2026-06-01"),
            row("c3", "p2", "perhaps"),
        ],
    )
    assert rows(SAID) == [
        (1, "anonymized", date(2026, 6, 1), False),
        (1, "none", None, False),
    ]


def test_a_newer_statement_gives_what_an_older_took_back(load, cases, permitted):
    load(cases, [row("c1", age="20"), row("c2", consent="none", age="21")])
    load(cases, [row("c3", age="22")])
    assert permitted() == [20, 22]


def test_a_withdrawal_is_lifted_by_whoever_recorded_it_alone(load, cases, permitted):
    load(cases, [row("c1", age="20")])
    load(cases, [row("s1", consent="none", age="21")], contributor="shelter")
    load(cases, [row("o1", age="22")], contributor="oak")
    load(cases, [row("c1", age="23")])
    assert permitted() == []
    load(cases, [row("s1", age="24")], contributor="shelter")
    assert permitted() == [22, 23, 24]


def test_a_refused_row_counts_until_its_own_contributor_says_otherwise(load, cases, permitted):
    load(cases, [row("c1", age="20")])
    load(cases, [row("s1", consent="none", age="old")], contributor="shelter")
    load(cases, [row("c1", age="21")])
    assert permitted() == []
    load(cases, [row("s1", age="22")], contributor="shelter")
    assert permitted() == [21, 22]


def test_where_each_row_is_a_person_a_replaced_record_s_statement_stays(load, cases, permitted):
    survey = cases.model_copy(update={"privacy_unit": "row"})
    load(survey, [row("c1", age="20"), row("c2", age="21")])
    load(survey, [row("c1", consent="none")])
    load(survey, [row("c2", age="21")], mode="replace")
    load(survey, [row("c1", consent="", age="20")])
    assert permitted(document=survey) == [21]


def test_statements_are_read_at_the_snapshot_of_the_records(load, cases, permitted):
    before = load(cases, [row("c1", age="20")]).snapshot
    load(cases, [row("c2", consent="none")])
    assert (permitted(before), permitted()) == ([20], [])


def test_statements_of_a_load_that_breaks_off_are_not_there(load, cases, rows, monkeypatch):
    load(cases, [row("c1")])

    def break_off(work):
        raise LakeError("broken off")

    monkeypatch.setattr(loading, "_note", break_off)
    with pytest.raises(LakeError, match="broken off"):
        load(cases, [row("c2", consent="none")])
    assert len(rows(SAID)) == 1


def test_statements_of_another_dataset_count_there_alone(load, cases, permitted):
    other = cases.model_copy(update={"dataset": "other-cases"})
    load(cases, [row("c1", age="20")])
    load(other, [row("c1", consent="none")])
    assert permitted() == [20]


def test_statements_are_there_after_the_lake_was_opened_again(load, cases, rows, lake, home, keys):  # noqa: PLR0917 - fixtures
    load(cases, [row("c1", consent="none")])
    before = rows(SAID)
    lake.close()
    opened = Lake.open(home, keys, threads=1)
    with opened.cursor() as cursor:
        assert cursor.execute(SAID).fetchall() == before
    opened.close()


def test_a_download_is_rechecked_against_withdrawals_whose_record_is_gone(load, cases, lake, rows):
    load(cases, [row("c1")])
    roots = rows("SELECT weir_person, weir_record FROM lake.hotline_cases")
    released = pa.table(
        {
            "identity": pa.array([person for person, _ in roots], pa.binary(16)),
            "record": pa.array([record for _, record in roots], pa.binary(16)),
        }
    )
    terms = Terms(ConsentRules.of(cases), TERMS)
    recheck = lambda: count_no_longer_permitted(lake, cases, released, PRODUCT, terms, "nobody")  # noqa: E731
    assert recheck() == 0
    load(cases, [row("s1", consent="none")], contributor="shelter")
    load(cases, [row("s2", "p2")], contributor="shelter", mode="replace")
    assert recheck() == 1
    load(cases, [row("c2")])
    load(cases, [row("o1")], contributor="oak")
    assert recheck() == 1
    load(cases, [row("s3")], contributor="shelter")
    assert recheck() == 0


def test_the_earliest_end_may_stand_in_a_statement_whose_record_is_gone(load, cases, lake):
    def earliest():
        with lake.engine() as backend:
            at = lake.dataset_snapshot(cases.dataset)
            records = read_snapshot(backend, lake, cases, at)
            said = read_statements(backend, lake, cases, at)
            people = records.filter(records.age == 20).select("weir_person")
            return earliest_end(backend, records, said, people, cases, TODAY)

    load(cases, [row("c1", age="20", consent_ends="2028-01-01")])
    load(cases, [row("s1", consent_ends="2026-03-01")], contributor="shelter")
    load(cases, [row("s2", "p2", consent_ends="2026-02-01")], contributor="shelter", mode="replace")
    assert earliest() == date(2026, 3, 1)
    load(cases, [row("c1", age="20", consent_ends="2027-01-01")])
    assert earliest() == date(2026, 3, 1)  # the shelter was told nothing new
    load(cases, [row("s3", consent_ends="2027-06-01")], contributor="shelter")
    assert earliest() == date(2027, 1, 1)

from __future__ import annotations

import pytest

from tests.policies.conftest import put


@pytest.fixture
def several(research):
    """The research policy with five records for one person."""
    research["extract"] |= {"max_records_per_person": 5, "sequence": ["reported_on", "state"]}
    return research


def test_several_records_with_a_sequence_are_fine(found, several):
    assert found()[0] == []


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("sequence", [], ("sequence-missing", "extract.max_records_per_person")),
        ("sequence", ["states"], ("unknown-column", "extract.sequence[0]")),
        ("sequence", ["age", "exploitation"], ("sequence-not-protected", "extract.sequence[1]")),
        ("sequence", ["gender"], ("sequence-not-protected", "extract.sequence[0]")),
        (
            "max_records_per_person",
            101,
            ("records-too-many", "extract.max_records_per_person"),
        ),
        ("protect.levels_by", "all", ("sequence-levels-by-k", "extract.protect.levels_by")),
        ("protect.recoding", "local", ("sequence-full-domain", "extract.protect.recoding")),
        ("protect.t", {"exploitation": 0.5}, ("sequence-k-and-l-only", "extract.protect.t")),
        (
            "protect.l.exploitation",
            {"entropy": 2},
            ("sequence-k-and-l-only", "extract.protect.l.exploitation"),
        ),
        (
            "protect.l.exploitation",
            5,
            ("l-above-sets", "extract.protect.l.exploitation"),
        ),
        (
            "columns.phone",
            "pseudonymize",
            ("sequence-of-tokens", "extract.columns.phone"),
        ),
    ],
)
def test_what_would_not_protect_sequences_is_an_error(found, several, path, value, expected):
    put(several, f"extract.{path}", value)
    assert found()[0] == [expected]


def test_the_record_s_own_token_tells_nothing_of_a_sequence(found, several, hotline):
    several["extract"]["columns"]["case_id"] = "pseudonymize"
    assert found()[0] == []
    hotline["record_key"] = ["case_id", "phone"]
    assert found()[0] == [("sequence-of-tokens", "extract.columns.case_id")]


@pytest.mark.parametrize("kind", ["date", "timestamp"])
def test_exact_moments_leave_of_one_record_only(found, several, hotline, kind):
    hotline["columns"]["opened"] = {"type": kind, "role": "sensitive"}
    several["extract"]["columns"]["opened"] = "keep"
    assert found()[0] == [("sequence-exact-moments", "extract.columns.opened")]
    several["extract"]["columns"]["opened"] = {"shift_dates": {"days": 30}}
    assert ("sequence-exact-moments", "extract.columns.opened") in found()[0]
    several["extract"]["columns"]["opened"] = "keep"
    several["extract"] |= {"max_records_per_person": 1, "sequence": []}
    assert found()[0] == []


def test_sets_are_of_cells_with_several_codes_and_as_large_as_classes(found, research, several):
    columns = research["extract"]["columns"]
    columns["controls"] = {"sets": {"m": 2, "k": 10}}
    columns["exploitation"] = {"sets": {"k": 11}}
    research["extract"]["protect"]["l"] = {}
    assert {rule for rule, _ in found()[0]} == {"one-record-only"}
    research["extract"] |= {"max_records_per_person": 1, "sequence": []}
    assert sorted(found()[0]) == [
        ("groups-too-small", "extract.columns.controls.sets.k"),
        ("sets-without-multiple", "extract.columns.exploitation.sets"),
    ]
    columns["controls"], columns["exploitation"] = {"sets": {"k": 11}}, "keep"
    assert found()[0] == []


def test_rows_that_are_people_have_one_record(found, several, hotline):
    hotline["privacy_unit"] = "row"
    assert ("records-without-person", "extract.max_records_per_person") in found()[0]


def test_a_column_that_is_not_there_is_told_once(found, several):
    several["extract"]["columns"]["opened"] = "keep"
    assert found()[0] == [("unknown-column", "extract.columns.opened")]

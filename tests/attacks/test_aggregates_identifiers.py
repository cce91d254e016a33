"""One person under many spellings, and under none: nobody counts twice, nobody beyond L.

Identifiers that normalization takes for one are one person; an empty one is nobody's record and
is refused. The control takes each spelling for a person of its own.
"""

from __future__ import annotations

import pytest

from gateway.lake import records
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import NOBODY, load_csv, see

L = 3
SPELLINGS = [
    *("A 1", "a 1", "A  1", " a 1 ", "\tA 1", "A\u00a01", "A\u20071", "A\u30001"),
    *(
        "\uff21 1",
        "\uff41 \uff11",
        "A \uff11",
        "A\u200b 1",
        "\ufeffA 1",
        "A\u00ad 1",
        "\U0001d400 1",
        "A \u00b9",
    ),
]
EMPTY = ["", "  ", "\u00a0", "\u200b"]
OTHERS = ["a-1", "a1", "null", "0"]
MARRIED = {"where": [{"column": "kind", "in": ["Marriage"]}], "epsilon": 1}


def counts(world):
    """Return exactly how many people and records there are among those who have married."""
    seen = see(world, "harbor", "count_people", "count_records", **MARRIED)
    return [int(values[0]) for values in seen.exact]


def spelt(names):
    return [VICTIM | {"person_id": name} for name in names]


def test_spellings_of_one_identifier_are_one_person(counted):
    counted.load_rows(spelt(SPELLINGS))
    assert counts(counted) == [1, L]


def test_spellings_in_several_files_are_one_person(counted):
    for name in SPELLINGS[::3]:
        counted.load_rows(spelt([name] * 2))
    assert counts(counted) == [1, L]


def test_control_where_each_spelling_is_a_person_one_counts_often(counted, monkeypatch):
    monkeypatch.setattr(records, "normalize_column", lambda texts, *_rule: texts)
    counted.load_rows(spelt(SPELLINGS))
    people, found = counts(counted)
    assert people > len(SPELLINGS) / 2
    assert found == len(SPELLINGS)


def test_records_of_nobody_are_refused_and_don_t_count(counted):
    report = counted.load_rows([*spelt(EMPTY * 50), NOBODY])
    assert report["rows_refused"] == len(EMPTY) * 50
    assert [one["kind"] for one in report["refused"]] == ["null-privacy-unit"]
    assert counts(counted) == [0, 0]


def test_those_who_are_different_stay_different(counted):
    counted.load_rows(spelt([*OTHERS, "A 1"] * 5))
    people = len(OTHERS) + 1
    assert counts(counted) == [people, people * L]


def test_an_identifier_that_comes_twice_in_a_file_counts_up_to_its_bound(counted):
    counted.load_rows(spelt(["A 1"] * 200))
    counted.load_rows(spelt(["a 1"] * 200))
    assert counts(counted) == [1, L]


PHONES = """
dataset: calls
title: {en: Calls}
privacy_unit: phone
consent: assumed
consent_basis: Callers were told
budget: {epsilon: 8, delta: 1.0e-6}
columns:
  phone: {type: string, role: direct_identifier, domain: phone, normalize: e164, region: US}
  kind:  {type: string, role: sensitive, codes: [Help, Advice]}
"""
CALLS = """
policy: calls
dataset: calls
classes: [ngo]
purposes: [research]
aggregate:
  measures: [count_people, count_records]
  group_by: [kind]
  max_records_per_person: 2
  budget: {epsilon: 4, delta: 1.0e-7}
"""
ONE_PHONE = [
    "(202) 555-0100",
    "+1 202 555 0100",
    "202.555.0100",
    "1-202-555-0100",
    "\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff10\uff10",
]


@pytest.mark.parametrize("numbers", [ONE_PHONE, ONE_PHONE[::-1]])
def test_spellings_of_one_phone_are_one_caller(counted, numbers):
    counted.declare(PHONES)
    counted.apply(CALLS)
    counted.partner("harbor", agreement={"dataset": "calls", "policy": "calls"})
    load_csv(counted, "calls", [{"phone": number, "kind": "Help"} for number in numbers])
    seen = see(counted, "harbor", "count_people", "count_records", dataset="calls", epsilon=1)
    assert [int(values[0]) for values in seen.exact] == [1, 2]

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal, InvalidOperation

import phonenumbers
import pyarrow as pa
import pyarrow.csv
import pytest

from gateway.demo.cases import COLUMNS, generate_batches, generate_cases, write_csv
from gateway.demo.contacts import FIRST_DAY, LAST_DAY
from gateway.demo.names import FAMILY
from gateway.demo.narratives import OPENINGS


def test_equal_seeds_give_equal_cases_and_others_do_not():
    assert generate_cases(500, seed=1).equals(generate_cases(500, seed=1))
    assert not generate_cases(500, seed=1).equals(generate_cases(500, seed=2))


@pytest.mark.parametrize("count", [0, 1, 2, 149, 1000])
def test_as_many_cases_come_as_were_asked_for(count):
    cases = generate_cases(count)
    assert cases.num_rows == count
    assert cases.column_names == list(COLUMNS)
    assert set(cases.schema.types) == {pa.string()}


def test_batches_share_neither_cases_nor_people():
    batches = list(generate_batches(2_500, seed=3, batch=1_000))
    assert [batch.num_rows for batch in batches] == [1_000, 1_000, 500]
    cases = [value for batch in batches for value in batch["case_id"].to_pylist()]
    assert len(set(cases)) == 2_500
    people = [{str(value).strip().upper() for value in b["person_id"].to_pylist()} for b in batches]
    for index, some in enumerate(people):
        for others in people[index + 1 :]:
            assert some & others <= {"NONE"}


def test_every_case_says_that_it_is_generated(cases, people):
    assert all(value.startswith("GEN-C") for value in cases["case_id"].to_pylist())
    assert all(value is None or value.startswith("GEN-") for value in people)


def test_every_family_name_is_an_invented_one(cases):
    invented = re.compile(rf"({'|'.join(FAMILY)})( ({'|'.join(FAMILY)}))?", re.IGNORECASE)
    assert all(invented.fullmatch(name.strip()) for name in cases["family_name"].to_pylist())


def test_every_phone_is_from_the_range_reserved_for_fiction(cases):
    phones = [p for p in cases["phone"].to_pylist() if p and sum(c.isdigit() for c in p) >= 10]
    assert len(phones) > 10_000
    for text in set(phones):
        number = phonenumbers.parse(text, "US")
        assert phonenumbers.is_possible_number(number)
        assert re.fullmatch(r"\d{3}55501\d\d", str(number.national_number))


def test_every_address_is_in_a_domain_reserved_for_examples(cases):
    addresses = {a.lower() for a in cases["email"].to_pylist() if a} - {"n/a"}
    assert addresses
    assert all(a.endswith("@example.org") for a in addresses)


def test_most_people_get_in_touch_once_and_a_few_very_often(people):
    contacts = Counter(value for value in people if value)
    once = sum(1 for count in contacts.values() if count == 1)
    assert 0.7 < once / len(contacts) < 0.9
    assert 100 < max(contacts.values()) <= 200


def test_a_person_keeps_name_and_language_over_all_contacts(cases, people):
    seen = defaultdict(set)
    rows = zip(people, cases["family_name"].to_pylist(), cases["language"].to_pylist(), strict=True)
    for person, family, language in rows:
        if person:
            seen[person].add((family.strip().upper(), language))
    assert max(len(values) for values in seen.values()) == 1


def test_ages_grow_with_the_years_of_a_person(cases, people):
    ages = defaultdict(list)
    for person, age in zip(people, cases["age"].to_pylist(), strict=True):
        if person and age and age.isdigit() and int(age) < 120:
            ages[person].append(int(age))
    assert all(values == sorted(values) for values in ages.values())
    assert any(len(set(values)) > 1 for values in ages.values())


def test_minors_and_people_of_unknown_age_are_among_them(cases):
    ages = cases["age"].to_pylist()
    known = [int(age) for age in ages if age and age.isdigit() and int(age) < 120]
    assert 0.2 < sum(age < 18 for age in known) / len(known) < 0.35
    assert 0.05 < ages.count(None) / len(ages) < 0.12


def test_consent_of_all_kinds_occurs_with_ends_behind_and_ahead(cases):
    kinds = Counter(value and value.strip() for value in cases["consent"].to_pylist())
    assert {"pseudonymized", "anonymized", "aggregate", "none", None} <= set(kinds)
    assert set(kinds) - {"pseudonymized", "anonymized", "aggregate", "none", None}
    ends = [value for value in cases["consent_ends"].to_pylist() if value and value[0].isdigit()]
    assert min(ends) < "2026-06-30"
    assert max(ends) > "2040"


def test_restricted_funding_comes_with_and_without_scoped_consent(cases):
    rows = [row for row in cases.to_pylist() if row["funding"]]
    assert {"vawa", "fvpsa", "voca"} <= {row["funding"] for row in rows}
    scoped = [row for row in rows if row["consent_ends"] and row["share_with"] and row["share_for"]]
    assert 0.3 < len(scoped) / len(rows) < 0.7


def test_notes_are_written_in_the_language_of_the_person(cases):
    for language in ("eng", "spa"):
        notes = [r["narrative"] for r in cases.to_pylist() if r["language"] == language]
        assert len(notes) > 1_000
        assert all(any(opening in note for opening in OPENINGS[language]) for note in notes)


def refused(row: dict[str, str | None]) -> bool:
    """Whether a strict reader could not take this row."""
    return (
        row["person_id"] is None
        or not is_day(row["reported_on"])
        or not (row["consent_ends"] is None or is_day(row["consent_ends"]))
        or not (row["age"] is None or row["age"].lstrip("-").isdigit())
        or not (row["wage_debt"] is None or is_amount(row["wage_debt"]))
    )


def is_day(value: str | None) -> bool:
    try:
        return bool(date.fromisoformat(value or ""))
    except ValueError:
        return False


def is_amount(value: str) -> bool:
    try:
        return Decimal(value).is_finite()
    except InvalidOperation:
        return False


def test_some_rows_are_beyond_repair_and_at_most_one_in_a_hundred(cases):
    spoiled = sum(refused(row) for row in cases.to_pylist())
    assert 0.001 < spoiled / cases.num_rows <= 0.01


def test_days_lie_within_ten_years_but_for_the_planted_ones(cases):
    days = [value for value in cases["reported_on"].to_pylist() if is_day(value)]
    outside = [day for day in days if not str(FIRST_DAY) <= day <= str(LAST_DAY)]
    assert set(outside) == {"1900-01-01", "2206-03-04"}


def test_a_written_file_holds_the_same_cases(tmp_path):
    write_csv(tmp_path / "cases.csv", 1_000, seed=5)
    options = pyarrow.csv.ConvertOptions(
        column_types=dict.fromkeys(COLUMNS, pa.string()),
        strings_can_be_null=True,
        null_values=[""],
    )
    read = pyarrow.csv.read_csv(tmp_path / "cases.csv", convert_options=options)
    assert read.equals(generate_cases(1_000, seed=5))

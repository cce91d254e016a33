"""Repairs: what a cell was probably meant to say, and when nobody can know."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.documents import ColumnDocument
from policies.quality.distances import clear_winner, distance
from policies.quality.repairs import propose, propose_age


def column(type_="string", role="insensitive", **keys):
    return ColumnDocument(type=type_, role=role, **keys)


HARMS = column(role="sensitive", codes=("ForcedLabour", "SexualExploitation", "Other", "0--8"))
WAYS = column(role="sensitive", codes=("DebtBondage", "Threats", "Violence"), multiple=";")
TWINS = column(role="sensitive", codes=("Niñez", "Ninez", "Adult"))
DAY = column("date")
MOMENT = column("timestamp")
DEBT = column("decimal", scale=2)
COUNT = column("integer")
TOWN = column()
PHONE = column(role="direct_identifier", domain="phone", normalize="e164")
US_PHONE = column(role="direct_identifier", domain="phone", normalize="e164", region="US")
NAME = column(role="direct_identifier", domain="name")
COUNTRY = column(role="quasi_identifier", ladder="country")
STATE = column(role="quasi_identifier", ladder="us-state")
ZIP = column(role="quasi_identifier", ladder="us-postcode")
CITY = column(role="quasi_identifier", ladder="city")

REPAIRED = [
    (HARMS, "forced labour", "ForcedLabour", "spelling-form"),
    (HARMS, "FÓRCED-LABOUR", "ForcedLabour", "spelling-form"),
    (HARMS, "FocedLabour", "ForcedLabour", "spelling"),
    (HARMS, "SexualExplotiation", "SexualExploitation", "spelling"),
    (HARMS, "0-8", "0--8", "spelling-form"),
    (WAYS, "debt bondage;Threats", "DebtBondage;Threats", "spelling-form"),
    (WAYS, "DebtBondge; ;threats", "DebtBondage;Threats", "spelling"),
    (DAY, "31/12/2024", "2024-12-31", "date-order"),
    (DAY, "12/31/2024", "2024-12-31", "date-order"),
    (DAY, "5.5.2024", "2024-05-05", "date-order"),
    (DAY, "2024/3/5", "2024-03-05", "date-order"),
    (DAY, "2024-31-12", "2024-12-31", "day-and-month"),
    (DAY, "29-02-2024", "2024-02-29", "date-order"),
    (MOMENT, "31/12/2024 10:30", "2024-12-31 10:30", "date-order"),
    (DEBT, "1250,5", "1250.5", "decimal-mark"),
    (DEBT, "1250,500", "1250.500", "decimal-mark"),
    (DEBT, "0,125", "0.125", "decimal-mark"),
    (DEBT, "1.250,50", "1250.50", "decimal-mark"),
    (DEBT, "1,250.50", "1250.50", "decimal-mark"),
    (DEBT, "1.250.000", "1250000", "decimal-mark"),
    (DEBT, "-1 250", "-1250", "decimal-mark"),
    (DEBT, "1.250,500", "1250.500", "decimal-mark"),
    (COUNT, "1,250", "1250", "decimal-mark"),
    (COUNT, "34,0", "34", "decimal-mark"),
    (TOWN, "San  José", "San José", "blanks"),
    (PHONE, "0052 55 1234 5678", "+525512345678", "phone"),
    (PHONE, "tel. +52 55 1234 5678", "+525512345678", "phone"),
    (US_PHONE, "call 202-555-0143", "+12025550143", "phone"),
    (COUNTRY, "Méjico", "MX", "place-name"),
    (COUNTRY, "Guatemla", "GT", "place-name"),
    (COUNTRY, " guatemala", "GT", "place-name"),
    (STATE, "Californa", "CA", "place-name"),
    (ZIP, "2139", "02139", "leading-zero"),
    (ZIP, "601", "00601", "leading-zero"),
    (CITY, "San  José", "San José", "blanks"),
]


@pytest.mark.parametrize(("declared", "text", "meant", "kind"), REPAIRED)
def test_what_has_one_reading_is_proposed(declared, text, meant, kind):
    repair = propose(text, declared)
    assert (repair.text, repair.kind) == (meant, kind)
    assert 0 < repair.confidence <= 1
    assert propose(text, declared) == repair


LEFT = [
    (HARMS, "Something"),
    (HARMS, "1--8"),  # digits are never edited
    (HARMS, "Oth"),
    (HARMS, "?"),
    (WAYS, "debt bondage;whatever"),
    (WAYS, ";"),
    (TWINS, "NIÑEZ"),  # two codes have these letters
    (DAY, "03/04/2024"),  # April or March
    (DAY, "2024-13-32"),
    (DAY, "30/02/2024"),
    (DAY, "12/24"),
    (DAY, "1/2/24"),
    (DAY, "2024-03-05"),
    (DAY, "March"),
    (DEBT, "1,250"),  # one and a quarter, or more than a thousand
    (DEBT, "1.250"),
    (DEBT, "1,250,50"),
    (DEBT, "many"),
    (DEBT, "12.5"),
    (COUNT, "34,5"),
    (COUNT, "1,250,5"),
    (COUNT, "many"),
    (PHONE, "00"),
    (COUNT, "200"),
    (TOWN, "San José"),
    (PHONE, "none"),
    (PHONE, "1234"),
    (NAME, "Ana  María"),
    (COUNTRY, "Atlantis"),
    (COUNTRY, "xx"),
    (STATE, "Nowhere"),
    (ZIP, "99"),
    (ZIP, "02139"),
    (column("boolean"), "maybe"),
    (column("point"), "here"),
    (column(role="consent"), "agregate"),  # nobody guesses what people allowed
    (column("date", role="consent_end"), "31/12/2024"),
    (column(role="funding"), "vwa"),
    (column(role="free_text"), "two  blanks"),
]


@pytest.mark.parametrize(("declared", "text"), LEFT)
def test_what_nobody_can_know_is_left(declared, text):
    assert propose(text, declared) is None


@pytest.mark.parametrize(
    ("birth", "on", "age"),
    [
        (date(1994, 3, 5), date(2024, 3, 5), "30"),
        (date(1994, 3, 6), date(2024, 3, 5), "29"),
        (date(1996, 2, 29), date(2025, 2, 28), "28"),
        (date(1996, 2, 29), date(2025, 3, 1), "29"),
    ],
)
def test_an_age_is_counted_in_whole_years(birth, on, age):
    assert propose_age(birth, on).text == age


@given(
    st.sampled_from([HARMS, WAYS, DAY, MOMENT, DEBT, COUNT, TOWN, PHONE, STATE, ZIP]),
    st.text(max_size=12) | st.text("0123456789.,/- +", max_size=14),
)
def test_a_proposal_is_never_the_text_itself_and_needs_no_other(declared, text):
    repair = propose(text, declared)
    if repair is not None:
        assert repair.text != text
        again = propose(repair.text, declared)
        assert again is None or declared in {DAY, MOMENT, PHONE, STATE, COUNT, DEBT}


def plain_distance(first, second):
    """The definition, letter by letter: slow, and plainly right."""
    if not first or not second:
        return len(first) + len(second)
    ways = [
        plain_distance(first[1:], second) + 1,
        plain_distance(first, second[1:]) + 1,
        plain_distance(first[1:], second[1:]) + (first[0] != second[0]),
    ]
    if len(first) > 1 and len(second) > 1 and first[:2] == second[1::-1]:
        ways.append(plain_distance(first[2:], second[2:]) + 1)
    return min(ways)


@given(st.text("ab", max_size=5), st.text("ab", max_size=5), st.integers(0, 5))
def test_a_distance_is_what_its_definition_says(first, second, most):
    assert distance(first, second, most) == min(plain_distance(first, second), most + 1)


def test_of_two_meanings_as_near_none_wins():
    known = {"adulta": "f", "adulto": "m"}
    assert clear_winner("adult", known) is None
    assert clear_winner("adulto1", known) is None
    assert clear_winner("adult", {"adulta": "adult", "adulto": "adult"}) == ("adult", 0.8)


def test_a_number_that_says_no_country_is_nobody_elses():
    # From Mexico City, where numbers begin with 55; Brazil's country code is 55 as well.
    assert propose("55 1029 1087", PHONE) is None
    assert propose("52 55 1234 5678", PHONE) is None

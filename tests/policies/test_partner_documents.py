from __future__ import annotations

import json

import pytest

from policies.documents import parse_partner
from policies.versions import canonical_document

PUBLIC = {"kty": "EC", "crv": "P-256", "x": "eA", "y": "eQ", "kid": "one"}

CONTRACT = """
partner: harbor-network
name: Harbor Shelter Network
class: ngo
jwks_file: harbor.jwks.json
dpop: false
agreements:
  - {agreement: harbor-2026, dataset: hotline-cases, policy: ngo-research,
     purposes: [service-planning], starts: 2026-01-01, ends: 2026-12-31}
  - {agreement: harbor-gives, dataset: hotline-cases, submits: true, consent_max: anonymized,
     share_with: [ngo], starts: 2026-01-01, ends: 2027-12-31}
"""


@pytest.fixture
def partner():
    return {"partner": "harbor", "name": "Harbor", "class": "ngo", "jwks": {"keys": [PUBLIC]}}


@pytest.fixture
def agreement():
    return {
        "agreement": "harbor-2026",
        "dataset": "hotline-cases",
        "policy": "ngo-research",
        "purposes": ["research"],
        "starts": "2026-01-01",
        "ends": "2026-12-31",
    }


def test_every_field_of_the_contract_s_partner_parses():
    partner = parse_partner(
        CONTRACT, {"harbor.jwks.json": json.dumps({"keys": [PUBLIC]})}.__getitem__
    )
    asks, gives = partner.agreements
    assert partner.partner_class == "ngo"
    assert partner.jwks == {"keys": [PUBLIC]}
    assert partner.jwks_file is None
    assert (asks.submits, asks.purposes) == (False, ("service-planning",))
    assert (gives.submits, gives.consent_max, gives.share_with) == (True, "anonymized", ("ngo",))


def test_a_key_file_keeps_its_name_until_somebody_reads_it():
    assert parse_partner(CONTRACT).jwks_file == "harbor.jwks.json"


def test_the_hash_of_a_partner_covers_its_keys():
    other = {"keys": [{**PUBLIC, "x": "eg"}]}
    both = [
        parse_partner(CONTRACT, lambda _, keys=keys: json.dumps(keys))
        for keys in ({"keys": [PUBLIC]}, other)
    ]
    assert canonical_document(both[0]) != canonical_document(both[1])


def raises_os_error(name):
    raise PermissionError(name)


@pytest.mark.parametrize(
    ("reader", "rule"), [(raises_os_error, "file-not-readable"), (lambda _: "{", "not-json")]
)
def test_a_key_file_that_cannot_be_used_is_named(problems, reader, rule):
    assert problems(parse_partner, CONTRACT, reader) == [(rule, "jwks_file")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"class": "bank"}, ("not-one-of", "class")),
        ({"jwks": None}, ("exactly-one-of", "")),
        ({"jwks_file": "x.json"}, ("exactly-one-of", "")),
        ({"jwks": None, "jwks_uri": "https://x"}, ("not-available-yet", "jwks_uri")),
        ({"dpop": True}, ("not-available-yet", "dpop")),
        ({"dpop": "no"}, ("expected-true-or-false", "dpop")),
        ({"jwks": {}}, ("jwks-without-keys", "jwks")),
        ({"jwks": {"keys": []}}, ("jwks-without-keys", "jwks")),
        ({"jwks": {"keys": ["x"]}}, ("jwks-without-keys", "jwks")),
        ({"jwks": ["x"]}, ("expected-mapping", "jwks")),
        ({"jwks": {"keys": [{**PUBLIC, "d": "c2VjcmV0"}]}}, ("jwks-private-key", "jwks.keys[0]")),
        (
            {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
            ("jwks-private-key", "jwks.keys[0]"),
        ),
        ({"jwks": {"keys": [{"kty": "oct"}]}}, ("jwks-key-type", "jwks.keys[0]")),
        ({"jwks": {"keys": [PUBLIC, PUBLIC]}}, ("jwks-kid-twice", "jwks.keys")),
    ],
)
def test_a_partner_s_keys_are_checked(partner, problems, change, expected):
    assert expected in problems(parse_partner, {**partner, **change})


def test_a_private_key_is_never_repeated_in_what_is_said_about_it(partner, say):
    from policies.documents import DocumentError

    partner["jwks"] = {"keys": [{**PUBLIC, "d": "c2VjcmV0"}], "kye": 1}
    with pytest.raises(DocumentError) as caught:
        parse_partner(partner)
    say(caught.value.problems)
    assert "c2VjcmV0" not in str(caught.value)
    assert "c2VjcmV0" not in repr(caught.value.problems)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"ends": "2025-12-31"}, ("ends-before-start", "ends")),
        ({"ends": "2026-12-31T00:00:00"}, ("not-a-date", "ends")),
        ({"starts": None}, ("not-a-date", "starts")),
        ({"policy": None}, ("missing-key", "policy")),
        ({"purposes": []}, ("missing-key", "purposes")),
        ({"submits": True}, ("agreement-submits", "policy")),
        ({"consent_max": "aggregate"}, ("agreement-asks", "consent_max")),
        ({"share_for": ["research"]}, ("agreement-asks", "share_for")),
        ({"purpose": "x"}, ("unknown-key", "purpose")),
    ],
)
def test_an_agreement_s_fields_are_checked(partner, agreement, problems, change, expected):
    partner["agreements"] = [{**agreement, **change}]
    rule, key = expected
    assert (rule, f"agreements[0].{key}") in problems(parse_partner, partner)


def test_two_agreements_of_one_name_are_refused(partner, agreement, problems):
    partner["agreements"] = [agreement, agreement]
    assert problems(parse_partner, partner) == [("named-twice", "agreements")]


def test_a_contributor_may_have_a_budget_of_its_own(partner, agreement, problems):
    gives = {"agreement": "gives", "dataset": "hotline-cases", "submits": True}
    gives |= {"starts": "2026-01-01", "ends": "2026-12-31"}
    budget = {"epsilon": 2, "delta": 1e-7}
    (read,) = parse_partner({**partner, "agreements": [{**gives, "budget": budget}]}).agreements
    assert (read.budget.epsilon, read.budget.delta) == (2.0, 1e-7)
    asks = {**partner, "agreements": [{**agreement, "budget": budget}]}
    assert problems(parse_partner, asks) == [("agreement-asks", "agreements[0].budget")]

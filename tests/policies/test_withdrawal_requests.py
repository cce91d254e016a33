"""What a contributor may ask to take back, and how a bad request reads."""

from __future__ import annotations

import pytest

from policies.requests import RequestError
from policies.withdrawals import check_fits, identifier_domains, parse_withdrawal

PERSON = {"domain": "person", "value": "A-17"}


def rules_of(error):
    return {reason.rule for reason in error.value.reasons}


@pytest.mark.parametrize(
    ("named", "kind"),
    [
        ({"person": PERSON}, "person"),
        ({"record_key": {"case_id": "A-1"}}, "record"),
        ({"record_key": {"case_id": 17}}, "record"),
        ({"submission": "sub_1"}, "submission"),
        ({"contributor": True}, "contributor"),
    ],
)
def test_exactly_one_of_four_is_named(named, kind):
    assert parse_withdrawal({"dataset": "cases", **named}).kind == kind


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"contributor": False},
        {"person": PERSON, "contributor": True},
        {"submission": "sub_1", "record_key": {"case_id": "A-1"}},
    ],
)
def test_none_or_several_are_refused(say, named):
    with pytest.raises(RequestError) as error:
        parse_withdrawal({"dataset": "cases", **named})
    say(error.value.reasons)
    assert rules_of(error) == {"exactly-one-of"}


def test_no_problem_repeats_the_value():
    secret = "nobody may read this"
    for body in (
        {"dataset": "cases", "person": {"domain": "person", "value": secret, "vaule": secret}},
        {"dataset": "cases", "person": {"value": secret}},
        {"dataset": "cases", "person": secret},
        {"dataset": "cases", "record_key": {"case_id": [secret]}},
    ):
        with pytest.raises(RequestError) as error:
            parse_withdrawal(body)
        assert secret not in str(error.value)


def test_a_request_fits_the_dataset(parsed_hotline, say):
    domains = identifier_domains(parsed_hotline)
    domain = min(domains)
    check_fits(
        parse_withdrawal({"dataset": "x", "person": {**PERSON, "domain": domain}}), parsed_hotline
    )
    key = dict.fromkeys(parsed_hotline.record_key, "1")
    if key:
        check_fits(parse_withdrawal({"dataset": "x", "record_key": key}), parsed_hotline)
    for named, rule in (
        ({"person": {**PERSON, "domain": "nobody"}}, "withdrawal-domain"),
        ({"record_key": {"nothing": "1"}}, "withdrawal-record-key"),
    ):
        with pytest.raises(RequestError) as error:
            check_fits(parse_withdrawal({"dataset": "x", **named}), parsed_hotline)
        say(error.value.reasons)
        assert rules_of(error) == {rule}

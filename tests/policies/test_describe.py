from __future__ import annotations

import pytest
import yaml

from policies.describe import describe, describe_limits
from policies.documents import parse_dataset, parse_policy


def test_each_column_says_what_the_partner_gets_and_why(parsed_research, parsed_hotline, say):
    answers = {answer.name: answer for answer in describe(parsed_research, parsed_hotline)}
    say([answer.reason for answer in answers.values()])
    assert list(answers) == list(parsed_hotline.columns)
    rules = {name: (answer.action, answer.reason.rule) for name, answer in answers.items()}
    assert rules["case_id"] == ("drop", "gets-no-identifier")
    assert rules["person_id"] == ("pseudonymize", "gets-token-per-year")
    assert rules["reported_on"] == ("coarsen", "gets-coarsened")
    assert rules["gender"] == ("drop", "gets-unnamed")
    assert rules["exploitation"] == ("keep", "gets-kept-diverse")
    assert rules["narrative"] == ("drop", "gets-no-free-text")
    assert rules["funding"] == ("drop", "gets-no-control-column")
    reported_on = answers["reported_on"]
    assert reported_on.levels == ("month", "quarter", "year")
    assert reported_on.where == ("month", "quarter", "year", "5-years")
    assert reported_on.reason.params["k"] == "11"
    assert (answers["exploitation"].levels, answers["exploitation"].where) == ((), ())
    assert (answers["person_id"].levels, answers["person_id"].where) == ((), ())


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"gender": "drop"}, "gets-dropped"),
        ({"gender": "coarsen"}, "gets-coarsened"),
        ({"controls": {"sets": {"k": 11}}}, "gets-sets"),
        ({"state": {"coarsen": {"min_population": 20_000}}}, "gets-coarsened-places"),
        ({"wage_debt": "keep"}, "gets-kept"),
        ({"person_id": {"pseudonymize": {"epoch": "release"}}}, "gets-token-per-release"),
        ({"person_id": "pseudonymize"}, "gets-token-per-agreement"),
    ],
)
def test_each_rule_has_its_own_words(research, parsed_hotline, say, rules, expected):
    research["extract"]["columns"].update(rules)
    answers = describe(parse_policy(research), parsed_hotline)
    (reason,) = [answer.reason for answer in answers if answer.name in rules]
    assert say([reason]) == [expected]


def test_several_records_are_told_of(research, parsed_hotline, say):
    research["extract"] |= {"max_records_per_person": 5, "sequence": ["reported_on"]}
    answers = describe(parse_policy(research), parsed_hotline)
    (reason,) = [answer.reason for answer in answers if answer.name == "age"]
    assert (reason.rule, reason.params["records"]) == ("gets-coarsened", "5")
    say([reason])


def test_an_aggregate_only_policy_says_so_for_each_column(read_example, parsed_hotline, say):
    policy = parse_policy(yaml.safe_load(read_example("hotline/financial-indicators.yaml")))
    answers = describe(policy, parsed_hotline)
    assert set(say([answer.reason for answer in answers])) == {"gets-aggregates-only"}


def test_local_recoding_coarsens_group_by_group(research, parsed_hotline, say):
    research["extract"]["protect"]["recoding"] = "local"
    policy = parse_policy(yaml.safe_dump(research))
    reasons = {a.name: a.reason for a in describe(policy, parsed_hotline)}
    say(reasons.values())
    assert reasons["reported_on"].rule == "gets-coarsened-by-class"
    assert reasons["reported_on"].params["k"] == "11"


@pytest.mark.parametrize(
    ("rules", "level"), [({}, "pseudonymized"), ({"person_id": "drop"}, "anonymized")]
)
def test_what_decides_about_records_is_said_from_declarations(
    research, parsed_hotline, say, rules, level
):
    research["extract"]["columns"] |= rules
    if rules:
        research.pop("aggregate")
    limits = describe_limits(parse_policy(research), parsed_hotline)
    say(limits)
    said = {reason.rule: dict(reason.params) for reason in limits}
    assert said["limits-extract"] == {"level": level}
    assert {"limits-strictest", "consent-default", "limits-after-end"} < said.keys()
    assert "consent-restricted-funding" in said
    assert ("limits-aggregate" in said) == ("aggregate" in research)


def test_a_policy_of_numbers_alone_on_people_who_were_not_asked_says_so(read_example):
    policy = parse_policy(read_example("ctdc/ctdc-statistics.yaml"))
    limits = describe_limits(policy, parse_dataset(read_example("ctdc/ctdc-victims.yaml")))
    assert [one.rule for one in limits] == [
        "limits-strictest",
        "limits-aggregate",
        "consent-assumed",
    ]

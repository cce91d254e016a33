from __future__ import annotations

import pytest

from policies.documents import parse_policy

CONTRACT = """
policy: ngo-research
dataset: hotline-cases
classes: [ngo, government]
purposes: [service-planning, research]
extract:
  columns:
    person_id:    {pseudonymize: {epoch: year}}
    reported_on:  {coarsen: {from: month, to: year}}
    age:          {coarsen: {from: 5-years}}
    postcode:     {coarsen: {from: zip3, min_population: 20000}}
    exploitation: keep
    narrative:    drop
  max_records_per_person: 1
  minors: {column: age, below: 18, k: 20}
  protect:
    k: 11
    l: {exploitation: 2}
    t: {exploitation: 0.3}
    max_suppressed: 0.05
    recoding: full-domain
    levels_by: k
aggregate:
  measures: [count_people, count_records, {sum: wage_debt}, {mean: wage_debt}, {quantile: age}]
  group_by: [exploitation, {column: reported_on, level: year}, {column: postcode, level: us-state}]
  max_records_per_person: 5
  budget: {epsilon: 2.0, delta: 1.0e-7, per: partner}
review: {extract: 1, aggregate: 0}
retention_days: 365
"""


def test_every_field_of_the_contract_s_policy_parses():
    policy = parse_policy(CONTRACT)
    assert policy.extract is not None
    columns = policy.extract.columns
    assert [rule.action for rule in columns.values()] == [
        "pseudonymize",
        "coarsen",
        "coarsen",
        "coarsen",
        "keep",
        "drop",
    ]
    assert columns["reported_on"].coarsen is not None
    assert columns["reported_on"].coarsen.floor == "month"
    assert columns["reported_on"].coarsen.ceiling == "year"
    assert policy.extract.protect.l["exploitation"].short_form() == 2
    assert policy.aggregate is not None
    assert [measure.column for measure in policy.aggregate.measures] == [
        None,
        None,
        "wage_debt",
        "wage_debt",
        "age",
    ]
    assert [key.level for key in policy.aggregate.group_by] == [None, "year", "us-state"]


def test_a_bare_word_is_a_rule_with_its_defaults(research):
    research["extract"]["columns"] = {"age": "coarsen", "person_id": "pseudonymize"}
    columns = parse_policy(research).extract.columns
    assert columns["age"].coarsen.floor is None
    assert columns["age"].coarsen.ceiling == "*"
    assert columns["person_id"].pseudonymize.epoch == "agreement"


def test_minors_may_be_left_out_instead_of_protected(research):
    research["extract"]["minors"] = {"column": "age", "drop": True}
    minors = parse_policy(research).extract.minors
    assert (minors.below, minors.k) == (18, None)


def set_in(document, path, value):
    *parents, last = path.split(".")
    for parent in parents:
        document = document[parent]
    document[last] = value


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("policy", "NGO", ("not-kebab-case", "policy")),
        ("classes", [], ("must-not-be-empty", "classes")),
        ("classes", ["ngo", "ngo"], ("named-twice", "classes")),
        ("classes", ["bank"], ("not-one-of", "classes[0]")),
        ("purposes", [], ("must-not-be-empty", "purposes")),
        ("retention_days", 0, ("must-be-at-least", "retention_days")),
        ("review", {"extract": -1}, ("must-be-at-least", "review.extract")),
        ("extract.columns", {}, ("must-not-be-empty", "extract.columns")),
        ("extract.columns.age", "kept", ("unknown-key", "extract.columns.age.kept")),
        ("extract.columns.age", {}, ("exactly-one-of", "extract.columns.age")),
        ("extract.columns.age", ["keep"], ("expected-mapping", "extract.columns.age")),
        (
            "extract.columns.age",
            {"keep": {}, "drop": {}},
            ("exactly-one-of", "extract.columns.age"),
        ),
        (
            "extract.columns.age",
            {"coarsen": {"form": "exact"}},
            ("unknown-key", "extract.columns.age.coarsen.form"),
        ),
        (
            "extract.columns.age",
            {"pseudonymize": {"epoch": "month"}},
            ("not-one-of", "extract.columns.age.pseudonymize.epoch"),
        ),
        ("extract.minors", {"column": "age"}, ("exactly-one-of", "extract.minors")),
        (
            "extract.minors",
            {"column": "age", "k": 20, "drop": True},
            ("exactly-one-of", "extract.minors"),
        ),
        (
            "extract.minors",
            {"column": "age", "drop": False},
            ("exactly-one-of", "extract.minors"),
        ),
        (
            "extract.minors",
            {"column": "age", "drop": "yes"},
            ("expected-true-or-false", "extract.minors.drop"),
        ),
        ("extract.protect.k", 0, ("must-be-at-least", "extract.protect.k")),
        ("extract.protect.k", "11", ("expected-whole-number", "extract.protect.k")),
        (
            "extract.protect.max_suppressed",
            5,
            ("must-be-at-most", "extract.protect.max_suppressed"),
        ),
        ("extract.protect.recoding", "global", ("not-one-of", "extract.protect.recoding")),
        ("extract.protect.levels_by", "l", ("not-one-of", "extract.protect.levels_by")),
        ("aggregate", {"measures": []}, ("must-not-be-empty", "aggregate.measures")),
        (
            "aggregate",
            {"measures": ["count"]},
            ("unknown-key", "aggregate.measures[0].count"),
        ),
        (
            "aggregate",
            {"measures": [{"sum": "a", "mean": "a"}]},
            ("exactly-one-of", "aggregate.measures[0]"),
        ),
        (
            "aggregate",
            {"measures": ["count_people"], "budget": {"epsilon": 1, "delta": 0}},
            ("must-be-above", "aggregate.budget.delta"),
        ),
        ("aggregate", {"group_by": [1]}, ("expected-mapping", "aggregate.group_by[0]")),
    ],
)
def test_a_policy_s_fields_are_checked(research, problems, path, value, expected):
    set_in(research, path, value)
    assert expected in problems(parse_policy, research)


def test_a_policy_gives_records_or_numbers(research, problems):
    del research["extract"]
    assert parse_policy(research).aggregate
    del research["aggregate"]
    assert problems(parse_policy, research) == [("policy-gives-nothing", "")]

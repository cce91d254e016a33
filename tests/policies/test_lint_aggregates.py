from __future__ import annotations

import pytest
import yaml

from policies.documents import parse_dataset, parse_policy
from policies.lint import lint
from tests.policies.conftest import put


@pytest.fixture
def indicators(read_example):
    return yaml.safe_load(read_example("hotline/financial-indicators.yaml"))


@pytest.fixture
def aggregate_errors(indicators, parsed_hotline, say):
    """Change one key of the aggregate-only policy; (rule, path) of the errors."""

    def errors(path, value):
        put(indicators, path, value)
        found = lint(parse_policy(indicators), parsed_hotline).errors
        say(found)
        return [(reason.rule, reason.params["path"]) for reason in found]

    return errors


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("aggregate.budget.epsilon", 9, ("budget-above-dataset", "aggregate.budget.epsilon")),
        ("aggregate.budget.delta", 1e-5, ("budget-above-dataset", "aggregate.budget.delta")),
        ("aggregate.measures", [{"sum": "debt"}], ("unknown-column", "aggregate.measures[0]")),
        (
            "aggregate.measures",
            [{"mean": "state"}],
            ("measure-without-bounds", "aggregate.measures[0]"),
        ),
        ("aggregate.group_by", ["states"], ("unknown-column", "aggregate.group_by[0]")),
        ("aggregate.group_by", ["narrative"], ("key-column-not-data", "aggregate.group_by[0]")),
        (
            "aggregate.group_by",
            [{"column": "age", "level": "3"}],
            ("unknown-level", "aggregate.group_by[0].level"),
        ),
    ],
)
def test_aggregates_stay_within_declarations(aggregate_errors, path, value, expected):
    assert aggregate_errors("retention_days", 365) == []
    assert aggregate_errors(path, value) == [expected]


def test_aggregates_need_a_budget_of_the_dataset(indicators, hotline, say):
    del hotline["budget"]
    dataset = parse_dataset(hotline, lambda _: "eng;English\n")
    assert say(lint(parse_policy(indicators), dataset).errors) == ["dataset-without-budget"]

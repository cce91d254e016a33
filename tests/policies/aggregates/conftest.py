from __future__ import annotations

from copy import deepcopy
from datetime import date
from fractions import Fraction

import pytest
import yaml

from policies.aggregates.evaluation import AggregatePermit, evaluate_aggregate
from policies.aggregates.requests import parse_aggregate_request
from policies.documents import parse_dataset, parse_partner, parse_policy
from policies.planning import PolicyVersion
from tests.policies.conftest import example_text, hotline_file

MEASURES = [
    *("count_people", "count_records"),
    *({kind: "wage_debt"} for kind in ("sum", "mean", "quantile")),
    *({"quantile": column} for column in ("age", "reported_on")),
    {"histogram": {"column": "age", "level": "5-years"}},
    *({"distinct": column} for column in ("exploitation", "controls")),
]
GROUP_BY = [
    "exploitation",
    "controls",
    "gender",
    {"column": "reported_on", "level": "quarter"},
    "state",
    {"column": "citizenship", "keys": "private", "delta": 1e-9},
]


def indicators_mapping():
    """Return the policy for financial institutions, with more to ask than the example's."""
    policy = yaml.safe_load(example_text("hotline/financial-indicators.yaml"))
    policy["aggregate"] |= deepcopy({"measures": MEASURES, "group_by": GROUP_BY})
    policy["aggregate"]["budget"]["rho"] = True
    return policy


def a_third(epsilon, delta):
    """Stand for the conversion of budgets: what it says is another room's to test."""
    return min(epsilon**2 / 40, Fraction(1, 3)) if delta else Fraction(0)


class Asking:
    """A home's declarations, which a test may change, and questions to them."""

    def __init__(self):
        self.hotline = yaml.safe_load(hotline_file("hotline-cases.yaml"))
        self.policy = indicators_mapping()
        self.bank = yaml.safe_load(hotline_file("meridian-bank.yaml"))
        self.today = date(2026, 6, 1)
        self.suspended = False
        self.active = True

    @property
    def dataset(self):
        return parse_dataset(self.hotline, hotline_file)

    def answer(self, **body):
        asked = {"dataset": "hotline-cases", "purpose": "typologies", **body}
        policy = parse_policy(self.policy)
        return evaluate_aggregate(
            parse_aggregate_request(asked),
            partner=parse_partner(self.bank),
            dataset=self.dataset,
            dataset_sha="d",
            policies={policy.policy: PolicyVersion("p", policy)} if self.active else {},
            today=self.today,
            suspended=self.suspended,
            rho_within=a_third,
        )

    def plan(self, *measures, **body):
        answer = self.answer(**{"measures": [*measures], "epsilon": 1, **body})
        assert isinstance(answer, AggregatePermit), answer
        return answer.plan

    def reasons(self, *measures, **body):
        answer = self.answer(**{"measures": [*measures], "epsilon": 1, **body})
        assert not isinstance(answer, AggregatePermit)
        return answer.reasons


@pytest.fixture
def asking():
    return Asking()


@pytest.fixture
def refused(asking, say):
    """Return (rule, path) of each reason against a question."""

    def rules(*measures, **body):
        reasons = asking.reasons(*measures, **body)
        say(reasons)
        return [(reason.rule, reason.params.get("path", "")) for reason in reasons]

    return rules

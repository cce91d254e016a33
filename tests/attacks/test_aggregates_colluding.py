"""Differencing: everybody less everybody but one, by two partners who put their answers together.

Questions overlap so that only one person lies between them. Partners may pay with their whole
budgets; what all of it shows of that person together is no more than the dataset's own budget.
The control lets each partner spend alone: together they learn more than anybody agreed to.
"""

from __future__ import annotations

import pytest

from anonymizers.accounting.limits import Limit
from gateway import ledger
from gateway.caps import Cap
from gateway.errors import RefusedError
from tests.attacks.auditor import audit
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import Seen, neighbours, rules, see, views
from tests.counted_homes import DATASET, POLICY, template_of

EVERYBODYS, SHARE, EACH = 2.0, 2.0, 1.0
PARTNERS = ("harbor", "lantern")
# The person alone has married; nobody else in town A was reported in the third quarter.
QUARTERS = ["2024-Q1", "2024-Q2", "2024-Q3", "2024-Q4"]
CONDITIONS = [
    [],
    [{"column": "town", "in": ["A"]}, {"column": "day", "in": ["2024-Q3"]}],
    [{"column": "kind", "in": ["Marriage"]}],
    [{"column": "kind", "in": ["Labour", "Sexual", "Marriage"]}],
    # What the others are without the person:
    [{"column": "kind", "in": ["Labour", "Sexual"]}],
    [{"column": "day", "in": [*QUARTERS[:2], QUARTERS[3]]}],
]


@pytest.fixture
def pair(tmp_path, tmp_path_factory):
    """Two homes, one without the person, under a small budget that is easily spent."""
    template = template_of(tmp_path_factory)
    alone = [VICTIM | {"day": "2024-08-08"}]
    with neighbours(tmp_path, template, [], alone) as worlds:
        for world in worlds:
            world.declare(DATASET.replace("epsilon: 8", f"epsilon: {EVERYBODYS}"))
            world.apply(POLICY.replace("epsilon: 4", f"epsilon: {SHARE}"))
        yield worlds


def granted(world):
    """Let partners ask by turns, as long as anything is answered; return what was."""
    asked, seen = {}, {}
    for number, where in enumerate(CONDITIONS):
        partner = PARTNERS[number % 2]
        terms = {"where": where, "epsilon": EACH}
        try:
            world.ask_for(partner, "count_people", **terms)
        except RefusedError as refused:
            assert rules(refused.reasons) == ["budget-exhausted"]
            continue
        asked[number] = (partner, terms)
    for number, (partner, terms) in asked.items():
        seen[number] = see(world, partner, "count_people", **terms)
    return seen


def joined(parts):
    """Return several questions as one view."""
    first = next(iter(parts))
    exact = [values for seen in parts for values in seen.exact]
    components = tuple(part for seen in parts for part in seen.components)
    return Together(first.question, first.tallying, exact, components)


class Together(Seen):
    """Answers to several questions, put together."""

    def __init__(self, question, tallying, exact, components):
        super().__init__(question, tallying, exact)
        object.__setattr__(self, "all", components)

    @property
    def components(self):
        return self.all


def shown(worlds):
    one, other = (granted(world) for world in worlds)
    assert one.keys() == other.keys()
    both = [joined(list(seen.values())) for seen in (one, other)]
    return both[0].price(), audit(*views(*both), runs=20_000)


def test_two_partners_together_learn_no_more_than_the_datasets_budget(pair):
    price, found = shown(pair)
    assert price == EVERYBODYS
    assert EVERYBODYS / 2 < found <= EVERYBODYS


def test_control_where_partners_are_counted_apart_they_learn_more(pair, monkeypatch):
    take, endless = ledger._take, Limit(2**62, 2**62, 2**62)

    def own_caps_alone(session, cap, charges):
        lifted = cap if cap.kind == "partner" else unlimited(cap, endless)
        return take(session, lifted, charges)

    monkeypatch.setattr(ledger, "_take", own_caps_alone)
    price, found = shown(pair)
    assert price == len(PARTNERS) * SHARE
    assert found > 1.1 * EVERYBODYS


def unlimited(cap, limit):
    return Cap(cap.id, cap.kind, cap.subject, limit, cap.lifetime)

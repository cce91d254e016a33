"""Keys that aren't declared: one that a single person has is named by chance alone, delta at most.

Only keys that somebody has under the conditions can be named at all, once enough noisy people have
them; and nothing but their people is counted. The control names every key from two noisy people on.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from gateway.aggregates.drawing import draw
from gateway.aggregates.tallying import Tallying
from gateway.errors import RefusedError
from policies.aggregates import pricing
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import SAMPLER, rules, see
from tests.counted_homes import DATASET, POLICY

DELTA, TIMES = 0.004, 4000
KIND = "group_by: [kind,"
WEDDED = [VICTIM | {"person_id": "alone", "kind": "Marriage", "town": "A", "controls": "Debt"}]
ASKED = {"group_by": ["kind"], "epsilon": 1}


@pytest.fixture
def naming(counted):
    """A home where kinds are named by who has them; one person alone has married."""
    private = f"group_by: [{{column: kind, keys: private, delta: {DELTA}}},"
    counted.declare(DATASET.replace("delta: 1.0e-6", "delta: 0.05"))
    counted.apply(POLICY.replace(KIND, private).replace("delta: 1.0e-7", "delta: 0.05"))
    counted.load_rows(WEDDED)
    return counted


def times_named(world, kind, **asked):
    """Return how often a kind is named."""
    seen = see(world, "harbor", "count_people", **{**ASKED, **asked})
    found = 0
    for _ in range(TIMES):
        (noisy,) = draw(seen.tallying, seen.components, SAMPLER)
        found += (kind,) in (noisy.named or ())
    return found


def most_by_chance(share):
    """Return how often something of that probability happens at most, but once in a million."""
    return binom.isf(1e-6, TIMES, share)


def test_a_key_that_one_person_has_is_named_by_chance_alone(naming):
    assert times_named(naming, "Marriage") <= most_by_chance(DELTA)


def test_a_key_that_many_have_is_named(naming):
    assert times_named(naming, "Labour") > TIMES / 4


def test_control_where_two_are_enough_one_person_is_named_often(naming, monkeypatch):
    monkeypatch.setattr(pricing, "threshold_for", lambda *_told: 2)
    assert times_named(naming, "Marriage") > most_by_chance(DELTA)


ELSEWHERE = {"where": [{"column": "town", "in": ["B"]}]}


def test_a_key_that_nobody_has_under_the_conditions_is_never_named(naming):
    assert times_named(naming, "Marriage", **ELSEWHERE) == 0


def test_control_where_keys_of_nobody_may_be_named_they_are(naming, monkeypatch):
    exact = Tallying.exact

    def never_nobody(tallying, parts):
        return [np.maximum(values, 1) for values in exact(tallying, parts)]

    monkeypatch.setattr(Tallying, "exact", never_nobody)
    assert times_named(naming, "Marriage", **ELSEWHERE) > 0


@pytest.mark.parametrize(
    "measure", ["count_records", {"sum": "debt"}, {"mean": "debt"}, {"quantile": "age"}]
)
def test_nothing_else_is_answered_by_private_keys(naming, measure):
    for measures in ([measure], ["count_people", measure]):
        with pytest.raises(RefusedError) as refused:
            naming.ask_for("harbor", *measures, **ASKED)
        assert "measure-not-for-private-keys" in rules(refused.value.reasons)


def test_naming_keys_costs_its_delta(naming):
    told = naming.ask_for("harbor", "count_people", **ASKED)
    assert told.budget["spent"]["delta"] == pytest.approx(DELTA, rel=1e-6)
    assert told.content["guarantee"]["delta"] == pytest.approx(DELTA, rel=1e-6)


def test_conditions_name_no_key_that_only_data_has(naming):
    where = [{"column": "kind", "in": ["Nonsense"]}]
    with pytest.raises(RefusedError) as refused:
        naming.ask_for("harbor", "count_people", where=where, epsilon=1)
    assert rules(refused.value.reasons) == ["where-unknown-value"]

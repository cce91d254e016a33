"""The share that bounds leave out is an oracle for what bounds hide, unless it is paid for.

Bounded counts can't tell whether the one person in a cell has three records or twelve, and clipped
sums hardly whether its debt is the largest that counts or far beyond. `clipped_share` is asked
about just that: so a share has noise of its own, from a tenth of the price, and is charged like
everything else. Whoever asks again, in whatever spelling and for whichever partner, gets the same
noise; whoever asks anew pays anew, until the budget ends.

Controls: shares without noise; shares that count a person's records, with noise for one person;
and shares that aren't charged, asked until they tell.
"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from gateway.aggregates import answering, asking
from gateway.aggregates.asking import permitted
from gateway.aggregates.tallying import _Chunk
from gateway.errors import RefusedError
from tests.attacks import views as seeing
from tests.attacks.auditor import audit
from tests.attacks.test_aggregates_one_person_more import shape
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import neighbours, see, views
from tests.counted_homes import question, template_of

RUNS = 40_000
EPSILON = 4.0
TENTH = EPSILON / 10
INSIDE = VICTIM | {"debt": "999.99"}
ALONE = [{"column": "kind", "in": ["Marriage"]}]
UNITS = {"where": ALONE, "clipped_share": True}
SHARES = ("outside", "beyond", "everybody")


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Homes that differ in what the bounds leave out of one person."""
    folder, template = tmp_path_factory.mktemp("shares"), template_of(tmp_path_factory)
    histories = {"few": [INSIDE] * 3, "many": [INSIDE] * 12, "beyond": [VICTIM] * 3}
    with neighbours(folder, template, *histories.values()) as worlds:
        yield dict(zip(histories, worlds, strict=True))


def both(homes, other, *measures, **asked):
    """Return what is counted of the person, and of the other it might be."""
    return [see(homes[name], "harbor", *measures, **asked) for name in ("few", other)]


def differing(one, other):
    """Return the price of each component that tells the two apart, by its statistic."""
    return {
        part.statistic: float(part.price.epsilon)
        for part, a, b in zip(one.components, one.exact, other.exact, strict=True)
        if (a != b).any()
    }


def shown(homes, other, measure, runs):
    """Return what is shown at least of which history it is, and what that costs."""
    counted = both(homes, other, measure, **UNITS, epsilon=EPSILON)
    return audit(*views(*counted), runs=runs), sum(differing(*counted).values())


def test_the_share_alone_sees_what_bounds_hide(homes):
    assert {*differing(*both(homes, "many", "count_people", **UNITS))} == {"beyond"}
    assert {*differing(*both(homes, "beyond", {"mean": "debt"}, **UNITS))} == {"outside", "sum"}


@pytest.mark.parametrize(
    ("other", "measure"), [("many", "count_people"), ("beyond", {"mean": "debt"})]
)
def test_a_share_shows_no_more_of_a_person_than_it_costs(homes, effort, other, measure):
    found, price = shown(homes, other, measure, RUNS * effort)
    assert found <= price < EPSILON


def test_all_shares_of_a_question_cost_a_tenth(homes):
    for measure in ("count_people", {"sum": "debt"}, {"mean": "debt"}):
        asked = see(homes["many"], "harbor", measure, **UNITS, epsilon=EPSILON)
        prices = [p.price.epsilon for p in asked.components if p.statistic in SHARES]
        assert 0 < sum(prices) <= TENTH
        assert asked.price() <= EPSILON


def test_control_a_share_without_noise_tells_at_once(homes, monkeypatch):
    monkeypatch.setattr(seeing, "noised", lambda _part, values, count: np.tile(values, (count, 1)))
    for other, measure in (("many", "count_people"), ("beyond", {"sum": "debt"})):
        found, price = shown(homes, other, measure, RUNS)
        assert found > price


def test_control_records_counted_with_noise_for_one_person_tell_too_much(homes, monkeypatch):
    def records(chunk, component):
        marks = chunk._met(component.where)
        if component.statistic == "beyond":
            marks[chunk._chosen(component.where)] = False
        return np.array([np.count_nonzero(marks)])

    monkeypatch.setattr(_Chunk, "_units", records)
    found, price = shown(homes, "many", "count_people", RUNS)
    assert found > 1.5 * price


def looks(world, partner, **asked):
    """Return everything that can be seen of a share but its numbers."""
    before = world.estimate_of(partner, "count_people", {"sum": "debt"}, **asked)
    told = world.ask_for(partner, "count_people", {"sum": "debt"}, **asked)
    after = world.estimate_of(partner, "count_people", {"sum": "debt"}, **asked)
    seen = json.dumps([before, shape(told.content), told.budget, after])
    return seen, len(json.loads(seen)[1]["left_out"])


@pytest.mark.parametrize(
    "price", [{"epsilon": 0.3}, {"rho": 0.001}, {"half_width": 20_000}], ids=str
)
def test_shares_look_the_same_whatever_bounds_leave_out(homes, price):
    seen = [looks(world, "harbor", **UNITS, **price) for world in homes.values()]
    assert {kept for _, kept in seen} == {2}
    assert len({bare(text) for text, _ in seen}) == 1


def bare(text):
    """Leave out what differs between any two homes: the opaque names of snapshots."""
    told = json.loads(text)
    for part in (told[0], told[1]["guarantee"], told[3]):
        part.pop("snapshot")
    return json.dumps(told)


def share_of(answered):
    return answered.content["left_out"]["people"]


def test_asked_again_by_anybody_a_share_is_drawn_once(counted):
    asked = {"where": ALONE, "clipped_share": True, "epsilon": 0.5}
    first = counted.ask_for("harbor", "count_people", **asked)
    spent = first.budget["spent"]
    spellings = (
        asked,
        {**asked, "totals": True},
        {**asked, "non_negative": True},
        {**asked, "where": [{"column": "kind", "in": ["Marriage", "Marriage"]}]},
        {**asked, "purpose": "planning"},
    )
    for spelt in spellings:
        again = counted.ask_for("harbor", "count_people", **spelt)
        assert share_of(again) == share_of(first)
        assert again.budget["spent"] == spent
    assert share_of(counted.ask_for("lantern", "count_people", **asked)) == share_of(first)


def spent_on_beyond(world, partner, most=20):
    """Ask at one price after the other until the budget ends; return what the draws told."""
    told = 0.0
    for number in range(most):
        body = question("count_people", **UNITS, epsilon=round(0.5 + number / 1000, 3))
        _, put = permitted(world.context, partner, body)
        try:
            asking.ask(world.context, partner, body)
        except RefusedError:
            return told
        told += sum(float(p.price.epsilon) for p in put.plan.components if p.statistic in SHARES)
    return told


BUDGET = 4
"""The policy's, of each partner; that of the dataset is twice as large."""


def test_shares_asked_for_anew_end_with_the_budget(counted):
    told = [spent_on_beyond(counted, name) for name in ("harbor", "lantern")]
    assert 0 < sum(told) <= 2 * BUDGET / 10


def test_control_shares_that_are_not_charged_are_asked_until_they_tell(counted, monkeypatch):
    """As if a share came along with what is paid for anyway."""
    monkeypatch.setattr(asking, "charges_of", charged_for_nothing)
    assert spent_on_beyond(counted, "harbor") > BUDGET / 10


def charged_for_nothing(context, put):
    charges = answering.charges_of(context, put)
    return tuple(replace(charge, epsilon=0, rho=0) for charge in charges)

"""Advice on policies: real figures, a file that may be applied, an entry that somebody looked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.advice_chart import frontier_chart
from gateway.advising import Asked, advise_policy
from gateway.declaring import check_policy_file
from gateway.errors import DeclarationError, InvalidRequestError, NotFoundError, RefusedError
from gateway.operations import perform
from gateway.previews import Audience, preview_policy
from policies.documents import parse_policy
from tests.small_homes import people

ASKED = Asked(
    dataset="cases",
    purpose="research",
    partner_class="ngo",
    columns=(),
    floors={},
    weights={},
    ks=(2, 5, 11),
    max_suppressed=0.05,
)


def advised(world, **changed):
    return advise_policy(world.context, replace(ASKED, **changed), lambda _text, _share: None)


def test_each_k_has_its_levels_its_loss_and_its_risk(world):
    advice = advised(world)
    assert [choice["k"] for choice in advice["choices"]] == [2, 5, 11]
    first, _, last = advice["choices"]
    assert advice["people"] == 40
    assert {*first["levels"]} == {"reported_on", "age", "state"}
    assert first["weighted_loss"] <= last["weighted_loss"]
    assert first["smallest_class"] >= 2
    assert last["highest_risk"] <= 1 / 11
    assert advice["recommended"] in {choice["k"] for choice in advice["choices"]}
    json.dumps(advice, allow_nan=False)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_its_policy_may_be_applied_and_keeps_what_it_says(world, place):
    choice = advised(world)["choices"][place]
    checked = check_policy_file(world.context, file="advised.yaml", text=choice["policy"])
    assert checked["errors"] == []
    assert checked["warnings"] == choice["warnings"]
    policy = parse_policy(choice["policy"])
    world.apply(choice["policy"])
    agreement = {"policy": "cases-research", "purposes": ["research"]}
    world.partner("reader", agreement=agreement)
    seen = preview_policy(world.context, policy, Audience("reader"), 0, lambda _t, _s: None)
    assert seen["smallest_class"] >= choice["k"]
    assert seen["left_out_by_search"] <= choice["left_out_by_search"]
    assert seen["left_out"] <= choice["left_out"]


def test_what_l_leaves_out_beyond_max_suppressed_is_counted_and_warned_of(world):
    world.load(people(41, 50, age="71", harm="Labour"))
    floors = {"age": "10-years", "reported_on": "month"}
    (choice,) = advised(world, ks=(2,), floors=floors)["choices"]
    policy = parse_policy(choice["policy"])
    world.apply(choice["policy"])
    agreement = {"policy": "cases-research", "purposes": ["research"]}
    world.partner("reader", agreement=agreement)
    seen = preview_policy(world.context, policy, Audience("reader"), 0, lambda _t, _s: None)
    assert (choice["left_out_by_search"], choice["left_out"]) == (0, 10)
    assert (seen["left_out_by_search"], seen["left_out"]) == (0, 10)
    assert choice["left_out_warnings"] == seen["warnings"]
    assert "20% of the people are left out, more than the 5%" in seen["warnings"][0]


@pytest.mark.parametrize("columns", [("age", "state", "controls"), ("age", "harm", "controls")])
def test_l_is_counted_on_cells_with_several_codes_too(world, columns):
    world.load(people(41, 50, age="71", controls="Debt"))
    world.load(people(1, 40, controls="Debt;Threats"))
    world.load(people(1, 20, controls="Papers"))
    for choice in advised(world, ks=(2,), columns=columns)["choices"]:
        world.apply(choice["policy"])
        policy, agreement = parse_policy(choice["policy"]), {"policy": "cases-research"}
        world.partner("reader", agreement={**agreement, "purposes": ["research"]})
        seen = preview_policy(world.context, policy, Audience("reader"), 0, lambda _t, _s: None)
        assert seen["left_out"] == choice["left_out"] > 0


def test_weights_decide_what_stays_fine(world):
    alike = {"ks": (11,), "columns": ("reported_on", "age")}
    (months,) = advised(world, weights={"reported_on": 50}, **alike)["choices"]
    (ages,) = advised(world, weights={"age": 50}, **alike)["choices"]
    assert months["levels"] != ages["levels"]
    assert months["levels"]["reported_on"] in {"day", "month"}
    assert ages["levels"]["age"] in {"exact", "2-years", "5-years"}


def test_a_floor_is_the_finest_that_is_considered(world):
    for choice in advised(world, floors={"reported_on": "quarter"})["choices"]:
        assert choice["levels"]["reported_on"] in {"quarter", "year", "5-years", "*"}


def test_that_somebody_looked_is_logged_and_nothing_else_is_written(world):
    before = len(world.entries())
    advised(world)
    (looked,) = world.entries()[before:]
    assert (looked["type"], looked["id"], looked["state"]) == (
        "policy",
        "cases-research",
        "advised",
    )
    assert looked["purpose"] == "research"
    assert "cases-research" not in world.context.registry.policies_for("cases")
    assert not any(world.context.home.releases_dir.iterdir())


def test_the_answer_holds_no_value_of_a_record(world):
    text = json.dumps(advised(world))
    for value in ("person-1", "case-1", "2026-01-15", "202555", "note 0"):
        assert value not in text


@pytest.mark.parametrize(
    ("changed", "rules"),
    [
        ({"columns": ("person_id",)}, {"not-to-be-advised", "nothing-to-advise"}),
        ({"columns": ("harm",)}, {"nothing-to-advise"}),
        ({"weights": {"harm": 2.0}}, {"not-to-be-advised"}),
        ({"weights": {"age": 0.0}}, {"not-a-weight"}),
        ({"weights": {"age": -1.0}}, {"not-a-weight"}),
        ({"weights": {"age": float("nan")}}, {"not-a-weight"}),
        ({"weights": {"age": float("inf")}}, {"not-a-weight"}),
        ({"weights": {"age": 1e300}}, {"not-a-weight"}),
        ({"floors": {"agee": "5-years"}}, {"not-to-be-advised"}),
    ],
)
def test_columns_that_advice_can_t_be_about_are_named(world, changed, rules):
    with pytest.raises(InvalidRequestError) as caught:
        advised(world, **changed)
    assert {reason.rule for reason in caught.value.reasons} == rules
    assert all(caught.value.lines())


@pytest.mark.parametrize(
    "changed",
    [
        {"floors": {"age": "12-years"}},
        {"ks": (1, 5)},
        {"purpose": "Not Kebab"},
        {"partner_class": "financial"},
        {"columns": ("age", "state", "controls", "narrative")},
    ],
)
def test_what_no_policy_may_say_isn_t_advised(world, changed):
    with pytest.raises((DeclarationError, InvalidRequestError)) as caught:
        advised(world, **changed)
    assert all(caught.value.lines())


def test_what_nothing_protects_is_refused(world):
    with pytest.raises(RefusedError) as caught:
        advised(world, ks=(41,))
    assert [reason.rule for reason in caught.value.reasons] == ["nothing-safe"]
    with pytest.raises(RefusedError):
        advised(world, partner_class="government", ks=(200,))


def test_an_unknown_dataset_is_named_with_those_there_are(world):
    with pytest.raises(NotFoundError, match="no dataset 'nothing'"):
        advised(world, dataset="nothing")


def test_commands_reach_it_by_name(world):
    params = {**vars(ASKED), "ks": [5], "columns": ["age", "state"]}
    advice = perform(world.context, "policy.advise", params, lambda _text, _share: None)
    assert [choice["k"] for choice in advice["choices"]] == [5]


def test_the_picture_has_a_point_for_each_k(world):
    spec = frontier_chart(advised(world))
    assert [point["label"] for point in spec["data"]["values"]] == ["k=2", "k=5", "k=11"]

"""Previews: the rooms of a release, without a release."""

from __future__ import annotations

import pytest

from gateway.declarations import suspend_partner
from gateway.errors import NotFoundError, RefusedError
from gateway.previews import HIDDEN, TOKEN, Audience, preview_policy
from policies.documents import parse_policy
from tests.small_homes import POLICY, people


def preview(world, text=POLICY, partner="harbor", purpose="", rows=3):
    document = parse_policy(text)
    audience = Audience(partner, purpose)
    return preview_policy(world.context, document, audience, rows, lambda _text, _share: None)


def test_a_preview_is_what_the_extract_then_is(world):
    seen = preview(world, rows=100)
    pulled = world.rows("harbor")
    assert seen["people"] == len(pulled) == len(seen["rows"])
    hidden = [{**row, "person_id": TOKEN} for row in pulled]

    def key(row):
        return sorted((name, str(value)) for name, value in row.items())

    assert sorted((row["leaves"] for row in seen["rows"]), key=key) == sorted(hidden, key=key)


def test_each_row_stands_beside_the_record_it_was_made_of(world):
    for row in preview(world, rows=40)["rows"]:
        stored, leaves = row["stored"], row["leaves"]
        assert stored["state"] == leaves["state"] == "CA"
        assert stored["harm"] == leaves["harm"]
        assert stored["reported_on"].startswith(leaves["reported_on"])
        low, high = leaves["age"].split("-")
        assert int(low) <= int(stored["age"]) <= int(high)


def test_no_token_and_no_identifier_is_shown(world):
    seen = preview(world, rows=40)
    tokens = {row["person_id"] for row in world.rows("harbor")}
    assert not any(token in str(seen) for token in tokens)
    assert {row["stored"]["person_id"] for row in seen["rows"]} == {HIDDEN}
    assert "what person" not in str(seen)


def test_rows_stand_in_another_order_than_in_the_extract(world):
    seen = [row["leaves"]["age"] for row in preview(world, rows=40)["rows"]]
    assert seen != [row["age"] for row in world.rows("harbor")]


def test_nothing_leaves_and_the_look_is_logged(world):
    before = len(world.entries())
    preview(world, POLICY.replace("k: 3", "k: 4"))
    (looked,) = world.entries()[before:]
    assert (looked["type"], looked["id"], looked["state"]) == ("policy", "for-ngos", "previewed")
    assert looked["partner"] == "harbor"
    assert not any(world.context.home.releases_dir.iterdir())
    assert world.context.registry.policies_for("cases")["for-ngos"].document.extract.protect.k == 3


def test_a_policy_that_isn_t_applied_is_what_counts(world):
    seen = preview(world, POLICY.replace("k: 3", "k: 11").replace("k: 5}", "k: 11}"))
    assert seen["k"] == 11
    assert seen["smallest_class"] >= 11


def test_what_is_left_out_is_counted_by_cause(world):
    world.load(people(41, 44, consent="none"))
    world.load(people(45, 45, state="TX"))
    seen = preview(world, POLICY.replace("coarsen: {from: us-state}", "coarsen: {to: us-state}"))
    assert seen["records_left_out"] == {"consent-stated": 4}
    assert (seen["people"], seen["left_out"]) == (40, 1)


def test_only_who_could_ask_has_a_preview(world):
    with pytest.raises(NotFoundError, match="there is no partner nobody"):
        preview(world, partner="nobody")
    with pytest.raises(NotFoundError, match="no agreement that names policy for-others"):
        preview(world, POLICY.replace("for-ngos", "for-others"))
    with pytest.raises(RefusedError):
        preview(world, purpose="baking")
    with pytest.raises(RefusedError):
        preview(world, POLICY.replace("[ngo]", "[government]"))
    world.partner("gone", agreement={"ends": "2026-02-01"})
    with pytest.raises(RefusedError):
        preview(world, partner="gone")


def test_a_purpose_that_falls_under_another_policy_says_so(world):
    world.apply(POLICY.replace("for-ngos", "other"))
    base = {"dataset": "cases", "starts": "2026-01-01"}
    world.partner(
        "both",
        agreements=[
            {
                **base,
                "agreement": "a",
                "policy": "for-ngos",
                "purposes": ["research"],
                "ends": "2026-08-01",
            },
            {
                **base,
                "agreement": "b",
                "policy": "other",
                "purposes": ["research"],
                "ends": "2026-12-31",
            },
        ],
    )
    with pytest.raises(NotFoundError, match="names policy other"):
        preview(world, partner="both")


def test_a_suspended_partner_can_be_looked_at(world):
    suspend_partner(world.context, "harbor")
    assert preview(world)["people"] == 40


def test_a_policy_without_tokens_or_with_nothing_kept_is_shown(world):
    plain = POLICY.replace("    person_id:   {pseudonymize: {epoch: year}}\n", "")
    seen = preview(world, plain)
    assert seen["guarantee"] == "k-anonymous extract"
    assert HIDDEN not in str(seen)
    tokens = (
        "policy: for-ngos\ndataset: cases\nclasses: [ngo]\npurposes: [research]\nextract:\n"
        "  columns:\n    person_id: {pseudonymize: {epoch: release}}\n    age: drop\n"
        "  minors: {column: age, below: 18, k: 5}\n  protect: {k: 3}\n"
    )
    only = preview(world, tokens)
    assert [row["stored"] for row in only["rows"]] == [{"person_id": HIDDEN}] * 3


def test_a_preview_of_local_recoding_names_the_levels_and_what_it_costs(world):
    world.load(people(43, 45, state="TX"))
    local = POLICY.replace("max_suppressed: 0.1", "max_suppressed: 0, recoding: local")
    on_levels = preview(world, POLICY.replace("max_suppressed: 0.1", "max_suppressed: 0"))
    seen = preview(world, local)
    assert {column["name"]: column["leaves_as"] for column in seen["columns"]} == {
        "person_id": "token",
        "reported_on": "month, quarter",
        "age": "5-years, majority",
        "state": "us-state",
        "harm": "as it is",
        "controls": "as it is",
        "note": "as it is",
    }
    assert seen["loss"] < on_levels["loss"]
    assert (seen["recoding"], on_levels["recoding"]) == ("local", "full-domain")

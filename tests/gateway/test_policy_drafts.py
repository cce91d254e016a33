"""Drafts: where a home asks for approvals, a policy becomes active by them alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.audit_check import check_everything
from gateway.errors import ConflictError, NotFoundError
from gateway.policy_drafts import (
    approve_draft,
    list_drafts,
    propose_policy,
    refuse_draft,
    show_draft,
)
from policies.documents import parse_policy
from tests.small_homes import POLICY

CHANGED = POLICY.replace("k: 3", "k: 4")
FURTHER = POLICY.replace("k: 3", "k: 6").replace("k: 5}", "k: 6}")


@pytest.fixture
def strict(world):
    """The same home, asking for two approvals."""
    home = world.context.home
    document = home.document.model_copy(update={"policy_review": 2})
    world.context = replace(world.context, home=replace(home, document=document))
    return world


def propose(world, text=CHANGED):
    return propose_policy(world.context, parse_policy(text))


def active_k(world):
    return world.context.registry.policies_for("cases")["for-ngos"].document.extract.protect.k


def approve(world, draft, officer):
    return approve_draft(world.context, draft, officer, "fine")


def test_without_reviews_a_policy_is_active_at_once(world):
    assert propose(world)["outcome"] == "changed"
    assert active_k(world) == 4
    assert list_drafts(world.context) == []


def test_a_draft_changes_nothing_until_its_last_approval(strict):
    proposed = propose(strict)
    assert (proposed["outcome"], proposed["needed"]) == ("draft", 2)
    (draft,) = list_drafts(strict.context)
    assert (draft.id, draft.policy, draft.approvals) == (proposed["review"], "for-ngos", 0)
    assert active_k(strict) == 3
    assert approve(strict, draft.id, "olivia") == "draft"
    assert active_k(strict) == 3
    assert approve(strict, draft.id, "omar") == "active"
    assert active_k(strict) == 4
    assert list_drafts(strict.context) == []


def test_partners_get_nothing_under_a_draft(strict):
    propose(strict)
    assert strict.extract("harbor").state == "ready"
    version = strict.context.registry.policies_for("cases")["for-ngos"].sha256
    assert strict.row(strict.ask("harbor").id).policy_sha256 == version


def test_one_officer_is_one_approval(strict):
    draft = propose(strict)["review"]
    approve(strict, draft, "olivia")
    with pytest.raises(ConflictError, match="another one must"):
        approve(strict, draft, "olivia")
    assert active_k(strict) == 3


def test_a_refused_draft_is_gone_and_may_be_proposed_again_from_the_start(strict):
    draft = propose(strict)["review"]
    approve(strict, draft, "olivia")
    assert refuse_draft(strict.context, draft, "omar", "too loose") == "refused"
    with pytest.raises(NotFoundError):
        approve(strict, draft, "omar")
    assert propose(strict)["review"] == draft
    assert list_drafts(strict.context)[0].approvals == 0


def test_a_newer_draft_of_the_policy_takes_the_place_of_an_older_one(strict):
    older, newer = propose(strict)["review"], propose(strict, FURTHER)["review"]
    assert [draft.id for draft in list_drafts(strict.context)] == [newer]
    with pytest.raises(NotFoundError):
        approve(strict, older, "olivia")


def test_the_active_version_needs_no_approval(strict):
    assert propose(strict, POLICY) == {"outcome": "unchanged"}


def test_every_step_is_an_entry_without_the_reason_s_words(strict):
    before = len(strict.entries())
    draft = propose(strict)["review"]
    approve(strict, draft, "olivia")
    approve(strict, draft, "omar")
    steps = strict.entries()[before:]
    assert [(step["type"], step["state"]) for step in steps] == [
        ("policy", "draft"),
        ("review", "approve"),
        ("review", "approve"),
        ("policy", "active"),
    ]
    assert [step.get("officer") for step in steps] == [None, "olivia", "omar", None]
    assert "fine" not in str(steps)
    strict.context.log.sign()
    assert check_everything(strict.context)["broken"] == []


def test_a_draft_shows_what_it_says_and_what_the_lint_says_of_it(strict):
    seen = show_draft(strict.context, propose(strict)["review"])
    assert seen["document"]["extract"]["protect"]["k"] == 4
    assert (seen["kind"], seen["policy"], seen["needed"]) == ("policy", "for-ngos", 2)
    assert seen["errors"] == []
    assert any("smaller than usual" in warning for warning in seen["warnings"])
    with pytest.raises(NotFoundError):
        show_draft(strict.context, "pol_absent")

"""A small home whose people are recognized by their phone, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.linkage.acts import Act, decide_link
from gateway.linkage.showing import list_links
from tests.small_homes import DATASET, person

if TYPE_CHECKING:
    from tests.small_homes import World

BY_PHONE = DATASET + "linkage: {deterministic: [[phone]]}\n"
TERMS = {"dataset": "cases", "starts": "2026-01-01", "ends": "2026-12-31"}
GIVES = {"agreement": "harbor-gives", "submits": True, **TERMS}
ASKS = {"agreement": "harbor-asks", "policy": "for-ngos", "purposes": ["research"], **TERMS}


def phone(number):
    """Return the phone of one of the home's people."""
    return person(number)["phone"]


def under(number, name, **changes):
    """Return a record of somebody else's case, under another name, with a person's phone."""
    changes = {"case_id": f"case-{name}", "person_id": name, **changes}
    return {**person(number), **changes}


def links(world: World, dataset: str = "cases"):
    """Return every pair."""
    return list_links(world.context, dataset, everything=True)


def decide(world: World, link: str, verdict: str, officer: str = "olivia"):
    """Let an officer decide."""
    return decide_link(world.context, Act(link, verdict, officer, "seen both files"))

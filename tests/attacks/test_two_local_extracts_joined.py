"""Two files recoded locally, on the same people, lie across each other.

Somebody who knows a person's quasi-identifiers finds its class in either file. Each class has two
kinds of harm; what both have in common may be one. So the gateway gives no second such file on
people who are in an earlier one. The control lets it go, and the attack succeeds.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.pseudonyms import roots
from gateway import releases
from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import read_classes
from gateway.reviews import approve
from gateway.store.engine import reading
from gateway.store.tables import Release
from tests.small_homes import person

PEOPLE = 300
LOCAL = "l: {harm: 2}, max_suppressed: 0.1 -> l: {harm: 2}, levels_by: all, recoding: local"


def drawn_people():
    """Draw many different people."""
    rng = np.random.default_rng(8)
    drawn = zip(
        rng.integers(18, 80, PEOPLE),
        rng.integers(1, 7, PEOPLE),
        rng.choice(["CA", "NV", "TX", "NY"], PEOPLE),
        rng.choice(["Labour", "Sexual", "Marriage"], PEOPLE),
        strict=True,
    )
    return [
        person(n, age=age, reported_on=f"2026-0{month}-10", state=state, harm=harm)
        for n, (age, month, state, harm) in enumerate(drawn)
    ]


@pytest.fixture
def crowd(world):
    """Many different people, under a policy with local recoding."""
    world.load(drawn_people(), mode="replace")
    world.apply(recoding=LOCAL)
    return world


def pull(world, partner, **asked):
    """Ask, have an officer approve it, and return what came of it."""
    made = world.extract(partner, **asked)
    if made.state == "in_review":
        approve(world.context, made.id, "olivia", "an experiment")
    return made.id, world.state(made.id)


def harms(world, extract_id):
    """Return for each person the harms of its class: what its class tells whoever finds it."""
    with reading(world.context.store) as session:
        release = session.get_one(Release, extract_id.replace("ext_", "rel_"))
    key = world.context.keys.content_key_unwrap(
        release.sealed_classes_key, f"release:{release.id}:classes"
    )
    ledger = read_classes(folder_of(world.context, extract_id) / CLASSES, key)
    people, classes = ledger["person"].to_pylist(), ledger["class"].to_pylist()
    everybody = drawn_people()
    names = pa.array([row["person_id"] for row in everybody])
    found = roots(names, world.context.keys.domain("person")).to_pylist()
    harm = dict(zip(found, (row["harm"] for row in everybody), strict=True))
    told = {number: set() for number in classes}
    for who, number in zip(people, classes, strict=True):
        told[number].add(harm[who])
    return {who: told[number] for who, number in zip(people, classes, strict=True)}


def pinned(world):
    """Let two partners pull what they may; return how many people's harm both files tell."""
    first, state = pull(world, "harbor")
    assert state == "ready"
    second, state = pull(world, "lantern", columns=["age", "state", "harm"])
    if state != "ready":
        return 0
    one, other = harms(world, first), harms(world, second)
    assert all(len(told) > 1 for file in (one, other) for told in file.values())
    return sum(len(one[who] & other[who]) == 1 for who in one.keys() & other.keys())


def test_no_second_local_file_leaves_on_the_same_people(crowd):
    assert pinned(crowd) == 0
    assert crowd.entries("refusal")[-1]["rules"] == ["nothing-safe"]


def test_control_without_clearance_two_files_tell_what_neither_tells(crowd, monkeypatch):
    monkeypatch.setattr(releases, "is_cleared", lambda *_: True)
    assert pinned(crowd) > 0

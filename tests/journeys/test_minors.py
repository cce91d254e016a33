"""Minors, and people of unknown age, are in larger groups than others, or in none."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.small_homes import people, person

DROP = "minors: {column: age, below: 18, k: 5} -> minors: {column: age, below: 18, drop: true}"
MOST = "max_suppressed: 0.1 -> max_suppressed: 0.5"
EXACTLY = "{coarsen: {from: 5-years}} -> {coarsen: {from: 5-years, to: 5-years}}"


def ages(world, **asked):
    return Counter(row["age"] for row in world.rows("harbor", **asked))


@pytest.mark.parametrize(("minors", "left"), [(4, 0), (5, 5)])
def test_minors_leave_in_groups_of_their_own_k(world, minors, left):
    """Four would do for adults; a group with a minor needs five."""
    world.apply(most=MOST, exactly=EXACTLY)
    rows = [person(41 + n, age="16", harm="Labour" if n % 2 else "Sexual") for n in range(minors)]
    world.load([{**row, "reported_on": "2026-01-15"} for row in rows])
    assert ages(world)["15-17"] == left


def test_adults_leave_in_groups_that_are_too_small_for_minors(world):
    """The control: four adults are enough where four minors aren't."""
    world.apply(most=MOST, exactly=EXACTLY)
    rows = [person(41 + n, age="61", harm="Labour" if n % 2 else "Sexual") for n in range(4)]
    world.load([{**row, "reported_on": "2026-01-15"} for row in rows])
    assert ages(world)["60-64"] == 4


def test_an_age_that_is_unknown_or_impossible_counts_as_a_minors(world):
    world.apply(most=MOST, exactly=EXACTLY)
    rows = [
        person(41 + 4 * m + n, age=age, harm="Labour" if n % 2 else "Sexual")
        for m, age in enumerate(("", "130"))
        for n in range(4)
    ]
    world.load([{**row, "reported_on": "2026-01-15"} for row in rows])
    assert sum(ages(world).values()) == 40


def test_minors_that_are_dropped_are_in_nothing_and_unknown_ages_with_them(world):
    world.apply(drop=DROP)
    world.load([*people(41, 60, age="16"), *people(61, 80, age=""), *people(81, 100, age="18")])
    counted = ages(world)
    assert "15-17" not in counted
    assert sum(counted.values()) == 60


def test_the_manifest_says_how_minors_are_protected(world):
    import json

    from gateway.releases import manifest_bytes

    made = world.extract("harbor")
    manifest = json.loads(manifest_bytes(world.context, "harbor", made.release_id))
    assert manifest["protection"]["minors"] == {"column": "age", "below": 18, "k": 5}

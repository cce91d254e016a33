"""The population floor, on places small enough to see through."""

import pytest

from anonymizers.ladders.base import TOP
from anonymizers.ladders.pooling import Pool, covered, divide

TEXAS = Pool("TX", frozenset(["TX"]))
WORLD = Pool(TOP, frozenset())


def forms(pool, places, floor=100):
    counted = {name: n if isinstance(n, dict) else {"": n} for name, n in places.items()}

    def together(some):
        return covered(counted[place] for place in some)

    return {place: found.form for place, found in divide(pool, places, together, floor).items()}


def test_a_place_with_enough_people_is_named():
    assert forms(TEXAS, {"a": 100, "b": 300}) == {"a": "a", "b": "b"}


def test_places_with_too_few_are_one_pool():
    assert forms(TEXAS, {"a": 60, "b": 50, "c": 99, "d": 100}) == {
        **dict.fromkeys("abc", "rest of TX"),
        "d": "d",
    }


def test_a_pool_that_is_too_small_takes_in_the_smallest_named_place():
    assert forms(TEXAS, {"a": 30, "b": 500, "c": 120}) == {
        **dict.fromkeys("ac", "rest of TX"),
        "b": "b",
    }


def test_what_leaves_nothing_named_keeps_the_form_above():
    assert forms(TEXAS, {"a": 30, "b": 120}) == dict.fromkeys("ab", "TX")
    assert forms(WORLD, {"a": 30, "b": 120}) == dict.fromkeys("ab", TOP)


def test_the_rest_of_a_rest_and_of_the_world_keep_their_names():
    pool = Pool("rest of TX", frozenset(["x", "y"]))
    assert forms(pool, {"a": 200, "b": 120, "c": 150, "d": 2})["d"] == "rest of TX"
    assert forms(WORLD, {"a": 300, "b": 100, "c": 1})["c"] == TOP


def test_places_of_one_size_join_by_name():
    assert forms(TEXAS, {"z": 1, "b": 200, "a": 200, "c": 200})["a"] == "rest of TX"


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], 0),
        ([{}], 0),
        ([{"US": 900, "MX": 40}], 40),
        ([{"US": 900}, {"MX": 800}], 800),
        ([{"US": 900, "MX": 0}], 900),
        ([{"US": 30}, {"US": 30, "MX": 70}], 60),
    ],
)
def test_people_of_two_countries_are_never_added_up(people, expected):
    assert covered(people) == expected


def test_a_border_place_needs_the_floor_on_both_sides():
    places = {"a": {"US": 5000, "MX": 90}, "b": {"US": 400}, "c": {"US": 300, "MX": 20}}
    assert forms(TEXAS, places) == {**dict.fromkeys("ac", "rest of TX"), "b": "b"}


def together_in(inside, people):
    """Count the slow way: what lies inside another of the places counts for nothing."""

    def together(some):
        return sum(people[p] for p in some if not inside.get(p, set()) & {*some})

    return together


def test_a_place_inside_another_does_not_fill_a_pool():
    people = {"a": 60, "a again": 60, "b": 300}
    apart = together_in({}, people)
    twice = together_in({"a again": {"a"}}, people)
    shown = {p: found.form for p, found in divide(TEXAS, [*people], twice, 100).items()}
    assert shown == dict.fromkeys(people, "TX")
    shown = {p: found.form for p, found in divide(TEXAS, [*people], apart, 100).items()}
    assert shown["b"] == "b"  # the control


def test_a_pool_is_asked_about_as_a_whole_each_time_it_grows():
    fewer = {
        ("a",): 90,
        ("b",): 120,
        ("c",): 130,
        ("d",): 500,
        ("a", "b"): 80,
        ("a", "b", "c"): 130,
    }
    shown = divide(TEXAS, "abcd", lambda some: fewer[tuple(sorted(some))], 100)
    assert {place for place, found in shown.items() if found.form == "rest of TX"} == {*"abc"}
    assert shown["d"].form == "d"

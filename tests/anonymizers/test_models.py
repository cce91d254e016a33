import pytest

from anonymizers.models import Closeness, Model, Recursive


@pytest.mark.parametrize(
    "numbers",
    [
        {"k": 0},
        {"k": 2, "l": {"kind": 0}},
        {"k": 2, "max_suppressed_share": -0.1},
        {"k": 2, "max_suppressed_share": 1.1},
        {"k": 5, "k_minors": 4},
        {"k": 2, "entropy": {"kind": 0.9}},
        {"k": 2, "entropy": {"kind": float("inf")}},
        {"k": 2, "k_map": 0},
    ],
)
def test_numbers_that_protect_nobody_are_refused(numbers):
    with pytest.raises(ValueError, match="must"):
        Model(**numbers)


def test_the_search_by_k_never_sees_l():
    model = Model(5, {"kind": 2}, 0.02, "k", 20)
    assert model.searched() == Model(5, {}, 0.02, "k", 20)
    everything = Model(5, {"kind": 2}, 0.02, "all", 20)
    assert everything.searched() is everything


@pytest.mark.parametrize(("c", "least"), [(0, 2), (-1, 2), (float("inf"), 2), (1, 0)])
def test_a_recursive_rule_that_means_nothing_is_refused(c, least):
    with pytest.raises(ValueError, match="must"):
        Recursive(c, least)


@pytest.mark.parametrize("at_most", [-0.1, 1.1])
def test_a_distance_that_can_not_be_is_refused(at_most):
    with pytest.raises(ValueError, match="must"):
        Closeness(at_most)


def test_the_search_by_k_sees_the_population_but_no_secret():
    model = Model(
        5,
        {"kind": 2},
        entropy={"kind": 2},
        recursive={"kind": Recursive(3, 2)},
        t={"kind": Closeness(0.2)},
        k_map=20,
    )
    assert model.searched() == Model(5, k_map=20)


def test_what_a_model_implies_is_monotone_and_never_more_than_it():
    model = Model(
        5,
        {"kind": 2, "work": 4},
        entropy={"kind": 2.1, "debt": 1},
        recursive={"work": Recursive(3, 3)},
        t={"place": Closeness(0.2)},
        k_map=20,
    )
    assert model.implied() == Model(5, {"kind": 3, "work": 4, "debt": 1}, k_map=20)
    assert model.sensitive == ("kind", "work", "debt", "place")
    assert model.counted == {"kind", "debt", "work", "place"}
    plain = Model(5, {"kind": 2})
    assert plain.implied() is plain

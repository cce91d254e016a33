"""The search against brute force that shares nothing with it but the declarations."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers import search
from anonymizers.grouping import group
from anonymizers.search import NothingSafeError, find_levels
from anonymizers.standing import standing, surely_left_out
from tests.brute_force import (
    brute_force,
    check_monotone,
    check_search,
    checked_recount,
    is_finer,
    levels_of,
    loss_of,
    nodes,
    safe_people,
    searched,
)
from tests.drawn_people import models, peoples


@pytest.fixture(scope="module", autouse=True)
def small_tables_are_merged_too():
    """Large searches merge rows now and then; here it happens after every third check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "REBASE_CHECKS", 3)
        yield


@settings(deadline=None)
@given(peoples(), models())
def test_no_combination_of_levels_has_less_loss(people, model):
    check_search(people, model)


@settings(deadline=None)
@given(peoples(), models(), st.lists(st.integers(1, 9), min_size=3, max_size=3))
def test_no_combination_of_levels_has_less_weighted_loss(people, model, drawn):
    weights = dict(zip(people.values, drawn, strict=False))
    best = brute_force(people, model, weights)
    if best is None:
        with pytest.raises(NothingSafeError):
            find_levels(people.table, people.hierarchies, model, weights=weights)
        return
    found = find_levels(people.table, people.hierarchies, model, weights=weights)
    stay = safe_people(people, searched(model), found.levels)
    assert found.loss == pytest.approx(float(best), abs=1e-12)
    assert found.loss == pytest.approx(
        float(loss_of(people, found.levels, stay, weights)), abs=1e-12
    )
    plain = float(loss_of(people, found.levels, stay))
    own = [*found.loss_by_column.values()]
    assert sum(own) / max(len(own), 1) == pytest.approx(plain, abs=1e-12)


@settings(deadline=None)
@given(peoples(), models())
def test_who_is_left_out_on_some_levels_is_left_out_on_all_finer_ones(people, model):
    """Under the monotone models; `surely_left_out` is what holds under all."""
    check_monotone(people, model.implied())


@settings(deadline=None, max_examples=60)
@given(peoples(), models())
def test_who_is_surely_left_out_on_some_levels_is_on_all_finer_ones(people, model):
    """The bound that the search cuts by: as many of each class, whatever finer levels part."""
    ladders = [people.hierarchies[name] for name in people.values]
    for coarser in nodes(people):
        classes = people.table.merged(group(packed(people, coarser)))
        mapped = classes.mapped(ladders, coarser)
        implied = standing(classes, model.implied(), mapped)
        surely = surely_left_out(classes, model, implied)
        part = class_of_person(people, coarser)
        for finer in nodes(people):
            if is_finer(finer, coarser):
                stay = safe_people(people, model, levels_of(people, finer))
                out = set(range(people.rows)) - stay
                missing = Counter(part[person] for person in out)
                assert all(missing[n] >= fewest for n, fewest in enumerate(surely.tolist()))


def packed(people, node):
    codes = [
        people.hierarchies[name].maps[level][column].astype(np.int64)
        for (name, column), level in zip(people.table.by_column(), node, strict=True)
    ]
    keys = np.zeros(len(people.table.people), np.int64)
    for column in codes:
        keys = keys * 100 + column
    return keys


def class_of_person(people, node):
    """Number classes on a node as the merged table does: by packed codes, as they rise."""
    keys = [
        tuple(
            int(people.hierarchies[name].maps[level][people.codes[name][person]])
            for name, level in zip(people.values, node, strict=True)
        )
        for person in range(people.rows)
    ]
    order = {key: number for number, key in enumerate(sorted(set(keys)))}
    return [order[key] for key in keys]


@settings(deadline=None)
@given(peoples(), models(), st.randoms(use_true_random=False))
def test_the_order_of_rows_never_changes_what_is_found(people, model, random):
    order = list(range(people.rows))
    random.shuffle(order)
    turned = people.turned(order)
    try:
        found = people.find(model)
    except NothingSafeError:
        with pytest.raises(NothingSafeError):
            turned.find(model)
    else:
        assert turned.find(model) == found
        assert turned.classes(model).people.tolist() == people.classes(model).people.tolist()


@settings(deadline=None)
@given(peoples(), models())
def test_who_is_kept_is_who_may_stay_and_the_recount_agrees(people, model):
    checked_recount(people, model)

"""Local recoding against counts and losses made in plain Python from the released text."""

from collections import defaultdict
from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers import sweep
from anonymizers.search import NothingSafeError
from tests.brute_force import brute_force, stay_of_class
from tests.drawn_people import models as all_models
from tests.drawn_people import peoples

EFFORTS = st.sampled_from([sweep.MOST_WORK, 40, 1])


def models():
    """k-map is for one level for each column alone."""
    return all_models().map(lambda model: replace(model, k_map=None))


@pytest.fixture(scope="module", autouse=True)
def few_nodes_are_few():
    """Small tables have few nodes: the share that is always visited must be less."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "FINEST", 2)
        patch.setattr(sweep, "EACH_VISIT", 1)
        yield


def released(people, model, most_work):
    """Return (arrangement, the look of each person), None where somebody is left out."""
    arranged = people.arrange_locally(model, most_work=most_work)
    release = people.release_locally(model, most_work=most_work)
    looks = [None] * people.rows
    columns = [release.table[name].to_pylist() for name in people.values]
    for row, person in enumerate(release.of_person):
        looks[person] = tuple(column[row] for column in columns)
    return arranged, release, looks


def widest(people, name, form):
    """Return the most leaves that a form of a column can stand for."""
    climb = people.climbs[name]
    found = [
        int(rung.leaves[rung.forms.index(form)])
        for rung in climb.rungs
        if rung.level in people.hierarchies[name].levels and form in rung.forms
    ]
    return min(max(found), climb.domain)


def loss_of(people, looks):
    """ARX's loss of what a reader sees, cell by cell, in fractions."""
    total = Fraction(0)
    for place, name in enumerate(people.values):
        span = people.climbs[name].domain - 1
        for look in looks:
            if look is None:
                total += 1
            elif span:
                total += Fraction(widest(people, name, look[place]) - 1, span)
    return total / (people.rows * max(len(people.values), 1))


def is_monotone(model):
    """Whether nothing safe on levels for all means nothing safe at all: not under entropy or t."""
    return model.searched().implied() == model.searched()


@settings(deadline=None)
@given(peoples(), models(), EFFORTS)
def test_every_class_of_equal_text_is_safe_and_nothing_is_lost_unsaid(people, model, most_work):
    try:
        arranged, release, looks = released(people, model, most_work)
    except NothingSafeError:
        assert brute_force(people, model) is None
        return
    assert brute_force(people, model) is not None or not is_monotone(model)
    classes = defaultdict(list)
    for person, look in enumerate(looks):
        if look is not None:
            classes[look].append(person)
    for members in classes.values():
        assert stay_of_class(people, model, members) == members
    searched = model.searched()
    if searched == model:
        assert arranged.suppressed == looks.count(None)
        assert arranged.loss == pytest.approx(float(loss_of(people, looks)), abs=1e-12)
    assert arranged.suppressed <= floor(Fraction(str(model.max_suppressed_share)) * people.rows)
    assert arranged.suppressed <= looks.count(None)
    if people.values:
        assert release.recount().rows == len(release.of_person)


@settings(deadline=None)
@given(peoples(), models(), EFFORTS)
def test_the_loss_is_never_above_the_optimum_on_one_level_for_each_column(people, model, most_work):
    best = brute_force(people, model)
    if best is not None:
        assert people.arrange_locally(model, most_work=most_work).loss <= best + 1e-12


@settings(deadline=None)
@given(peoples(), models(), EFFORTS)
def test_whoever_has_the_same_floor_codes_has_the_same_form(people, model, most_work):
    """No class tells people apart by anything but what the policy lets out."""
    try:
        arranged = people.arrange_locally(model, most_work=most_work)
    except NothingSafeError:
        return
    seen = defaultdict(set)
    numbers = arranged.classes.number(people.codes, people.rows)
    for person, number in enumerate(numbers.tolist()):
        seen[tuple(codes[person] for codes in people.codes.values())].add(number)
    assert all(len(classes) == 1 for classes in seen.values())


@settings(deadline=None)
@given(peoples(), models(), st.randoms(use_true_random=False), EFFORTS)
def test_the_order_of_rows_changes_nothing(people, model, random, most_work):
    order = list(range(people.rows))
    random.shuffle(order)
    turned = people.turned(order)
    try:
        _, _, looks = released(people, model, most_work)
    except NothingSafeError:
        return
    assert released(turned, model, most_work)[2] == [looks[person] for person in order]

"""The search against brute force that shares nothing with it but the declarations."""

from collections import defaultdict
from fractions import Fraction
from itertools import product
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers import search
from anonymizers.models import Model
from anonymizers.recount import recount
from anonymizers.search import NothingSafeError
from tests.small_tables import People, taxonomy, texts

VALUES = ("a", "b", "c", "d", "e", "f")


@pytest.fixture(scope="module", autouse=True)
def small_tables_are_merged_too():
    """Large searches merge rows now and then; here it happens after every third check."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "REBASE_CHECKS", 3)
        yield


@st.composite
def taxonomies(draw):
    """Random refining taxonomies: each group of a level falls into one group of the next."""
    lines = [[value] for value in VALUES[: draw(st.integers(1, len(VALUES)))]]
    for level in range(draw(st.integers(0, 3))):
        parents = {}
        for line in lines:
            parents.setdefault(line[-1], draw(st.sampled_from("uvw")) + str(level))
            line.append(parents[line[-1]])
    return taxonomy("/".join(";".join(line) for line in lines))


@st.composite
def peoples(draw):
    rows = draw(st.integers(0, 24))
    names = ["p", "q", "r"][: draw(st.integers(0, 3))]
    ladders = {name: draw(taxonomies()) for name in names}
    cells = st.sampled_from([*VALUES, None])
    limits = {}
    for name in names:
        levels = ladders[name].levels
        low = draw(st.integers(0, len(levels) - 1))
        limits[name] = (levels[low], levels[draw(st.integers(low, len(levels) - 1))])
    minor = st.lists(st.booleans(), min_size=rows, max_size=rows)
    secrets = st.sampled_from(["s", "t", "u", "", "Other", None])
    return People(
        {name: texts(draw(st.lists(cells, min_size=rows, max_size=rows))) for name in names},
        ladders,
        sensitive={"secret": draw(st.lists(secrets, min_size=rows, max_size=rows))},
        minors=draw(minor),
        limits=limits,
        count=rows,
    )


@st.composite
def models(draw):
    k = draw(st.integers(1, 4))
    return Model(
        k,
        draw(st.sampled_from([{}, {"secret": 1}, {"secret": 2}, {"secret": 3}])),
        draw(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])),
        draw(st.sampled_from(["k", "all"])),
        draw(st.none() | st.integers(k, k + 3)),
    )


def safe_people(people, model, levels):
    """Return who may stay on these levels, person by person, in plain Python."""
    forms = []
    for name in people.values:
        climb = people.climbs[name]
        place = {value: n for n, value in enumerate(climb.values.to_pylist())}
        rung = climb.rung(levels[name])
        forms.append([rung.forms[rung.codes[place[v]]] for v in people.values[name].to_pylist()])
    classes = defaultdict(list)
    for person in range(people.rows):
        classes[tuple(column[person] for column in forms)].append(person)
    return {
        person for members in classes.values() for person in stay_of_class(people, model, members)
    }


def stay_of_class(people, model, members):
    secrets = people.sensitive["secret"]

    def distinct(group):
        return len({secrets[p] for p in group if secrets[p] not in {"", "Other", None}})

    def is_safe(group, k):
        return len(group) >= k and all(distinct(group) >= least for least in model.l.values())

    minors = [p for p in members if people.minors[p]]
    adults = [p for p in members if not people.minors[p]]
    if model.k_minors is None or not minors:
        return members if is_safe(members, model.k) else []
    if is_safe(members, model.k_minors):
        return members
    return adults if is_safe(adults, model.k) else []


def loss_of(people, levels, stay):
    """ARX's loss, cell by cell, in fractions."""
    total = Fraction(0)
    for name in people.values:
        climb = people.climbs[name]
        rung = climb.rung(levels[name])
        place = {value: n for n, value in enumerate(climb.values.to_pylist())}
        for person, value in enumerate(people.values[name].to_pylist()):
            leaves = int(rung.leaves[rung.codes[place[value]]])
            cell = Fraction(leaves - 1, climb.domain - 1) if climb.domain > 1 else Fraction(0)
            total += cell if person in stay else 1
    return total / (people.rows * max(len(people.values), 1))


def brute_force(people, model):
    """Return the least loss over every combination of levels; None where none is safe."""
    best = None
    searched = model if model.levels_by == "all" else Model(model.k, k_minors=model.k_minors)
    allowed = floor(Fraction(str(model.max_suppressed_share)) * people.rows)
    for chosen in product(*(people.hierarchies[name].levels for name in people.values)):
        levels = dict(zip(people.values, chosen, strict=True))
        stay = safe_people(people, searched, levels)
        if stay and people.rows - len(stay) <= allowed:
            loss = loss_of(people, levels, stay)
            best = loss if best is None else min(best, loss)
    return best


@settings(deadline=None)
@given(peoples(), models())
def test_no_combination_of_levels_has_less_loss(people, model):
    best = brute_force(people, model)
    if best is None:
        with pytest.raises(NothingSafeError):
            people.find(model)
        return
    found = people.find(model)
    searched = model if model.levels_by == "all" else Model(model.k, k_minors=model.k_minors)
    stay = safe_people(people, searched, found.levels)
    assert found.loss == pytest.approx(float(best), abs=1e-12)
    assert found.loss == pytest.approx(float(loss_of(people, found.levels, stay)), abs=1e-12)
    assert found.suppressed == people.rows - len(stay)


@settings(deadline=None)
@given(peoples(), models())
def test_who_is_left_out_on_some_levels_is_left_out_on_all_finer_ones(people, model):
    grid = list(product(*(range(len(people.hierarchies[name].levels)) for name in people.values)))
    stay = {}
    for node in grid:
        names = zip(people.values, node, strict=True)
        levels = {name: people.hierarchies[name].levels[level] for name, level in names}
        stay[node] = safe_people(people, model, levels)
    for finer, coarser in product(grid, grid):
        if all(low <= high for low, high in zip(finer, coarser, strict=True)):
            assert stay[finer] <= stay[coarser]


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
    try:
        release = people.release(model)
    except NothingSafeError:
        return
    stay = safe_people(people, model, people.find(model).levels)
    assert set(release.of_person.tolist()) == stay
    if people.values:
        counted = recount(release.table, release.minors, release.rules)
        assert counted.rows == len(stay)

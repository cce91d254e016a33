"""The search against brute force that shares nothing with it but the declarations."""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import floor, log

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers import search
from anonymizers.grouping import group
from anonymizers.models import Closeness, Model, Recursive
from anonymizers.populations import Population
from anonymizers.search import NothingSafeError, find_levels
from anonymizers.standing import standing, surely_left_out
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
    marks = st.lists(st.booleans(), min_size=rows, max_size=rows)
    secrets = st.sampled_from(["s", "t", "u", "", "Other", None])
    return People(
        {name: texts(draw(st.lists(cells, min_size=rows, max_size=rows))) for name in names},
        ladders,
        sensitive={"secret": draw(st.lists(secrets, min_size=rows, max_size=rows))},
        minors=draw(marks),
        known=draw(st.none() | marks),
        limits=limits,
        count=rows,
        counted=("secret",),
        population=draw(populations(names, ladders, limits)),
    )


@st.composite
def populations(draw, names, ladders, limits):
    """Some columns with exact values, or forms of the floor, and people; or none at all."""
    names = [name for name in names if draw(st.booleans())]
    lines = draw(st.integers(1, 8))
    columns = {}
    for name in names:
        ladder, floor = ladders[name], limits[name][0]
        forms = [form for value in VALUES if (form := form_of(ladder, floor, value)) is not None]
        known = [value for value in VALUES if ladder.value_of(value, ladder.levels[0])]
        written = st.sampled_from([*known, *forms])
        columns[name] = tuple(draw(st.lists(written, min_size=lines, max_size=lines)))
    people = draw(st.lists(st.integers(0, 5), min_size=lines, max_size=lines))
    return Population(columns, np.array(people))


def form_of(ladder, level, value):
    """Return what a listed value is released as below the top."""
    if level == "*" or not ladder.value_of(value, ladder.levels[0]):
        return None
    rung = ladder.climb(texts([value])).rung(level)
    return rung.forms[rung.codes[0]]


@st.composite
def models(draw):
    k = draw(st.integers(1, 4))
    distance = st.sampled_from(["equal", "ordered"])
    levels = st.sampled_from([0.0, 0.1, 0.2, 0.35, 0.5])
    return Model(
        k,
        draw(maybe(st.integers(1, 3))),
        draw(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])),
        draw(st.sampled_from(["k", "all"])),
        draw(st.none() | st.integers(k, k + 3)),
        draw(maybe(st.sampled_from([1, 1.5, 1.8, 2, 2.5, 3]))),
        draw(maybe(st.builds(Recursive, st.sampled_from([0.5, 1, 2, 3]), st.integers(1, 3)))),
        draw(maybe(st.builds(Closeness, levels, distance))),
        draw(st.none() | st.integers(1, 8)),
    )


def maybe(rules):
    """No rule at all more often than one, so that tables aren't always empty."""
    return st.just({}) | st.just({}) | st.builds(lambda rule: {"secret": rule}, rules)


def searched(model):
    """The model that chooses levels."""
    if model.levels_by == "all":
        return model
    return Model(model.k, k_minors=model.k_minors, k_map=model.k_map)


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
        person
        for key, members in classes.items()
        if model.k_map is None or in_population(people, levels, key) >= model.k_map
        for person in stay_of_class(people, model, members)
    }


def in_population(people, levels, key):
    """Count who of the population has these forms, line by line."""
    names = list(people.values)
    found = 0
    for line, count in enumerate(people.population.people.tolist()):
        if all(
            has_form(people, name, people.population.columns[name][line], levels[name], form)
            for name, form in zip(names, key, strict=True)
            if name in people.population.columns
        ):
            found += count
    return found


def has_form(people, name, written, level, form):
    ladder, floor = people.ladders[name], people.limit(name)[0]
    if ladder.value_of(written, ladder.levels[0]):
        exact = [written]
    else:
        exact = [value for value in VALUES if form_of(ladder, floor, value) == written]
    rung = ladder.climb(texts(exact)).rung(level)
    return form in {rung.forms[code] for code in rung.codes}


def stay_of_class(people, model, members):
    def others(group):
        return [p for p in group if not people.is_known[p]]

    def is_safe(group, k):
        """The rest must be enough and diverse; with the known ones it must be diverse as well."""
        everybody = range(people.rows)
        return (
            len(others(group)) >= k
            and is_diverse(people, model, others(group), others(everybody))
            and is_diverse(people, model, group, everybody)
        )

    minors = [p for p in members if people.minors[p]]
    adults = [p for p in members if not people.minors[p]]
    if model.k_minors is None or not minors:
        return members if is_safe(members, model.k) else []
    if is_safe(members, model.k_minors):
        return members
    return adults if is_safe(adults, model.k) else []


def is_diverse(people, model, group, everybody):
    """Hold every rule for the secret by its definition, in fractions where it has them."""
    if people.separators:
        return not is_covered(people, group, model.l.get("secret", 0) - 1)

    def told(members):
        secrets = [people.sensitive["secret"][p] for p in members]
        return [secret if secret not in {"", "Other", None} else None for secret in secrets]

    known = Counter(secret for secret in told(group) if secret is not None)
    ranked = sorted(known.values(), reverse=True)
    if len(known) < model.l.get("secret", 0):
        return False
    if "secret" in model.entropy:
        shares = [count / known.total() for count in ranked]
        entropy = -sum(share * log(share) for share in shares)
        if not ranked or entropy < log(model.entropy["secret"]) - 1e-9:
            return False
    if "secret" in model.recursive:
        rule = model.recursive["secret"]
        if not ranked or ranked[0] >= Fraction(str(rule.c)) * sum(ranked[rule.l - 1 :]):
            return False
    if "secret" in model.t:
        rule = model.t["secret"]
        measure = {"equal": total_variation, "ordered": earth_mover}[rule.distance]
        if measure(shares_of(told(group)), shares_of(told(everybody))) > Fraction(
            str(rule.at_most)
        ):
            return False
    return True


def is_covered(people, group, count):
    """Try every few values: whether each person of the group of whom anything is known has one."""
    cells = [people.sensitive["secret"][p] or "" for p in group]
    sets = [{*cell.split(";")} - {"", "Other"} for cell in cells]
    told = [values for values in sets if values]
    values = sorted(set().union(*told))
    return count >= 0 and any(
        all(known & {*few} for known in told)
        for few in combinations_with_replacement(values or ["-"], count)
    )


def shares_of(secrets):
    return {value: Fraction(n, len(secrets)) for value, n in Counter(secrets).items()}


def total_variation(here, there):
    return sum(abs(here.get(v, 0) - there.get(v, 0)) for v in {*here, *there}) / 2


def earth_mover(here, there):
    """Unknown to or from unknown at a distance of 1, the rest by ranks."""
    unknown = abs(here.get(None, 0) - there.get(None, 0))
    rest = 1 - max(here.get(None, 0), there.get(None, 0))
    values = sorted(value for value in there if value is not None)
    parts = [{v: share for v, share in side.items() if v is not None} for side in (here, there)]
    if len(values) < 2 or not all(parts):
        return unknown
    moved, carried = Fraction(0), Fraction(0)
    for value in values[:-1]:
        carried += parts[0].get(value, 0) / sum(parts[0].values())
        carried -= parts[1][value] / sum(parts[1].values())
        moved += abs(carried)
    return unknown + rest * moved / (len(values) - 1)


def loss_of(people, levels, stay, weights=None):
    """ARX's loss, cell by cell, in fractions; the mean over columns weighted where asked."""
    weights = weights or dict.fromkeys(people.values, 1)
    total = Fraction(0)
    for name in people.values:
        climb = people.climbs[name]
        rung = climb.rung(levels[name])
        place = {value: n for n, value in enumerate(climb.values.to_pylist())}
        for person, value in enumerate(people.values[name].to_pylist()):
            leaves = int(rung.leaves[rung.codes[place[value]]])
            cell = Fraction(leaves - 1, climb.domain - 1) if climb.domain > 1 else Fraction(0)
            total += weights[name] * (cell if person in stay else 1)
    return total / (people.rows * max(sum(weights.values()), 1))


def brute_force(people, model, weights=None):
    """Return the least loss over every combination of levels; None where none is safe."""
    best = None
    allowed = floor(Fraction(str(model.max_suppressed_share)) * people.rows)
    for chosen in product(*(people.hierarchies[name].levels for name in people.values)):
        levels = dict(zip(people.values, chosen, strict=True))
        stay = safe_people(people, searched(model), levels)
        if stay and people.rows - len(stay) <= allowed:
            loss = loss_of(people, levels, stay, weights)
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
    stay = safe_people(people, searched(model), found.levels)
    assert found.loss == pytest.approx(float(best), abs=1e-12)
    assert found.loss == pytest.approx(float(loss_of(people, found.levels, stay)), abs=1e-12)
    assert found.suppressed == people.rows - len(stay)


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
    model = model.implied()
    grid = list(product(*(range(len(people.hierarchies[name].levels)) for name in people.values)))
    stay = {}
    for node in grid:
        names = zip(people.values, node, strict=True)
        levels = {name: people.hierarchies[name].levels[level] for name, level in names}
        stay[node] = safe_people(people, model, levels)
    for finer, coarser in product(grid, grid):
        if all(low <= high for low, high in zip(finer, coarser, strict=True)):
            assert stay[finer] <= stay[coarser]


@settings(deadline=None, max_examples=60)
@given(peoples(), models())
def test_who_is_surely_left_out_on_some_levels_is_on_all_finer_ones(people, model):
    """The bound that the search cuts by: as many of each class, whatever finer levels part."""
    grid = list(product(*(range(len(people.hierarchies[name].levels)) for name in people.values)))
    ladders = [people.hierarchies[name] for name in people.values]
    for coarser in grid:
        classes = people.table.merged(group(packed(people, coarser)))
        mapped = classes.mapped(ladders, coarser)
        implied = standing(classes, model.implied(), mapped)
        surely = surely_left_out(classes, model, implied)
        part = class_of_person(people, coarser)
        for finer in grid:
            if all(low <= high for low, high in zip(finer, coarser, strict=True)):
                levels = {
                    n: people.hierarchies[n].levels[f]
                    for n, f in zip(people.values, finer, strict=True)
                }
                out = set(range(people.rows)) - safe_people(people, model, levels)
                missing = Counter(part[person] for person in out)
                assert all(missing[n] >= fewest for n, fewest in enumerate(surely.tolist()))


def levels_of(people, node):
    named = zip(people.values, node, strict=True)
    return {name: people.hierarchies[name].levels[level] for name, level in named}


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
    try:
        release = people.release(model)
    except NothingSafeError:
        return
    stay = safe_people(people, model, people.find(model).levels)
    assert set(release.of_person.tolist()) == stay
    if people.values:
        counted = release.recount()
        assert counted.rows == len(stay)

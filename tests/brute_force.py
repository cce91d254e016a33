"""The models, loss and optimum of small tables in plain Python, person by person.

Nothing is shared with what it is held against but the declarations: ladders and their climbs.
"""

from collections import Counter, defaultdict
from fractions import Fraction
from itertools import combinations_with_replacement, product
from math import floor, log

import pytest

from anonymizers.models import Model
from anonymizers.search import NothingSafeError
from tests.small_tables import texts

VALUES = ("a", "b", "c", "d", "e", "f")


def searched(model):
    """The model that chooses levels."""
    if model.levels_by == "all":
        return model
    return Model(model.k, k_minors=model.k_minors, k_map=model.k_map)


def forms_of(people, levels):
    """Return the released forms of each row."""
    columns = []
    for name, values in people.values.items():
        climb = people.climbs[name]
        place = {value: n for n, value in enumerate(climb.values.to_pylist())}
        rung = climb.rung(levels[name])
        columns.append([rung.forms[rung.codes[place[value]]] for value in values.to_pylist()])
    return [tuple(column[row] for column in columns) for row in range(people.rows)]


def safe_people(people, model, levels):
    """Return who may stay on these levels."""
    classes = defaultdict(list)
    for person, forms in enumerate(forms_of(people, levels)):
        classes[forms].append(person)
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
    def is_safe(group, k):
        return len(group) >= k and is_diverse(people, model, group, range(people.rows))

    return stay_of(members, {p for p in members if people.minors[p]}, model, is_safe)


def stay_of(members, minors, model, is_safe):
    """Return who of a class stays: everybody, its adults, nobody.

    Args:
        members: of the class.
        minors: who is one.
        model: has the k of everybody, and that of minors.
        is_safe: of some people and a k, whether they may be a class.
    """
    adults = [person for person in members if person not in minors]
    ruled = model.k_minors is not None and len(adults) < len(members)
    if is_safe(members, model.k_minors if ruled else model.k):
        return members
    return adults if ruled and is_safe(adults, model.k) else []


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
        for row, value in enumerate(people.values[name].to_pylist()):
            leaves = int(rung.leaves[rung.codes[place[value]]])
            cell = Fraction(leaves - 1, climb.domain - 1) if climb.domain > 1 else Fraction(0)
            total += weights[name] * (cell if row in stay else 1)
    return total / (people.rows * max(sum(weights.values()), 1))


def brute_force(people, model, weights=None):
    """Return the least loss over every combination of levels; None where none is safe."""
    best = None
    allowed = floor(Fraction(str(model.max_suppressed_share)) * people.rows)
    for node in nodes(people):
        levels = levels_of(people, node)
        stay = safe_people(people, searched(model), levels)
        if stay and people.rows - len(stay) <= allowed:
            loss = loss_of(people, levels, stay, weights)
            best = loss if best is None else min(best, loss)
    return best


def nodes(people):
    """Return every combination of levels, by their numbers."""
    return list(product(*(range(len(people.hierarchies[name].levels)) for name in people.values)))


def is_finer(finer, coarser):
    """Whether no column is coarser on one node than on another."""
    return all(low <= high for low, high in zip(finer, coarser, strict=True))


def levels_of(people, node):
    named = zip(people.values, node, strict=True)
    return {name: people.hierarchies[name].levels[level] for name, level in named}


def form_of(ladder, level, value):
    """Return what a listed value is released as below the top."""
    if level == "*" or not ladder.value_of(value, ladder.levels[0]):
        return None
    rung = ladder.climb(texts([value])).rung(level)
    return rung.forms[rung.codes[0]]


def check_search(people, model):
    """Hold what the search finds against every combination of levels."""
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


def check_monotone(people, model):
    """Hold whoever is left out on some levels against all finer ones."""
    stay = {node: safe_people(people, model, levels_of(people, node)) for node in nodes(people)}
    for finer, coarser in product(stay, stay):
        if is_finer(finer, coarser):
            assert stay[finer] <= stay[coarser]


def checked_recount(people, model):
    """Hold whoever is released against who may stay; return the recount, None without a file."""
    try:
        release = people.release(model)
    except NothingSafeError:
        return None
    stay = safe_people(people, model, people.find(model).levels)
    assert set(release.of_person.tolist()) == stay
    if not people.values:
        return None
    counted = release.recount()
    assert counted.rows == len(stay)
    return counted

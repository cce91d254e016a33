"""l in its long forms, t and k-map over HTTP: declared by command, counted again in the file.

The same generated people leave under four policies; the plain one is the control: what the models
promise doesn't hold in its file.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from fractions import Fraction
from math import log

import numpy as np
import pytest
import yaml

from tests.journeys.operators import dumped, rows_of

PEOPLE, K = 900, 4
T_HARM, T_MONTHS, K_MAP = 0.25, 0.15, 60
DATASET = """
dataset: arrivals
privacy_unit: person_id
consent: assumed
consent_basis: generated people
columns:
  person_id: {type: string,  role: direct_identifier, domain: person}
  age:       {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  state:     {type: string,  role: quasi_identifier, ladder: us-state}
  harm:      {type: string,  role: sensitive, codes: [Labour, Sexual, Marriage, Begging]}
  months:    {type: integer, role: sensitive, bounds: [0, 120]}
populations:
  residents: {file: residents.csv}
"""
PROTECT = {
    "plain": {},
    "diverse": {
        "l": {"harm": {"distinct": 2, "entropy": 1.8, "recursive": {"c": 2, "l": 2}}},
        "levels_by": "all",
    },
    "close": {
        "t": {"harm": T_HARM, "months": {"at_most": T_MONTHS, "distance": "ordered"}},
        "levels_by": "all",
    },
    "mapped": {"k_map": {"k": K_MAP, "population": "residents"}},
}
REGIONS = {"CA": "West", "WY": "West", "TX": "South", "VT": "Northeast"}
SHARES = {"CA": 0.4, "TX": 0.4, "WY": 0.1, "VT": 0.1}
RESIDENTS = {"CA": 900, "TX": 700, "WY": 7, "VT": 11}  # in each five years of age
COMMON = {"CA": "Labour", "TX": "Sexual", "WY": "Marriage", "VT": "Begging"}
BANDS = [(18, 19), *((first, first + 4) for first in range(20, 80, 5))]


def arrivals():
    """Return generated people: what happened to them goes with their state, how long with age."""
    random = np.random.default_rng(3)
    for number in range(PEOPLE):
        state = str(random.choice([*SHARES], p=[*SHARES.values()]))
        usual = random.random() < 0.4
        harm = COMMON[state] if usual else str(random.choice([*COMMON.values()]))
        age = int(random.integers(18, 80))
        months = int(random.integers(0, 12) + age // 20)
        yield {
            "person_id": f"GEN-P{number}",
            "age": str(age),
            "state": state,
            "harm": harm,
            "months": str(months),
        }


def policy(name):
    columns = {"person_id": "pseudonymize", "age": {"coarsen": {"from": "5-years"}}}
    columns |= {"state": "coarsen", "harm": "keep", "months": "keep"}
    return {
        "policy": name,
        "dataset": "arrivals",
        "classes": ["ngo"],
        "purposes": ["research"],
        "extract": {
            "columns": columns,
            "minors": {"column": "age", "k": K},
            "protect": {"k": K, "max_suppressed": 0.1, **PROTECT[name]},
        },
    }


@pytest.fixture(scope="module")
def people():
    return list(arrivals())


@pytest.fixture(scope="module")
def walk(operator, people):
    """Each policy's file, pulled by a partner of its own."""
    lived = [(*band, *of_state) for band in BANDS for of_state in RESIDENTS.items()]
    lines = [f"{young}-{old},{state},{number}" for young, old, state, number in lived]
    operator.file("residents.csv", "\n".join(["age,state,people", *lines]))
    operator.declare(yaml.safe_load(DATASET))
    operator.load("arrivals", people)
    for name in PROTECT:
        operator.permit(policy(name))
    return {name: operator.pull(name, "arrivals") for name in PROTECT}


def classes(pulled):
    found = defaultdict(list)
    for row in rows_of(pulled):
        found[row["age"], row["state"]].append(row)
    return found


def least_entropy(pulled):
    """Return the smallest number of equally common harms with a class's entropy, as its log."""
    return min(
        -sum(n / len(rows) * log(n / len(rows)) for n in counts(rows, "harm").values())
        for rows in classes(pulled).values()
    )


def counts(rows, column):
    return Counter(row[column] for row in rows)


def is_recursive(rows):
    """Say whether the commonest harm of a class is rarer than twice all others together."""
    first, *others = sorted(counts(rows, "harm").values(), reverse=True)
    return first < 2 * sum(others)


def farthest(pulled, people):
    """Return how far a class is at most from everybody loaded: in harm, and in ranks of months."""
    return max(equal(rows, people) for rows in classes(pulled).values()), max(
        ordered(rows, people) for rows in classes(pulled).values()
    )


def shares(rows, column, values):
    found = counts(rows, column)
    return [Fraction(found[value], len(rows)) for value in values]


def differences(rows, people, column, key=None):
    values = sorted({person[column] for person in people}, key=key)
    both = (shares(some, column, values) for some in (rows, people))
    return [mine - all_ for mine, all_ in zip(*both, strict=True)]


def equal(rows, people):
    return sum(map(abs, differences(rows, people, "harm"))) / 2


def ordered(rows, people):
    moved = np.cumsum(differences(rows, people, "months", key=int))
    return sum(map(abs, moved)) / (len(moved) - 1)


def residents(age, state):
    """Return how many residents look like a class."""
    first, last = (int(n) for n in re.fullmatch(r"(\d+)(?:-(\d+)|\+)", age).groups("999"))
    states = [one for one, region in REGIONS.items() if state in (one, region, "*")]
    assert states
    bands = sum(first <= young and old <= last for young, old in BANDS)
    return bands * sum(RESIDENTS[one] for one in states)


def test_every_file_verifies_and_has_its_k(operator, walk):
    for pulled in walk.values():
        assert operator.verify(pulled.files.file) == 0
        assert min(map(len, classes(pulled).values())) >= K
        assert len(rows_of(pulled)) > 0.3 * PEOPLE


def test_entropy_and_recursive_l_hold_in_every_class_and_not_in_the_control(walk):
    assert least_entropy(walk["diverse"]) >= log(1.8) - 1e-9
    assert all(map(is_recursive, classes(walk["diverse"]).values()))
    assert least_entropy(walk["plain"]) < log(1.8)
    assert not all(map(is_recursive, classes(walk["plain"]).values()))


def test_no_class_is_farther_from_everybody_than_t_and_the_control_is(walk, people):
    harm, months = farthest(walk["close"], people)
    assert harm <= T_HARM
    assert months <= T_MONTHS
    harm, months = farthest(walk["plain"], people)
    assert harm > T_HARM
    assert months > T_MONTHS


def test_every_class_looks_like_k_residents_and_the_control_s_do_not(walk):
    assert min(residents(*found) for found in classes(walk["mapped"])) >= K_MAP
    assert min(residents(*found) for found in classes(walk["plain"])) < K_MAP


def test_the_manifest_says_each_model_and_its_limits(walk):
    said = {name: pulled.manifest["protection"] for name, pulled in walk.items()}
    assert said["diverse"]["l"] == PROTECT["diverse"]["l"]
    assert said["close"]["t"] == {
        "harm": {"at_most": T_HARM, "distance": "equal"},
        "months": {"at_most": T_MONTHS, "distance": "ordered"},
    }
    assert said["mapped"]["k_map"] == {"k": K_MAP, "population": "residents"}
    limits = {name: " ".join(pulled.manifest["limits"]) for name, pulled in walk.items()}
    for name in PROTECT:
        assert ("t compares each class with everybody" in limits[name]) == (name == "close")
        assert ("k-map holds for whoever has a register" in limits[name]) == (name == "mapped")


def test_the_operator_reads_each_model(operator, walk):
    shown = {
        name: operator.says("release", "show", pulled.manifest["release"])[0]
        for name, pulled in walk.items()
    }
    assert "harm at most 0.25 from everybody's (equal)" in shown["close"]
    assert "months at most 0.15 from everybody's (ordered)" in shown["close"]
    assert "entropy of 1.8 harm, (2,2) of harm" in shown["diverse"]
    assert f"k={K_MAP} in the population residents" in shown["mapped"]


def test_t_leaves_several_classes(walk):
    """With one class of everybody any t would hold."""
    assert len(classes(walk["close"])) > 3


@pytest.mark.parametrize("model", ["diverse", "close", "mapped"])
def test_a_model_costs_something(walk, model):
    def lost(name):
        return walk[name].manifest["utility"]["loss"], -len(rows_of(walk[name]))

    assert max(lost(model), lost("plain")) == lost(model)


def test_a_population_that_is_not_declared_is_refused(operator, walk):
    wrong = policy("mapped")
    wrong["extract"]["protect"]["k_map"]["population"] = "resident"
    said, status = operator.says("policy", "apply", operator.file("wrong.yaml", dumped(wrong)))
    assert status == 1
    assert "residents" in said

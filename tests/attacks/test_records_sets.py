"""Somebody knows two of the things that were done to a person, and looks for who has both.

Most such pairs are common; the rare ones name a person as surely as an address does.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from anonymizers.models import Model
from anonymizers.promises import RecountError
from anonymizers.transforms.base import Start
from anonymizers.transforms.sets import Sets
from gateway.demo.cases import generate_cases
from tests.small_homes import POLICY, people, person
from tests.small_tables import People, taxonomy, texts

K = 11
CTDC = ("IP_ageBroad", "IP_citizen_UNRegion", "IP_Relation", "IP_Gender")


def pairs(cells):
    """Count the people who have each code, and each pair of codes."""
    found = Counter()
    for cell in filter(None, cells):
        codes = sorted(set(cell.split(";")))
        found.update((*combinations(codes, 1), *combinations(codes, 2)))
    return found


def released(cells):
    counted = Counter(cell for cell in cells if cell)
    change = Sets(";", 2, K).begin(Start(b"", cells=counted))
    texts = pa.array([cell or None for cell in cells], pa.string())
    return change(texts, pa.nulls(len(cells))).to_pylist()


def told(table):
    """Count the groups where whoever is in one has told a code, however many others there are."""
    groups = {}
    for row in table.to_pylist():
        forms = (row.get("reported_on"), row["age"], row["state"])
        groups.setdefault(forms, []).append(row["controls"])
    known = [[{*cell.split(";")} for cell in cells if cell] for cells in groups.values()]
    return sum(bool(sets and set.intersection(*sets)) for sets in known)


def grouped(**separators):
    """Everybody of an age band in a state has been in debt bondage there, among other things."""
    random = np.random.default_rng(3)
    states, ages = random.integers(0, 20, 600), random.integers(0, 3, 600)
    others = [["Threats", "Abuse", "Papers"][n] for n in random.integers(0, 3, 600)]
    debt = (states % 2 == 0) | (random.random(600) < 0.3)
    cells = [f"Debt;{other}" if own else other for own, other in zip(debt, others, strict=True)]
    return People(
        {"state": texts([f"s{n}" for n in states]), "age": texts([f"a{n}" for n in ages])},
        {
            "state": taxonomy("/".join(f"s{n};r{n // 4}" for n in range(20))),
            "age": taxonomy("a0/a1/a2"),
        },
        sensitive={"controls": cells},
        separators=separators,
    )


@pytest.mark.parametrize("levels_by", ["k", "all"])
@pytest.mark.parametrize("release", [People.release, People.release_locally])
def test_no_group_has_a_code_that_everybody_has(levels_by, release):
    made = release(grouped(controls=";"), Model(3, {"controls": 2}, 0.5, levels_by))
    assert made.table.num_rows > 100
    assert told(made.table) == 0
    assert made.recount().distinct_l == {"controls": 2}


def test_control_counting_whole_cells_tells_what_everybody_has():
    made = grouped().release(Model(3, {"controls": 2}, 0.5))
    assert told(made.table) > 5


def test_a_file_made_by_whole_cells_is_refused_by_the_recount():
    made = grouped().release(Model(3, {"controls": 2}, 0.5))
    made.recount()
    with pytest.raises(RecountError, match="controls"):
        replace(made, rules=replace(made.rules, separators={"controls": ";"})).recount()


def test_a_code_that_a_whole_group_has_does_not_leave_through_the_gateway(world):
    """Texans were all in debt bondage, each among different things; Californians weren't."""
    cells = ("Debt;Threats", "Debt;Papers", "Debt", "Debt;Threats;Papers")
    texans = [person(n, state="TX", controls=cells[n % 4]) for n in range(50, 66)]
    mixed = [person(n, controls=cells[1] if n % 3 else "Threats") for n in range(1, 41)]
    world.load([*texans, *mixed])
    controls = told(world_table(world, "harbor"))
    assert controls > 0
    asked = {"l": "l: {harm: 2} -> l: {harm: 2, controls: 2}"}
    world.apply(**asked)
    table = world_table(world, "lantern")
    assert table.num_rows > 30
    assert told(table) == 0


def world_table(world, partner):
    return world.table(partner, world.extract(partner).id)


@pytest.fixture(scope="module")
def controls():
    """Methods of control, of generated people."""
    table = generate_cases(3_000)
    return table["controls"].to_pylist()


def test_whoever_knows_two_codes_finds_eleven_people(controls):
    after = released(controls)
    assert min(pairs(after).values()) >= K
    assert sum(map(bool, after)) > sum(map(bool, controls)) / 2


def test_control_some_pairs_as_they_are_name_somebody(controls):
    assert min(pairs(controls).values()) < K


@pytest.mark.parametrize("column", CTDC)
def test_perpetrators_of_the_real_file_are_found_by_eleven_at_least(real_data, column):
    cells = pa_csv.read_csv(real_data / "ctdc" / "CTDC_VPsynthetic_condensed.csv")[column]
    after = released(cells.cast(pa.string()).to_pylist())
    assert min(pairs(after).values()) >= K


def test_control_two_citizenships_name_a_victim_of_the_real_file(real_data):
    table = pa_csv.read_csv(real_data / "ctdc" / "CTDC_VPsynthetic_condensed.csv")
    fewest = {name: min(pairs(table[name].cast(pa.string()).to_pylist()).values()) for name in CTDC}
    assert min(fewest.values()) < K


def test_a_rare_pair_does_not_leave_through_the_gateway(world):
    """Control: kept as they are, one person's two codes are in the file."""
    world.load([person(50, controls="Papers;Threats"), *people(51, 55, controls="Papers")])
    kept = Counter(row["controls"] for row in world.rows("harbor"))
    assert kept["Threats;Papers"] == 1
    world.apply(POLICY.replace("controls:    keep", "controls:    {sets: {m: 2, k: 3}}"))
    sets = pairs(row["controls"] for row in world.rows("lantern"))
    assert min(sets.values()) >= 3
    assert ("Papers", "Threats") not in sets

"""Somebody knows two of the things that were done to a person, and looks for who has both.

Most such pairs are common; the rare ones name a person as surely as an address does.
"""

from __future__ import annotations

from collections import Counter
from itertools import combinations

import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from anonymizers.transforms.base import Start
from anonymizers.transforms.sets import Sets
from gateway.demo.cases import generate_cases
from tests.small_homes import POLICY, people, person

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

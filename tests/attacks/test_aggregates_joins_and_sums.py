"""Multiplying records by joins, and numbers by overflow: neither happens.

Look-up tables are declared with every value once, and are looked up, not joined. Sums are taken
in halves that stay exact, whatever the values: as many as 10^5 records at the ends of 64 bits.
Controls: the same sums in 64 bits, and a join on a table with duplicates.
"""

from __future__ import annotations

import numpy as np
import pytest

from gateway.aggregates import tallying
from gateway.errors import RefusedError
from policies.documents import parse_dataset
from policies.lint import lint_dataset
from tests.attacks.views import load_csv, rules, see
from tests.counted_homes import values

WIDEST = 2**62 - 1
LARGEST = 10**18 - 1
"""What a cell of a file may hold at most."""
DATASET = f"""
dataset: wide
title: {{en: Wide}}
privacy_unit: person_id
consent: assumed
consent_basis: Nobody's
budget: {{epsilon: 8, delta: 1.0e-6}}
columns:
  person_id: {{type: string,  role: direct_identifier, domain: person}}
  kind:      {{type: string,  role: sensitive, codes: [Up, Down]}}
  place:     {{type: string,  role: quasi_identifier, ladder: places}}
  amount:    {{type: integer, role: sensitive, bounds: [-{WIDEST}, {WIDEST}]}}
  price:     {{type: decimal, role: sensitive, scale: 9, bounds: [-1000000000, 1000000000]}}
ladders:
  places: {{text: "p1;north\\np2;north\\np3;south"}}
"""
POLICY = """
policy: wide
dataset: wide
classes: [ngo]
purposes: [research]
aggregate:
  measures: [count_people, count_records, {quantile: amount}, {quantile: price}]
  group_by: [kind, {column: place, level: level-1}]
  max_records_per_person: 1
  budget: {epsilon: 4, delta: 1.0e-7}
"""
PEOPLE = 20_000  # 100,000 with full effort
ASKED = {"dataset": "wide", "group_by": ["kind"], "epsilon": 1}


@pytest.fixture
def wide(counted):
    """A home whose columns are as wide as they can be, and whose budget pays for that."""
    counted.declare(DATASET)
    counted.apply(POLICY)
    counted.partner("harbor", agreement={"dataset": "wide", "policy": "wide"})
    return counted


def rows(people):
    """Return a record for each, at one end or the other."""
    ends = [("Up", LARGEST, "999999999.999999999"), ("Down", -LARGEST, "-999999999.999999999")]
    for number in range(people):
        kind, amount, price = ends[number % 2]
        where = f"p{number % 3 + 1}"
        told = {"person_id": f"w{number}", "kind": kind, "place": where}
        yield told | {"amount": amount, "price": price}


SUMS = "[{sum: amount}, {sum: price}, "


def pay_for_anything(world):
    world.declare(DATASET.replace("epsilon: 8", "epsilon: 100000"))
    world.apply(
        POLICY.replace("epsilon: 4", "epsilon: 100000").replace("measures: [", f"measures: {SUMS}")
    )


def exact_sums(world):
    """Return them as they would be counted under a budget that pays for noise as wide."""
    pay_for_anything(world)
    asked = {**ASKED, "where": [{"column": "kind", "in": ["Up", "Down"]}], "epsilon": 90_000}
    seen = see(world, "harbor", {"sum": "amount"}, {"sum": "price"}, **asked)
    return [found.tolist()[:2] for found in seen.exact]


def test_sums_of_the_largest_values_are_exact(wide, effort):
    load_csv(wide, "wide", list(rows(PEOPLE * effort)))
    half = PEOPLE * effort // 2
    assert exact_sums(wide) == [[half * LARGEST, -half * LARGEST]] * 2


def test_control_sums_in_64_bits_overflow(wide, monkeypatch):
    def in_64_bits(places, amounts):
        total = np.zeros(places.size, dtype=np.int64)
        np.add.at(total, places.cells, places.of(amounts))
        return total

    monkeypatch.setattr(tallying, "sum_amounts", in_64_bits)
    load_csv(wide, "wide", list(rows(100)))
    assert exact_sums(wide)[0] != [50 * LARGEST, -50 * LARGEST]


@pytest.mark.parametrize("column", ["amount", "price"])
def test_quantiles_of_the_largest_values_lie_where_they_are(wide, column):
    load_csv(wide, "wide", list(rows(1000)))
    told = values(wide.ask_for("harbor", {"quantile": column}, **ASKED), f"quantile:{column}:0.5")
    up, down = float(told["Up",]), float(told["Down",])
    assert down < 0 < up
    assert up == pytest.approx(float(next(rows(1))[column]), rel=0.3)


def test_a_sum_that_no_noise_is_wide_enough_for_is_refused_whatever_the_data(wide):
    wide.apply(POLICY.replace("measures: [", f"measures: {SUMS}"))
    for _ in range(2):
        with pytest.raises(RefusedError) as refused:
            wide.ask_for("harbor", {"sum": "price"}, **ASKED)
        assert rules(refused.value.reasons) == ["policy-unsafe"]
        load_csv(wide, "wide", list(rows(10)))


@pytest.mark.parametrize("bound", [2**62, 2**63 - 1, 10**30])
def test_bounds_that_64_bits_have_no_room_for_are_no_measures(wide, bound):
    wide.declare(DATASET.replace(f"[-{WIDEST}, {WIDEST}]", f"[-{bound}, {bound}]"))
    with pytest.raises(RefusedError) as refused:
        wide.ask_for("harbor", {"quantile": "amount"}, **ASKED)
    assert rules(refused.value.reasons) == ["policy-unsafe"]


def test_a_price_that_no_ledger_can_hold_is_refused_in_words(wide):
    pay_for_anything(wide)
    for told in (wide.ask_for, wide.estimate_of):
        with pytest.raises(RefusedError) as refused:
            told("harbor", "count_people", **{**ASKED, "epsilon": 90_000})
        assert rules(refused.value.reasons) == ["budget-exhausted"]


def test_a_table_of_places_with_duplicates_is_refused(wide):
    """A record that met two lines of a table would count twice."""
    twice = parse_dataset(DATASET.replace("p2;north", "p1;south"))
    assert rules(lint_dataset(twice).errors) == ["ladder-broken"]
    load_csv(wide, "wide", list(rows(30)))
    asked = {"dataset": "wide", "group_by": ["place"], "epsilon": 1}
    (records,) = see(wide, "harbor", "count_records", **asked).exact
    assert sum(records) == 30


def test_control_a_join_on_a_table_with_duplicates_multiplies_records():
    import pyarrow as pa

    table = pa.table({"place": ["p1", "p1"], "above": ["north", "south"]})
    joined = pa.table({"place": ["p1"] * 30}).join(table, "place")
    assert joined.num_rows == 60


def test_a_record_key_that_comes_twice_is_one_record(wide):
    wide.declare(DATASET.replace("privacy_unit", "record_key: [person_id]\nprivacy_unit"))
    load_csv(wide, "wide", [*rows(10), *rows(10)])
    load_csv(wide, "wide", list(rows(10)))
    (records,) = see(wide, "harbor", "count_records", **ASKED).exact
    assert sum(records) == 10

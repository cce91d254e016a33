from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.transforms.grids import Grid

CENTS, DAYS, WHOLE = Grid("number", 2), Grid("date"), Grid()
AMOUNTS = pa.decimal128(18, 2)


@pytest.mark.parametrize(
    ("grid", "values", "units"),
    [
        (WHOLE, pa.array([5, None, -3]), [5, 0, -3]),
        (CENTS, pa.array([Decimal("1.50"), None, Decimal("-0.01")], AMOUNTS), [150, 0, -1]),
        (DAYS, pa.array([date(1970, 1, 2), None, date(1969, 12, 31)]), [1, 0, -1]),
    ],
)
def test_values_become_units_and_come_back(grid, values, units):
    found, present = grid.units(values)
    assert found.tolist() == units
    assert present.tolist() == [True, False, True]
    assert grid.values(found, present, values.type).equals(values)


def test_a_slice_is_read_from_its_own_place():
    amounts = pa.array([Decimal(n) for n in range(6)], AMOUNTS)
    assert CENTS.units(amounts[2:5])[0].tolist() == [200, 300, 400]
    assert CENTS.units(amounts[:0])[0].tolist() == []


@given(st.lists(st.none() | st.integers(-(10**18) + 1, 10**18 - 1), max_size=8))
def test_every_amount_of_the_lake_comes_back(numbers):
    amounts = [None if n is None else Decimal(n).scaleb(-2) for n in numbers]
    values = pa.array(amounts, AMOUNTS)
    units, present = CENTS.units(values)
    assert [int(u) for u, p in zip(units, present, strict=True) if p] == [
        n for n in numbers if n is not None
    ]
    again = CENTS.values(units, present, AMOUNTS)
    again.validate(full=True)
    assert again.equals(values)


def test_without_values_there_are_still_as_many():
    none = np.zeros(2, dtype=bool)
    assert CENTS.values(np.zeros(2, np.int64), none, AMOUNTS).to_pylist() == [None, None]


@pytest.mark.parametrize(
    ("grid", "text", "units"),
    [
        (WHOLE, "12", 12),
        (WHOLE, "1.5", None),
        (WHOLE, "1.0", 1),
        (WHOLE, "x", None),
        (WHOLE, "1e3", None),
        (CENTS, "-1.5", -150),
        (CENTS, "1.505", None),
        (DAYS, "1970-02-01", 31),
        (DAYS, "1970-02-30", None),
        (DAYS, "5", None),
        (WHOLE, "1970-02-01", None),
    ],
)
def test_a_released_text_is_read_or_stands_for_nothing(grid, text, units):
    assert grid.read(text) == units


@pytest.mark.parametrize(
    ("grid", "units", "text"),
    [(WHOLE, 100, "100"), (CENTS, 1250, "12.5"), (CENTS, -1, "-0.01"), (DAYS, 31, "1970-02-01")],
)
def test_units_are_written_as_people_write_them(grid, units, text):
    assert grid.text(units) == text
    assert grid.read(text) == units

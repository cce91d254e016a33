from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.transforms.grids import Grid
from anonymizers.transforms.rounding import Rounding
from tests.changed_columns import change


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0, 0),
        (49, 0),
        (50, 0),
        (51, 100),
        (149, 100),
        (150, 200),
        (250, 200),
        (-50, 0),
        (-51, -100),
    ],
)
def test_a_number_becomes_the_nearest_multiple_and_a_tie_the_even_one(value, rounded):
    assert change(Rounding(100, Grid()), pa.array([value])).to_pylist() == [rounded]


def test_null_stays_null_and_the_type_stays():
    amounts = pa.array([Decimal("12.37"), None], pa.decimal128(18, 2))
    released = change(Rounding(50, Grid("number", 2)), amounts)
    assert released.type == amounts.type
    assert released.to_pylist() == [Decimal("12.50"), None]


@given(st.integers(-(10**18) + 1, 10**18 - 1), st.integers(2, 10**12))
def test_it_is_what_exact_arithmetic_rounds_to(value, base):
    (released,) = change(Rounding(base, Grid()), pa.array([value], pa.int64())).to_pylist()
    assert released == round(Fraction(value, base)) * base


def test_it_says_its_base_in_the_columns_numbers():
    rounding = Rounding(50, Grid("number", 2))
    assert rounding.parameters == {"base": "0.5"}
    assert rounding.describe() == "rounded to the nearest multiple of 0.5"
    assert rounding.draw == ""


@pytest.mark.parametrize(
    ("texts", "holds"), [(["0", "300", None], True), (["301"], False), (["x"], False), ([], True)]
)
def test_a_file_is_held_against_the_base(texts, holds):
    watch = Rounding(100, Grid()).watch()
    watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
    assert watch.holds() is holds


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_numbers_stay_numbers_of_their_type(sign):
    amount = pa.array([Decimal(sign * (10**18 - 1))], pa.decimal128(18, 0))
    rounded = change(Rounding(1_000, Grid()), amount)
    rounded.validate(full=True)
    assert rounded.to_pylist() == [Decimal(sign * (10**18 - 1_000))]
    whole = change(Rounding(1_000, Grid()), pa.array([sign * (2**63 - 1)]))
    assert whole.to_pylist() == [sign * (2**63 - 808)]  # 807 is the rest, and no more fits

from __future__ import annotations

from fractions import Fraction

import pytest

from anonymizers.aggregates.bins import MOST_BINS
from policies.aggregates.amounts import amounts_of, bins_of, centred, unit_bounds
from policies.aggregates.components import Amounts
from policies.documents import parse_dataset


def number(first, last, scale=2):
    column = {"type": "decimal", "role": "sensitive", "bounds": [first, last], "scale": scale}
    return parse_dataset(
        {
            "dataset": "sums",
            "consent": "assumed",
            "consent_basis": "a test",
            "columns": {"amount": column, "free": {"type": "decimal", "role": "sensitive"}},
        }
    )


def test_bounds_are_units_of_the_scale():
    assert amounts_of(number(-5, "12.50"), "amount") == Amounts("amount", -500, 1250)
    assert unit_bounds(number(0, "0.005").columns["amount"]) is None
    assert unit_bounds(number("0.001", 1).columns["amount"]) is None
    assert unit_bounds(number(0, 1).columns["free"]) is None


def test_bounds_lie_where_no_difference_leaves_64_bits() -> None:
    widest = 2**62 - 1
    assert unit_bounds(number(-widest, widest, scale=0).columns["amount"]) == (-widest, widest)
    for low, high in ((-(2**62), 0), (0, 2**62), (0, 10**30)):
        assert unit_bounds(number(low, high, scale=0).columns["amount"]) is None


def test_a_mean_is_centred_for_half_the_noise():
    middle = centred(Amounts("amount", -500, 1251))
    assert middle == Amounts("amount", -500, 1251, 375)
    assert max(abs(middle.low - 375), abs(middle.high - 375)) == 876


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("0.01", (0, 1, 1, 2)),
        (10, (0, 1000, 1, 32)),
        ("10.23", (0, 1023, 1, 32)),
        ("10.24", (0, 1024, 2, 23)),
        (100, (0, 10_000, 10, 32)),
        (45, (0, 4500, 5, 31)),
    ],
)
def test_bins_have_round_widths(last, expected):
    bins = bins_of(number(0, last), "amount")
    assert (bins.low, bins.high, bins.width, bins.branching) == expected
    assert bins.column == "amount"
    assert bins.count <= MOST_BINS
    assert Fraction(bins.nodes) <= bins.count

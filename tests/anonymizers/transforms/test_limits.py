from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest

from anonymizers.transforms.grids import Grid
from anonymizers.transforms.limits import Limits
from tests.changed_columns import change

FIRST_OF_2020, FIRST_OF_2021 = 18_262, 18_628


@pytest.mark.parametrize(
    ("bottom", "top", "released"),
    [
        (0, 500, [0, 0, 250, 500, 500, None]),
        (None, 500, [-7, 0, 250, 500, 500, None]),
        (0, None, [0, 0, 250, 500, 9_999, None]),
    ],
)
def test_values_beyond_a_limit_become_the_limit(bottom, top, released):
    values = pa.array([-7, 0, 250, 500, 9_999, None])
    assert change(Limits(bottom, top, Grid()), values).to_pylist() == released


def test_dates_and_amounts_have_limits_too():
    days = pa.array([date(2019, 5, 1), date(2020, 5, 1), date(2022, 5, 1)])
    limits = Limits(FIRST_OF_2020, FIRST_OF_2021, Grid("date"))
    assert change(limits, days).to_pylist() == [
        date(2020, 1, 1),
        date(2020, 5, 1),
        date(2021, 1, 1),
    ]
    amounts = pa.array([Decimal("10.01"), Decimal("9.99")], pa.decimal128(18, 2))
    assert change(Limits(None, 1000, Grid("number", 2)), amounts).to_pylist() == [
        Decimal("10.00"),
        Decimal("9.99"),
    ]


def test_it_says_what_its_limits_stand_for():
    both = Limits(0, 50_000, Grid())
    assert both.parameters == {"bottom": "0", "top": "50000"}
    assert both.describe() == (
        "limited: 0 stands for it and everything below; 50000 stands for it and everything above"
    )
    top = Limits(None, FIRST_OF_2021, Grid("date"))
    assert top.parameters == {"bottom": None, "top": "2021-01-01"}
    assert top.describe() == "limited: 2021-01-01 stands for it and everything above"


@pytest.mark.parametrize(
    ("texts", "holds"),
    [(["0", "500", None], True), (["501"], False), (["-1"], False), (["?"], False)],
)
def test_a_file_is_held_against_the_limits(texts, holds):
    watch = Limits(0, 500, Grid()).watch()
    watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
    assert watch.holds() is holds

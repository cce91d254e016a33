from __future__ import annotations

from fractions import Fraction
from itertools import count
from math import prod

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.noise import laplace
from anonymizers.noise.laplace import laplace_tables
from anonymizers.noise.mechanisms import WIDEST, DiscreteLaplace
from anonymizers.noise.tables import WORDS
from tests.noise_fits import probabilities
from tests.table_shares import combined, distance_between

SCALES = ["1/1000", "1/3", "1", "5", "63/2", "64", "65", "1000", "123456/7", str(WIDEST)]


@pytest.fixture
def small_digits(monkeypatch):
    """Lower digits of one or two bits below a top digit of scale 1: enough to count."""
    monkeypatch.setattr(laplace, "_NARROW", 1)
    monkeypatch.setattr(laplace, "_DIGIT_BITS", 2)
    laplace_tables.cache_clear()
    yield
    laplace_tables.cache_clear()


def recombine(signed, *digits, widths=()):
    magnitude = ~signed if signed < 0 else signed
    for digit, bits in zip(digits, widths, strict=True):
        magnitude = (magnitude << bits) + digit
    return ~magnitude if signed < 0 else magnitude


@given(
    st.fractions(min_value="1/20", max_value=3, max_denominator=100),
    st.lists(st.integers(1, 3), max_size=3),
    st.integers(0, 400),
)
def test_digits_drawn_alone_make_the_geometric_distribution(rate, widths, value):
    """The identity itself, in logarithms: exponents add up and normalizers multiply."""
    exponent, place, factors = Fraction(0), 0, []
    rest = value
    for bits in widths:
        rest, digit = divmod(rest, 2**bits)
        exponent += rate * 2**place * digit
        factors.append(
            (1 - np.exp(-float(rate * 2**place))) / (1 - np.exp(-float(rate * 2 ** (place + bits))))
        )
        place += bits
    exponent += rate * 2**place * rest
    factors.append(1 - np.exp(-float(rate * 2**place)))
    assert exponent == rate * value
    assert prod(factors) == pytest.approx(1 - np.exp(-float(rate)), rel=1e-9)


@pytest.mark.parametrize("scale", ["1/2", "1", "3/2", "2", "5", "23/3"])
def test_all_digits_together_are_within_the_distance_of_the_exact_distribution(small_digits, scale):
    mechanism = DiscreteLaplace(Fraction(scale))
    tables = laplace_tables(mechanism)
    widths = [bits for _, bits in tables.digits]
    shares = combined(
        [tables.top, *(table for table, _ in tables.digits)],
        lambda *drawn: recombine(*drawn, widths=widths),
    )
    far = max(map(abs, shares)) + 5
    exact = dict(zip(range(-far, far + 1), probabilities(mechanism, far), strict=True))
    assert distance_between(shares, exact) <= tables.distance < Fraction(1, 2**56)


def test_a_digit_of_another_scale_is_beyond_the_distance(small_digits):
    tables = laplace_tables(DiscreteLaplace(Fraction(5)))
    widths = [bits for _, bits in tables.digits]
    shares = combined(
        [tables.top, *(table for table, _ in tables.digits)],
        lambda *drawn: recombine(*drawn, widths=widths),
    )
    near = DiscreteLaplace(Fraction(5) * (1 + Fraction(1, 10**9)))
    exact = dict(zip(range(-400, 401), probabilities(near, 400), strict=True))
    assert distance_between(shares, exact) > 1000 * tables.distance


def test_values_are_put_together_as_they_are_counted(small_digits):
    tables = laplace_tables(DiscreteLaplace(Fraction(23, 3)))
    widths = [bits for _, bits in tables.digits]
    assert len(widths) > 1
    words = np.random.default_rng(4).integers(0, WORDS - 1, (3, 500), dtype=np.uint64)
    used = count()
    drawn = tables.draw(lambda: words[next(used)])
    columns = [tables.top.look_up(words[0])]
    columns += [
        table.look_up(row) for (table, _), row in zip(tables.digits, words[1:], strict=True)
    ]
    together = [recombine(*row, widths=widths) for row in np.stack(columns, 1).tolist()]
    assert drawn.tolist() == together


@pytest.mark.parametrize("scale", SCALES)
def test_the_distance_is_small_at_every_scale(scale):
    tables = laplace_tables(DiscreteLaplace(Fraction(scale)))
    assert 0 < tables.distance < Fraction(1, 2**53)
    assert all(len(table.limits) <= 8192 for table in (tables.top, *(t for t, _ in tables.digits)))


@pytest.mark.parametrize("scale", SCALES)
def test_the_top_digit_is_narrow_and_the_others_are_even(scale):
    scale = Fraction(scale)
    widths = laplace._widths(scale)
    assert scale / 2 ** sum(widths) <= 64
    assert sum(widths) == 0 or scale / 2 ** (sum(widths) - 1) > 64
    assert all(0 < bits <= 11 for bits in widths)
    assert not widths or max(widths) - min(widths) <= 1


def test_the_widest_noise_stays_far_from_overflow():
    tables = laplace_tables(DiscreteLaplace(Fraction(WIDEST)))
    largest = max(int(tables.top.values.max()), ~int(tables.top.values.min()))
    assert (largest + 1) << sum(bits for _, bits in tables.digits) < 2**58

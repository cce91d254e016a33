from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.noise.exponentials import ONE
from anonymizers.noise.tables import WORDS, make_table
from tests.table_shares import shares_of

MASSES = st.lists(
    st.one_of(st.integers(0, ONE), st.integers(0, 2**200), st.sampled_from([0, 1, ONE // 3])),
    min_size=1,
    max_size=70,
).map(lambda masses: [*masses, ONE])


@given(MASSES, st.integers(-50, 50))
def test_each_value_gets_its_share_of_the_words_to_half_a_word(masses, first):
    shares = shares_of(make_table(masses, first))
    likeliest = first + masses.index(max(masses))
    assert sum(shares.values()) == 1
    for place, mass in enumerate(masses):
        exact = Fraction(mass, sum(masses))
        off = abs(shares.get(first + place, 0) - exact) * WORDS
        assert off <= Fraction(1, 2) * (len(masses) if first + place == likeliest else 1)


@given(MASSES)
def test_the_distance_is_half_the_sum_of_the_differences(masses):
    table = make_table(masses, 0)
    shares = shares_of(table)
    exact = [Fraction(mass, sum(masses)) for mass in masses]
    distance = sum(abs(shares.get(place, 0) - share) for place, share in enumerate(exact)) / 2
    assert distance < table.distance <= distance + Fraction(1, 2**99)


@given(MASSES, st.lists(st.integers(0, WORDS - 1), max_size=20))
def test_words_are_looked_up_in_their_column(masses, words):
    table = make_table(masses, -3)
    words += [0, WORDS - 1, *table.limits.tolist(), *np.minimum(table.limits, WORDS - 2) + 1]
    found = table.look_up(np.array(words, dtype=np.uint64))
    for word, value in zip(map(int, words), found, strict=True):
        column = word >> int(table.shift)
        assert value == table.values[2 * column + (word > int(table.limits[column]))]


def test_one_value_alone_is_always_drawn():
    table = make_table([ONE], 7)
    assert shares_of(table) == {7: 1}
    assert table.look_up(np.array([0, WORDS - 1, WORDS // 2], dtype=np.uint64)).tolist() == [7] * 3


def test_a_value_whose_column_is_empty_is_never_drawn():
    table = make_table([ONE, 1, ONE, ONE], 0)
    edges = [column << int(table.shift) for column in range(len(table.limits))]
    assert 1 not in table.look_up(np.array(edges, dtype=np.uint64))
    assert shares_of(table).keys() == {0, 2, 3}

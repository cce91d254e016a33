from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.transforms.date_shift import DateShift, shift_days
from tests.changed_columns import KEY, OTHER_KEY, change, crowd, roots_of

SHIFT = DateShift(30)


@pytest.mark.parametrize("days", [1, 2, 30])
def test_every_move_but_none_is_equally_likely(days):
    moves, counts = np.unique(shift_days(KEY, crowd(30_000), days), return_counts=True)
    assert moves.tolist() == [n for n in range(-days, days + 1) if n]
    expected = 30_000 / (2 * days)
    assert np.abs(counts - expected).max() < 5 * expected**0.5


def test_one_persons_dates_move_together_and_keep_their_intervals():
    dates = pa.array([date(2024, 2, 28), date(2024, 3, 1), None, date(2025, 1, 1)])
    moved = change(SHIFT, dates, roots_of(*["ann"] * 4))
    assert moved.type == dates.type
    first, second, none, third = moved.to_pylist()
    assert none is None
    assert first != date(2024, 2, 28)
    assert (second - first).days == 2
    assert (third - first).days == 308


def test_another_key_is_another_move():
    people = crowd(500)
    assert (shift_days(KEY, people, 30) == shift_days(OTHER_KEY, people, 30)).mean() < 0.1
    assert shift_days(KEY, people, 30).tolist() == shift_days(KEY, people, 30).tolist()


def test_it_says_how_far_and_what_stays():
    assert SHIFT.parameters == {"days": 30}
    assert SHIFT.draw == "30"
    assert "intervals hold" in SHIFT.describe()
    assert SHIFT.same_in_every_column


def test_a_move_leaves_nothing_to_check_on_a_file():
    watch = SHIFT.watch()
    watch.see(pa.chunked_array([pa.array(["2024-01-01"])]))
    assert watch.holds()


def test_dates_at_the_ends_of_the_calendar_are_left_empty_whatever_the_move():
    edges = [date(9999, 12, 31), date(9999, 12, 1), date(9999, 12, 2), date.min, date(1, 2, 1)]
    for edge, stays in zip(edges, (False, True, False, False, True), strict=True):
        moved = change(SHIFT, pa.array([edge] * 200)).to_pylist()
        assert (None not in moved) is stays
        assert stays or set(moved) == {None}


def test_a_date_that_stands_for_never_gives_no_move_away():
    """Moved, it would say by how many days; so that the one beside it would be known."""
    dates = pa.array([date(9999, 12, 31), date(2024, 3, 1)])
    never, moved = change(SHIFT, dates, roots_of("ann", "ann")).to_pylist()
    assert never is None
    assert moved not in (None, date(2024, 3, 1))

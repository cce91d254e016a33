"""The warning that more people are missing than max_suppressed names."""

from __future__ import annotations

import pytest

from gateway.left_out import beyond_asked
from gateway.messages import render


@pytest.mark.parametrize(
    ("by_search", "left_out"),
    [(0, 0), (5, 5), (0, 5), (9, 9)],
)
def test_what_max_suppressed_allows_or_the_search_took_is_not_warned_of(by_search, left_out):
    assert beyond_asked(100, by_search, left_out, 0.05) == []


def test_what_l_or_t_takes_beyond_max_suppressed_is_warned_of_with_its_shares():
    (warning,) = beyond_asked(100, 2, 17, 0.05)
    assert warning.params == {"share": "17%", "later": "15%", "most": "5%"}
    assert "17% of the people are left out, more than the 5%" in render(warning, "en")
    assert "15%" in render(warning, "es")
    assert beyond_asked(2000, 0, 101, 0.05)[0].params["share"] == "5.05%"

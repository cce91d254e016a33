from __future__ import annotations

import numpy as np
import pycountry
import pytest

from gateway.demo import proportions as shares
from gateway.demo.names import AREA_CODES
from gateway.demo.proportions import Shares, chance


def far_off(shares_: Shares, drawn: list[str | None]) -> bool:
    """Whether the draw differs from its shares by more than five standard deviations."""
    total, count = sum(shares_.weights), len(drawn)
    for form, weight in zip(shares_.forms, shares_.weights, strict=True):
        expected = weight / total
        deviation = (expected * (1 - expected) / count) ** 0.5
        if abs(drawn.count(form) / count - expected) > 5 * deviation + 1 / count:
            return True
    return False


@pytest.mark.parametrize("name", ["STATES", "GENDERS", "CONSENTS", "FUNDINGS", "CITIZENSHIPS"])
def test_values_are_drawn_in_their_shares(name):
    drawn = getattr(shares, name).draw(np.random.default_rng(1), 40_000).to_pylist()
    assert not far_off(getattr(shares, name), drawn)


def test_other_shares_are_told_apart():
    drawn = Shares.of({"a": 53, "b": 47}).draw(np.random.default_rng(1), 40_000).to_pylist()
    assert far_off(Shares.of({"a": 50, "b": 50}), drawn)


def test_a_weight_of_nothing_is_never_drawn():
    drawn = Shares.of({"never": 0, "always": 1}).draw(np.random.default_rng(1), 1_000)
    assert set(drawn.to_pylist()) == {"always"}


def test_a_chance_is_taken_about_as_often_as_it_says():
    assert 0.28 < chance(np.random.default_rng(1), 10_000, 0.3).mean() < 0.32


def test_the_states_are_the_published_cases_of_51_places():
    assert len(shares.STATES.forms) == 51
    assert sum(shares.STATES.weights) == 24_430
    assert set(shares.STATES.forms) == set(AREA_CODES)


def test_every_citizenship_is_a_country():
    codes = [form for form in shares.CITIZENSHIPS.forms if form]
    assert all(pycountry.countries.get(alpha_2=code) for code in codes)
    assert set(shares.SPANISH_SPEAKING) < set(codes)

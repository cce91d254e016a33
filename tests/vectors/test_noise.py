"""Noise that must never change by accident: equal words give equal values, in every version.

The words come from SHAKE-256 of "weir noise" and a counter from 0 on, so that anybody can have
them; the half widths at 95 % are those of opendp's accuracies too.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import pytest

from anonymizers.noise.batch_sampler import BatchSampler
from anonymizers.noise.intervals import half_width
from anonymizers.noise.mechanisms import DiscreteGaussian, DiscreteLaplace
from tests.noise_fits import stream

VECTORS = json.loads((Path(__file__).parent / "noise.json").read_text())
USUAL = Fraction(95, 100)


def mechanism_of(vector):
    if "scale" in vector:
        return DiscreteLaplace(Fraction(vector["scale"]))
    return DiscreteGaussian(Fraction(vector["variance"]))


named = pytest.mark.parametrize(
    "vector", VECTORS, ids=[" ".join(next(iter(vector.items()))) for vector in VECTORS]
)


@named
def test_equal_words_give_the_values_of_old(vector):
    values = BatchSampler(stream("weir noise")).draw(mechanism_of(vector), len(vector["values"]))
    assert values.tolist() == vector["values"]


@named
def test_half_widths_are_those_of_old(vector):
    assert half_width(mechanism_of(vector), USUAL) == vector["half_width"]


@named
def test_half_widths_are_those_of_opendp(vector):
    import opendp.prelude as dp

    dp.enable_features("contrib")
    mechanism = mechanism_of(vector)
    if isinstance(mechanism, DiscreteLaplace):
        scale = float(mechanism.scale)
        accuracy = dp.discrete_laplacian_scale_to_accuracy(scale=scale, alpha=0.05)
    else:
        scale = math.sqrt(mechanism.variance)
        accuracy = dp.discrete_gaussian_scale_to_accuracy(scale=scale, alpha=0.05)
    assert math.ceil(accuracy) - 1 == pytest.approx(vector["half_width"], rel=1e-9)

"""Risks, sizes and populations by their definitions."""

from math import comb, log

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.measures.coded import code
from anonymizers.measures.partitions import partition_rows
from anonymizers.measures.populations import (
    Presence,
    count_beside,
    counted_population,
    estimated_population,
    expected_chance,
    measure_presence,
    no_population,
)
from anonymizers.measures.risks import (
    Risk,
    population_unique_share,
    prosecutor_risk,
    risk,
    unique_share,
)
from anonymizers.measures.sizes import (
    average_class_size,
    discernibility,
    distribution,
    normalized_class_size,
)

SIZES = np.array([1, 1, 4, 10])
NOBODY = np.array([], dtype=np.int64)


def test_the_prosecutor_knows_who_is_in_the_file():
    assert prosecutor_risk(SIZES, 5) == Risk(1.0, 4 / 16, 6 / 16)
    assert prosecutor_risk(np.array([11, 11]), 11) == Risk(1 / 11, pytest.approx(1 / 11), 0.0)
    assert prosecutor_risk(NOBODY, 5) == Risk(0.0, 0.0, 0.0)


def test_k_itself_isn_t_above_the_threshold():
    for k in range(1, 200):
        assert prosecutor_risk(np.array([k]), k).share_above == 0
        assert prosecutor_risk(np.array([k]), k + 1).share_above == 1


def test_unique_people_are_counted_in_the_file_and_in_the_population():
    assert unique_share(SIZES) == 2 / 16
    assert unique_share(NOBODY) == 0
    population = counted_population(SIZES, np.array([1, 50, 40, 3]))
    assert population.source == "table"
    assert population.missing == 1
    assert population.chances.tolist() == [1, 1 / 50, 1 / 40, 1 / 10]
    assert population_unique_share(SIZES, population.alone) == 1 / 16
    journalist = risk(SIZES, population.chances, 20)
    assert journalist.highest == 1
    assert journalist.average == pytest.approx((1 + 1 / 50 + 4 / 40 + 1) / 16)
    assert journalist.share_above == 11 / 16


def test_without_a_population_the_file_is_taken_for_it():
    population = no_population(SIZES)
    assert risk(SIZES, population.chances, 5) == prosecutor_risk(SIZES, 5)
    assert population_unique_share(SIZES, population.alone) == unique_share(SIZES)


def exactly(size, share):
    """E(1 / F) with F = size + negative binomial, term by term."""
    terms = (
        comb(many - 1, size - 1) * share**size * (1 - share) ** (many - size) / many
        for many in range(size, size + 1200)
    )
    return sum(terms)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.51, 0.9, 0.999])
@pytest.mark.parametrize("size", [1, 2, 7, 11])
def test_the_estimate_is_the_expected_chance(size, share):
    assert expected_chance(size, share) == pytest.approx(exactly(size, share), rel=1e-8)


def test_the_estimate_of_one_person_has_a_closed_form():
    assert expected_chance(1, 0.1) == pytest.approx(0.1 / 0.9 * log(10))
    assert expected_chance(3, 1) == 1 / 3
    assert expected_chance(2_000, 0.5) == pytest.approx(0.5 / 2_000)


def test_the_estimate_serves_every_class():
    population = estimated_population(SIZES, 0.25)
    assert population.chances.tolist() == [expected_chance(int(n), 0.25) for n in SIZES]
    assert population.alone.tolist() == [0.25, 0.25, 0, 0]
    assert estimated_population(NOBODY, 0.25).chances.tolist() == []


def texts(values):
    return pa.chunked_array([pa.array(values, pa.string())])


@given(
    st.lists(st.tuples(*[st.sampled_from(["a", "b", None])] * 2), max_size=8),
    st.lists(st.tuples(*[st.sampled_from(["a", "b", "c", None])] * 2), max_size=12),
    st.randoms(use_true_random=False),
)
def test_a_population_is_counted_class_by_class(file, population, random):
    weights = [random.randint(1, 5) for _ in population]
    columns = [texts(list(c)) for c in zip(*file, strict=True)] or [texts([])] * 2
    beside = [texts(list(c)) for c in zip(*population, strict=True)] or [texts([])] * 2
    partition = partition_rows([code(column) for column in columns], len(file))
    counts = count_beside(columns, beside, np.array(weights, np.int64), partition.class_of)
    for row, label in enumerate(file):
        expected = sum(n for n, other in zip(weights, population, strict=True) if other == label)
        assert counts[partition.class_of[row]] == expected
    assert len(counts) == len(partition.sizes)


def test_discernibility_and_average_class_size():
    assert discernibility(SIZES) == 1 + 1 + 16 + 100
    assert discernibility(SIZES, left_out=4) == 118 + 4 * 20
    assert (average_class_size(SIZES), average_class_size(NOBODY)) == (4.0, 0.0)
    assert normalized_class_size(SIZES, 2) == 2.0


def test_the_distribution_tells_those_below_k_apart():
    found = distribution(np.array([1, 3, 7, 8, 300_000]), 8)
    assert [(begin, end, people) for begin, end, _, people in found if people] == [
        (1, 1, 1),
        (2, 4, 3),
        (5, 7, 7),
        (8, 10, 8),
        (100_000, None, 300_000),
    ]
    assert sum(classes for _, _, classes, _ in found) == 5


def test_presence_lies_between_the_rarest_and_the_surest_class():
    sizes, counts = np.array([5, 2, 3]), np.array([40, 1, 6])
    assert measure_presence(sizes, counts, 47) == Presence(5 / 40, 1.0)
    assert measure_presence(sizes, counts, 48) == Presence(0.0, 1.0)
    assert measure_presence(sizes[:0], counts[:0], 3) == Presence(0.0, 0.0)

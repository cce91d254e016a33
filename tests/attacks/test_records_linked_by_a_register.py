"""A register linked to a file, person by person: k holds it off, and a file without k is broken.

The experiment of `anonymizers/measures/linkage.py`, which `weir measure` runs, on people of the
tests' own: each with a control in which the same attacker finds people.
"""

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.measures.coded import code
from anonymizers.measures.linkage import (
    NOBODY,
    Register,
    link,
    register_of_file,
    register_of_people,
    register_of_population,
)
from anonymizers.measures.partitions import partition_people, partition_rows

K = 8


def columns(*values):
    return [code(pa.chunked_array([pa.array(column).cast(pa.string())])) for column in values]


def people(rows, finest, seed=1):
    rng = np.random.default_rng(seed)
    return columns(*(rng.integers(0, finest, rows) for _ in range(3)))


def protected():
    """Forty classes of 8 to 27 people, in an order of no meaning."""
    sizes = K + np.arange(40) % 20
    codes = np.random.default_rng(2).permutation(np.repeat(np.arange(40), sizes))
    return columns(codes // 8, codes % 8)


def linked(of, noise=0.0, seed=3):
    partition = partition_rows(of, len(of[0].codes))
    rng = np.random.default_rng(seed)
    return link(register_of_file(of, partition, noise, rng), partition, rng)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_an_attacker_finds_nobody_more_often_than_once_in_k(noise):
    links = linked(protected(), noise)
    assert links.matched > 0
    assert links.surest_size == K
    assert links.keeps(K)


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_control_finds_people_in_a_file_without_k(noise):
    links = linked(people(2_000, 30), noise)
    assert links.surest_size == 1
    assert links.surest_correct > links.surest * (0.9 if noise == 0 else 0.5)
    assert not links.keeps(K)


def test_a_few_people_who_stand_alone_break_the_promise_of_a_large_file():
    codes = np.repeat(np.arange(60), 50)
    alone = np.arange(100, 120)
    links = linked(columns(np.concatenate([codes, alone])))
    assert links.correct < links.matched / K
    assert (links.surest, links.surest_correct) == (20, 20)
    assert not links.keeps(K)


def test_noise_makes_rows_that_agree_with_nobody():
    clean, noisy = linked(people(500, 20)), linked(people(500, 20), 0.5)
    assert clean.matched == clean.rows == 500
    assert noisy.matched < 300
    assert noisy.correct < clean.correct


def test_a_larger_population_hides_the_file_s_people():
    file = people(400, 12)
    partition = partition_rows(file, 400)
    rng = np.random.default_rng(4)
    within = link(register_of_population(partition, partition.sizes, rng), partition, rng)
    hidden = link(register_of_population(partition, partition.sizes * 20, rng), partition, rng)
    assert not within.keeps(K)
    assert hidden.keeps(K)
    assert hidden.rows == 20 * within.rows


def test_people_with_several_rows_are_found_by_all_of_them():
    """Rows in classes of 8 each, and pairs of rows that only one person has."""
    rows = partition_rows(columns(np.repeat(np.arange(8), 8)), 64)
    person = np.concatenate([np.arange(32), np.random.default_rng(5).permutation(32)])
    partition = partition_people(rows, person)
    rng = np.random.default_rng(6)
    assert rows.k == K
    assert not link(register_of_people(partition, rng), partition, rng).keeps(K)


def test_a_large_register_is_a_sample(monkeypatch):
    monkeypatch.setattr("anonymizers.measures.linkage.MOST_ROWS", 50)
    assert linked(protected()).rows == 50


def test_an_empty_file_has_nobody_to_find():
    of = columns(pa.array([], pa.string()))
    partition = partition_rows(of, 0)
    rng = np.random.default_rng(7)
    for register in (
        register_of_file(of, partition, 0.1, rng),
        register_of_population(partition, partition.sizes, rng),
        Register(np.array([NOBODY]), np.array([NOBODY])),
    ):
        links = link(register, partition, rng)
        assert (links.matched, links.correct) == (0, 0)
        assert links.keeps(K)


def test_the_same_seed_finds_the_same():
    assert linked(people(300, 9), 0.2, seed=8) == linked(people(300, 9), 0.2, seed=8)

"""Sets: every combination of a few codes is had by many, and no code is lost without need."""

from collections import Counter
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.transforms.base import Start
from anonymizers.transforms.sets import Sets, is_safe, rare_codes


def released(cells, m=2, k=2):
    counted = Counter(cell for cell in cells if cell is not None)
    transform = Sets(";", m, k)
    change = transform.begin(Start(b"", cells=counted))
    texts = change(pa.array(cells, pa.string()), pa.nulls(len(cells)))
    watch = transform.watch()
    for part in (texts[:1], texts[1:]):
        watch.see(pa.chunked_array([part]))
    assert watch.holds()
    return texts.to_pylist()


def test_a_pair_that_one_person_has_is_taken_apart():
    cells = ["a;b", "a", "a", "a", "b", "b", None]
    assert released(cells) == ["a", "a", "a", "a", None, None, None]
    assert released(cells, m=1) == cells


def test_a_rare_code_goes_and_other_stands_for_it_where_that_is_safe():
    assert released(["a;x", "a;y", "a"]) == ["a;other", "a;other", "a"]
    assert released(["a;x", "b;y", "a", "b"]) == ["a", "b", "a", "b"]
    assert released(["x", "y"]) == ["other", "other"]
    assert released(["x"]) == [None]


def test_other_that_was_there_counts_as_a_code():
    assert released(["a;other", "a", "a"]) == ["a", "a", "a"]
    assert released(["a;other", "a;other"]) == ["a;other", "a;other"]


def test_a_code_that_turns_out_to_be_safe_comes_back():
    # b ends most pairs and goes first; c and d, which go for others, end b's pairs as well
    cells = ["b;c", "b;d", "c;x", "d;y", *"bb", *"ccc", *"ddd", *"x" * 9, *"y" * 9]
    cut = Counter(frozenset(cell.split(";")) for cell in cells)
    assert rare_codes(cut, 2, 2) == {"c", "d", "other"}
    assert Counter(released(cells))["b"] == 4


def test_a_file_that_breaks_the_promise_is_seen():
    watch = Sets(";", 2, 2).watch()
    watch.see(pa.chunked_array([["a;b", "a", "b"]]))
    assert not watch.holds()


def test_it_says_what_it_promises():
    transform = Sets(";", 2, 11)
    assert transform.parameters == {"m": 2, "k": 11}
    assert "up to 2 codes" in transform.describe()


cells = st.lists(st.sets(st.sampled_from("abcde"), min_size=1).map(lambda s: ";".join(sorted(s))))


@given(cells, st.integers(1, 3), st.integers(1, 4))
def test_every_combination_that_is_left_is_had_by_k_people(cells, m, k):
    shown = [set(cell.split(";")) if cell else set() for cell in released(cells, m, k)]
    for size in range(1, m + 1):
        for codes in combinations("abcde", size):
            people = sum({*codes} <= cell for cell in shown)
            assert people == 0 or people >= k
    for cell, before in zip(shown, cells, strict=True):
        assert cell - {"other"} <= set(before.split(";"))


@given(cells, st.integers(1, 3), st.integers(1, 4))
def test_no_code_that_is_left_out_could_stay(cells, m, k):
    counted = Counter(frozenset(cell.split(";")) for cell in cells)
    gone = rare_codes(counted, k, m) - {"other"}
    for code in gone:
        with_it = Counter()
        for cell, people in counted.items():
            with_it[cell - (gone - {code})] += people
        assert not is_safe(with_it, k, m)


@pytest.mark.parametrize("k", [1, 2])
def test_nothing_at_all_stays_nothing(k):
    assert released([None, None], k=k) == [None, None]

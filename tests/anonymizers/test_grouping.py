import numpy as np
import pytest

from anonymizers.grouping import UnknownClassError, at_least_alone, group, pack


def columns(*codes):
    return [np.array(column, np.int32) for column in codes]


def test_packed_keys_sort_as_the_columns_do():
    codes = columns([1, 0, 1, 0], [0, 2, 1, 2])
    packing, keys = pack(codes, [2, 3], 4)
    assert keys.tolist() == [3, 2, 4, 2]
    assert packing.span == 6
    assert packing.keys(codes, 4).tolist() == keys.tolist()


def test_keys_beyond_64_bits_still_sort_as_the_columns_do():
    rng = np.random.default_rng(7)
    codes = [rng.integers(0, 2**30, 500).astype(np.int32) // 2**29 * 2**29 for _ in range(7)]
    packing, keys = pack(codes, [2**30] * 7, 500)
    assert packing.met
    assert len(np.unique(keys)) == len({*zip(*(c.tolist() for c in codes), strict=True)})
    by_columns = np.lexsort(codes[::-1])
    assert (np.diff(keys[by_columns]) >= 0).all()
    assert packing.keys([column[:9] for column in codes], 9).tolist() == keys[:9].tolist()


def test_a_combination_that_was_never_packed_is_unknown():
    codes = columns([0, 1], [0, 1], [0, 1])
    packing, _ = pack(codes, [2**30] * 3, 2)
    with pytest.raises(UnknownClassError):
        packing.keys(columns([0], [1], [0]), 1)
    nobody, _ = pack(columns([], [], []), [2**30] * 3, 0)
    assert nobody.keys(columns([], [], []), 0).tolist() == []
    with pytest.raises(UnknownClassError):
        nobody.keys(columns([0], [1], [0]), 1)


@pytest.mark.parametrize("shift", [0, 50])
def test_classes_are_runs_of_sorted_rows(shift):
    """With high keys the rows don't fit beside them in one word, and are sorted the other way."""
    keys = np.array([5, 3, 5, 9, 3], np.int64) << shift
    classes = group(keys if shift == 0 else keys + 2**61)
    assert classes.first.tolist() == [1, 0, 3]
    assert classes.sums(np.array([1, 2, 4, 8, 16])).tolist() == [18, 5, 8]
    assert classes.union(np.array([[1], [2], [4], [8], [16]], np.uint64)).tolist() == [
        [18],
        [5],
        [8],
    ]
    assert classes.spread(np.array([7, 8, 9], np.uint8)).tolist() == [8, 7, 8, 9, 7]
    assert classes.class_of_rows().tolist() == [1, 0, 1, 2, 0]


def test_no_rows_make_no_classes():
    classes = group(np.array([], np.int64))
    assert classes.first.tolist() == []
    assert classes.sums(np.array([], np.int64)).tolist() == []


@pytest.mark.parametrize("rows", [0, 1, 30, 3000])
def test_the_bound_on_who_is_alone_is_never_too_high(rows):
    rng = np.random.default_rng(rows)
    keys = rng.integers(0, rows + 1, rows) * 12345
    people = rng.integers(1, 4, rows)
    sizes = group(keys).sums(people)
    alone = int(sizes[sizes < 5].sum())
    assert 0.5 * alone <= at_least_alone(keys, people, 5) <= alone

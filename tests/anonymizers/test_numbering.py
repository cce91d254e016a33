"""Combinations of codes get one number each, however they come."""

import itertools

import numpy as np
import pytest

from anonymizers.numbering import Numbering, Places


def by_hand(batches):
    """Number the distinct keys of each batch as they rise."""
    known = {}
    for batch in batches:
        for key in sorted({*batch} - known.keys()):
            known[key] = len(known)
    return known


@pytest.mark.parametrize("step", [1, 2, 7, 100])
def test_each_key_has_one_number_and_each_number_one_key(step):
    random = np.random.default_rng(1)
    keys = random.integers(-50, 50, 400)
    batches = [keys[start : start + step] for start in range(0, len(keys), step)]
    numbering, known, fresh = Numbering(), by_hand(map(np.ndarray.tolist, batches)), []
    for batch in batches:
        numbers, rows = numbering.numbers(batch)
        assert numbers.tolist() == [known[key] for key in batch.tolist()]
        assert numbers.dtype == np.int32
        fresh += batch[rows].tolist()
    assert [known[key] for key in fresh] == list(range(len(known)))
    lengths = [len(run.keys) for run in numbering._runs]
    assert all(longer > 2 * shorter for longer, shorter in itertools.pairwise(lengths))


def test_places_are_told_apart_however_many_codes_there_are():
    """The product of the sizes passes 2^62 three times."""
    random = np.random.default_rng(2)
    sizes = dict.fromkeys("abcde", 2**31 - 1)
    codes = {name: random.choice([0, 1, 2**31 - 2], 500).astype(np.int32) for name in sizes}
    places, found = Places(sizes), []
    for start in range(0, 500, 60):
        few = {name: column[start : start + 60] for name, column in codes.items()}
        found += places.numbers(few, len(few["a"])).tolist()
    assert len(places._between) == 3
    rows = list(zip(*(column.tolist() for column in codes.values()), strict=True))
    assert len(set(zip(found, rows, strict=True))) == len(set(found)) == len(set(rows))
    held = places.codes()
    assert [tuple(int(held[name][place]) for name in sizes) for place in found] == rows


def test_without_columns_there_is_one_place():
    places = Places({})
    assert places.numbers({}, 3).tolist() == [0, 0, 0]
    assert places.codes() == {}


@pytest.mark.parametrize("codes", [[0, -1], [0, 2]])
def test_a_code_that_no_column_has_is_refused(codes):
    with pytest.raises(ValueError, match="beyond their ladder"):
        Places({"town": 2}).numbers({"town": np.array(codes, np.int32)}, 2)

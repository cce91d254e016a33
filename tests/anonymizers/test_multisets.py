"""Multisets of places against Python's own counters."""

from collections import Counter

import numpy as np
import pytest

from anonymizers import multisets
from anonymizers.multisets import Multisets, taken

PLACES = 2**21


@pytest.fixture(autouse=True, params=[5, 1 << 20])
def block(request, monkeypatch):
    monkeypatch.setattr(multisets, "BLOCK", request.param)


@pytest.fixture
def many():
    """Sizes 1 to 5, and 9; some are equal."""
    random = np.random.default_rng(3)
    blocks = []
    for size in (1, 2, 3, 4, 5, 9):
        rows = random.choice([0, 1, 2, PLACES - 1], (30, size)).astype(np.int32)
        rows.sort(axis=1)
        blocks.append(rows)
    return Multisets(tuple(blocks))


def counters(found):
    return [Counter(row) for block in found.blocks for row in block.tolist()]


@pytest.mark.parametrize("places", [PLACES, 2**31 - 1])
def test_keys_are_equal_for_equal_multisets_alone_and_rise_with_them(many, places):
    """A few places are more than a number holds, or sizes together are."""
    keys, rows = many.keys(places), [tuple(r) for block in many.blocks for r in block.tolist()]
    assert len(keys) == len(many) == 180
    assert len({*zip(keys.tolist(), rows, strict=True)}) == len({*keys.tolist()}) == len({*rows})
    in_order = [rows[n] for n in np.argsort(keys, kind="stable")]
    assert in_order == sorted(rows, key=lambda row: (len(row), row))
    assert many.sizes.tolist() == [len(row) for row in rows]


def test_equal_multisets_have_equal_sums_in_any_order(many):
    values = np.random.default_rng(4).integers(0, 2**63, PLACES).astype(np.uint64) * np.uint64(2)
    sums = many.sums(values)
    by_hand = [sum(int(values[p]) * n for p, n in c.items()) % 2**64 for c in counters(many)]
    assert sums.view(np.uint64).tolist() == by_hand


def test_places_move_and_rows_are_counted(many):
    to = np.arange(PLACES, 0, -1) % 3
    moved = many.moved(to)
    images = [Counter(int(to[p]) for p in c.elements()) for c in counters(many)]
    assert counters(moved) == images
    assert all((np.diff(block, axis=1) >= 0).all() for block in moved.blocks)
    weights = np.arange(len(many))
    total = Counter()
    for weight, image in zip(weights.tolist(), images, strict=True):
        total.update({place: weight * count for place, count in image.items()})
    assert moved.rows_at(weights, 3).tolist() == [total[place] for place in range(3)]


def test_some_are_picked(many):
    which = np.arange(0, len(many), 7)
    every = counters(many)
    assert counters(many.picked(which)) == [every[n] for n in which]


def test_values_are_taken_in_parts():
    values, places = np.array([5, 7, 9], np.int16), np.array([2, 0, 0, 1, 2, 1, 0], np.int32)
    assert taken(values, places).tolist() == [9, 5, 5, 7, 9, 7, 5]
    assert taken(values, places).dtype == np.int16

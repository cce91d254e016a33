from __future__ import annotations

import numpy as np
import pytest

from anonymizers.transforms.streams import marked_words, random_words, threshold
from tests.changed_columns import KEY, OTHER_KEY, crowd, roots_of


def first(key, people, values):
    return next(random_words(key, people, np.array(values, dtype=np.int64)))[0].tolist()


def test_key_person_and_value_decide_each_by_itself():
    ann, ben = roots_of("ann"), roots_of("ben")
    drawn = [
        first(KEY, ann, [1]),
        first(OTHER_KEY, ann, [1]),
        first(KEY, ben, [1]),
        first(KEY, ann, [2]),
        first(KEY, ann, [-1]),
    ]
    assert len({word for (word,) in drawn}) == 5
    assert first(KEY, ann, [1]) == drawn[0]


def test_neither_place_nor_company_decides():
    people = crowd(50)
    together = first(KEY, people, range(50))
    alone = [first(KEY, people[n : n + 1], [n])[0] for n in range(50)]
    assert together == alone


def test_further_words_are_new_ones():
    words = random_words(KEY, crowd(20), np.zeros(20, dtype=np.int64))
    drawn = np.concatenate([np.concatenate(next(words)) for _ in range(5)])
    assert len(np.unique(drawn)) == 200


def test_a_mark_has_its_word_whatever_other_marks_there_are():
    people, values = crowd(50), np.arange(50)
    marks = (3, 1, 2**64 - 1)
    of = dict(zip(marks, marked_words(KEY, people, values, marks), strict=True))
    alone = {mark: next(marked_words(KEY, people, values, (mark,))) for mark in of}
    assert all((of[mark] == alone[mark]).all() for mark in of)
    counted = np.concatenate(next(random_words(KEY, people, values)))
    assert len(np.unique(np.concatenate([*of.values(), counted]))) == 250


def test_words_are_uniform():
    """Of 100,000 words each bit is one in half of them, within five standard deviations."""
    drawn = np.concatenate(next(random_words(KEY, crowd(50_000), np.zeros(50_000, np.int64))))
    bits = np.unpackbits(drawn.view(np.uint8)).reshape(-1, 64).sum(axis=0, dtype=np.int64)
    assert np.abs(bits - 50_000).max() < 5 * (100_000 / 4) ** 0.5


@pytest.mark.parametrize(
    ("share", "below"), [((0, 1), 0), ((1, 2), 2**63), ((1, 3), 2**64 // 3), ((1, 1), 2**64 - 1)]
)
def test_a_share_of_all_words_lies_below_its_threshold(share, below):
    assert int(threshold(*share)) == below

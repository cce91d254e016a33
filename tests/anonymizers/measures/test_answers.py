"""The three questions of WP216, by what was measured."""

import numpy as np
import pytest

from anonymizers.measures.linkage import Links
from anonymizers.measures.partitions import Partition
from anonymizers.measures.wp216 import Inferred, inference, linkability, singling_out


def classes(*sizes):
    return Partition(np.repeat(np.arange(len(sizes)), sizes), np.array(sizes))


@pytest.mark.parametrize(
    ("sizes", "possible", "because", "people"),
    [
        ((11, 12), "no", "enough", None),
        ((1, 1, 30), "yes", "alone", 2),
        ((4, 7, 30), "yes", "too-few", 11),
    ],
)
def test_singling_out_by_the_smallest_classes(sizes, possible, because, people):
    answer = singling_out(classes(*sizes), 11, tokens=0)
    assert (answer.possible, answer.because) == (possible, because)
    assert answer.figures.get("people") == people


def test_a_token_singles_out_its_person():
    assert singling_out(classes(11, 12), 11, tokens=1).because == "tokens"
    assert singling_out(classes(1, 12), 11, tokens=1).because == "alone"


def test_a_group_can_always_be_linked_and_sometimes_a_person():
    kept = Links(100, 100, 9, 22, 11, 2)
    assert linkability(kept, 11, tokens=0).because == "groups"
    lucky = linkability(kept, 11, tokens=0, worst=0.5)
    assert (lucky.possible, lucky.because, lucky.figures["worst"]) == ("yes", "few", 0.5)
    assert linkability(kept, 11, tokens=0, worst=1 / 11).because == "groups"
    broken = Links(100, 100, 60, 50, 1, 50)
    answer = linkability(broken, 11, tokens=0)
    assert (answer.possible, answer.because, answer.figures["best_correct"]) == (
        "yes",
        "people",
        50,
    )
    assert linkability(kept, 11, tokens=1).because == "tokens"


def test_inference_by_the_least_varied_column():
    varied, alike = Inferred(3, 0.6, 0), Inferred(1, 1.0, 40)
    assert inference({}).because == "nothing-sensitive-named"
    assert inference({"a": varied}).possible == "may not"
    assert inference({"a": varied, "b": alike}).figures == {"people": 40}
    assert inference({"a": varied, "b": Inferred(2, 0.99, 0)}).because == "nearly-sure"

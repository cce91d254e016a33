from __future__ import annotations

from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.transforms.randomization import Randomization
from tests.changed_columns import KEY, OTHER_KEY, change, crowd, roots_of

CODES = ("Labour", "Sexual", "Marriage")
PRAM = Randomization(CODES, Fraction("0.7"))


def shares(released):
    counted = {row["values"]: row["counts"] for row in released.value_counts().to_pylist()}
    return {code: counted.get(code, 0) / len(released) for code in PRAM.states}


@pytest.mark.parametrize("own", PRAM.states)
def test_codes_stay_and_become_others_with_the_stated_chances(own):
    released = shares(change(PRAM, pa.array([own] * 40_000)))
    for code, share in released.items():
        assert abs(share - (0.7 if code == own else 0.1)) < 0.012


def test_counts_can_be_corrected_by_the_manifests_matrix():
    true = ["Labour"] * 30_000 + ["Sexual"] * 9_000 + ["Marriage"] * 1_000
    released = shares(change(PRAM, pa.array(true)))
    stays, moves = PRAM.parameters["stays"], PRAM.parameters["becomes_each_other"]
    corrected = {code: (share - moves) / (stays - moves) for code, share in released.items()}
    for code, share in {"Labour": 0.75, "Sexual": 0.225, "Marriage": 0.025, "other": 0}.items():
        assert abs(corrected[code] - share) < 0.02
    assert abs(released["Marriage"] - 0.025) > 0.05  # uncorrected, it is far off


def test_missing_stays_missing():
    assert change(PRAM, pa.array([None, None], pa.string())).to_pylist() == [None, None]


def test_the_same_persons_same_code_has_the_same_draw_a_thousand_times():
    codes, people = pa.array(["Labour", "Sexual"]), roots_of("ann", "ben")
    once = change(PRAM, codes, people)
    assert all(change(PRAM, codes, people).equals(once) for _ in range(1_000))
    longer = Randomization(("Begging", *CODES), Fraction("0.7"))
    many = pa.array(["Labour"] * 500)
    stayed = [np.array(change(which, many)) == "Labour" for which in (PRAM, longer)]
    assert stayed[0].tolist() == stayed[1].tolist()  # a longer list is no second draw


def test_control_fresh_keys_show_the_true_code():
    codes, people = pa.array(["Marriage"]), roots_of("ann")
    draws = [change(PRAM, codes, people, bytes([n]) * 32)[0].as_py() for n in range(200)]
    assert max(set(draws), key=draws.count) == "Marriage"


def test_partners_have_draws_of_their_own():
    codes = pa.array(["Labour"] * 500)
    both = [np.array(change(PRAM, codes, crowd(500), key)) for key in (KEY, OTHER_KEY)]
    assert 0.4 < (both[0] == both[1]).mean() < 0.65  # 0.7 x 0.7 + 3 x 0.1 x 0.1 = 0.52


def test_it_says_its_matrix():
    assert PRAM.parameters == {
        "states": [*CODES, "other"],
        "stays": 0.7,
        "becomes_each_other": 0.1,
    }
    assert PRAM.draw == "7/10"
    assert "stays with chance 0.7 and becomes each other code with chance 0.1" in PRAM.describe()
    assert Randomization(("A", "other"), Fraction("0.9")).states == ("A", "other")


@pytest.mark.parametrize(
    ("texts", "holds"), [(["Labour", "other", None], True), (["Maria"], False)]
)
def test_a_file_is_held_against_the_codes(texts, holds):
    watch = PRAM.watch()
    watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
    assert watch.holds() is holds

"""What released forms cost, by a hierarchy and by information."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.measures.entropy import entropy_loss, kept_in_proportion
from anonymizers.measures.forms import UnknownFormsError, form_loss, forms_at, place_forms
from tests.small_tables import taxonomy

TOWNS = "a1;a/a2;a/a3;a/b1;b/b2;b"


def climb(lines=TOWNS):
    values = [line.split(";")[0] for line in lines.split("/")]
    return taxonomy(lines).climb(pa.array(values))


def test_forms_cost_what_their_level_covers():
    exact = place_forms(["a1", None, "b2"], climb())
    assert (exact.level, exact.costs.tolist()) == ("exact", [0, 0, 0])
    coarse = place_forms(["a", "b"], climb())
    assert (coarse.level, coarse.costs.tolist()) == ("level-1", [2 / 4, 1 / 4])
    assert place_forms(["*"], climb()).costs.tolist() == [1]


def test_forms_of_several_levels_are_local_recoding():
    mixed = place_forms(["a1", "b", "*"], climb())
    assert (mixed.level, mixed.costs.tolist()) == (None, [0, 1 / 4, 1])


def test_a_text_on_two_levels_is_taken_from_the_one_that_explains_all():
    lines = "f;f;all/m;n;all/n2;n;all"
    assert place_forms(["f", "n2"], climb(lines)).level == "exact"
    assert place_forms(["f", "n"], climb(lines)).level == "level-1"


def test_what_stands_on_no_level_is_said():
    with pytest.raises(UnknownFormsError) as caught:
        place_forms(["a1", "c9", "d"], climb())
    assert (caught.value.count, caught.value.first) == (2, "c9")


def test_the_loss_counts_cells_and_those_left_out():
    costs, counts = np.array([0.5, 0.25]), np.array([6, 4])
    assert form_loss(costs, counts) == pytest.approx(0.4)
    assert form_loss(costs, counts, left_out=10) == pytest.approx(0.7)
    assert form_loss(np.array([]), np.array([], dtype=np.int64)) == 0


def test_forms_of_a_level_are_a_map_of_values():
    assert forms_at(climb(), "level-1") == {"a1": "a", "a2": "a", "a3": "a", "b1": "b", "b2": "b"}


@given(
    st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 6)), max_size=6),
)
def test_the_information_lost_is_that_of_each_cell(drawn):
    people = [count for count, _, _ in drawn]
    forms = [form for _, form, _ in drawn]
    kept = [min(some, count) for count, _, some in drawn]
    lost = most = 0.0
    for value, count in enumerate(people):
        under = sum(n for n, form in zip(people, forms, strict=True) if form == forms[value])
        for cell in range(count):
            whole = math.log2(sum(people) / count)
            lost += math.log2(under / count) if cell < kept[value] else whole
            most += whole
    found = entropy_loss(
        np.array(people, np.int64), np.array(forms, np.int64), np.array(kept, np.float64)
    )
    assert found == pytest.approx(lost / most if most else 0)


def test_what_is_released_is_spread_over_the_values_of_a_form():
    people, form_of = np.array([6, 2, 5]), np.array([0, 0, 1])
    assert kept_in_proportion(people, form_of, np.array([4, 9, 0])).tolist() == [3, 1, 5]
    assert entropy_loss(people, form_of, people.astype(float)) < 1
    assert entropy_loss(people, form_of, np.zeros(3)) == 1

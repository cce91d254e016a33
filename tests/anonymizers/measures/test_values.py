"""Classes and values worked out by hand."""

import numpy as np
import pyarrow as pa
import pytest

from anonymizers.measures.closeness import measure_ordered_t, measure_t
from anonymizers.measures.coded import code
from anonymizers.measures.diversity import measure_confidence, measure_l
from anonymizers.measures.holdings import each_value, everything, on_a_line
from anonymizers.measures.orders import ranks
from anonymizers.measures.partitions import partition_rows


def column(*values):
    return code(pa.chunked_array([pa.array(values, pa.string())]))


def in_classes(*sizes):
    codes = np.repeat(np.arange(len(sizes)), sizes)
    return partition_rows([column(*map(str, codes))], len(codes))


SALARIES = column("3", "4", "5", "6", "11", "8", "7", "9", "10")
"""Li, Li and Venkatasubramanian's example in thousands: t = 0.375 for the class {3k, 4k, 5k}."""


def test_the_ordered_distance_is_that_of_the_paper():
    partition = in_classes(3, 3, 3)
    assert measure_ordered_t(on_a_line(partition, SALARIES, ranks(SALARIES))) == pytest.approx(
        0.375
    )
    held = everything(partition, SALARIES, np.arange(9))
    assert measure_t(held) == pytest.approx(2 / 3)


def test_distances_are_0_where_all_classes_are_alike():
    partition, kind = in_classes(2, 2), column("1", "2", "2", "1")
    assert measure_t(everything(partition, kind, np.arange(4))) == 0
    assert measure_ordered_t(on_a_line(partition, kind, ranks(kind))) == 0
    one = column("5", "5", "5", "5")
    assert measure_ordered_t(on_a_line(partition, one, ranks(one))) == 0


def test_a_skewed_class_has_less_entropy_than_values():
    partition = in_classes(100)
    held = each_value(partition, column(*["a"] * 99, "b"), np.arange(100))
    found = measure_l(held, partition.sizes)
    assert found.distinct == 2
    assert found.entropy == pytest.approx(1.0576, abs=1e-4)
    assert found.recursive_c == 99
    assert measure_confidence(held) == 0.99


def test_a_class_without_known_values_has_none():
    partition = in_classes(2, 2)
    found = measure_l(
        each_value(partition, column("a", "b", None, "Unknown"), np.arange(4)), partition.sizes
    )
    assert (found.distinct, found.entropy, found.alike) == (0, 0.0, 2)


def test_nobody_has_no_classes():
    nobody, empty = partition_rows([column()], 0), column()
    person = np.arange(0)
    assert (nobody.k, nobody.people) == (0, 0)
    assert measure_l(each_value(nobody, empty, person), nobody.sizes).distinct == 0
    assert measure_t(everything(nobody, empty, person)) == 0
    assert ranks(empty) is None


@pytest.mark.parametrize(
    ("values", "places"),
    [
        (("10", "9", "9.0", None), [1, 0, 0, -1]),
        (("2024-03", "2023-12", "unknown"), [1, 0, -1]),
        (("2024-03-05", "2023-12-01"), [1, 0]),
        (("1", "a"), None),
        (("nan", "1"), [-1, 0]),
        (("inf", "1"), None),
        ((None, ""), None),
    ],
)
def test_numbers_and_dates_stand_on_a_line(values, places):
    found = ranks(coded := column(*values))
    assert (None if found is None else found[coded.codes].tolist()) == places


def test_null_is_a_value_of_its_own_in_the_classes():
    partition = partition_rows([column("", None, None)], 3)
    assert sorted(partition.sizes) == [1, 2]
    assert code(pa.chunked_array([], pa.string())).codes.tolist() == []
    assert column("a", None, "a").counts().tolist() == [2, 1]

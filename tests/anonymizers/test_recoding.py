import numpy as np
import pyarrow as pa
import pytest

from anonymizers.grouping import UnknownClassError
from anonymizers.models import Model
from anonymizers.recoding import recode
from tests.small_tables import People, taxonomy, texts

TOWNS = taxonomy("a1;a/a2;a/b1;b/b2;b")


def test_a_batch_comes_out_in_released_forms_with_classes_and_who_is_kept():
    people = People({"town": texts(["a1", "a2", "b1", "b2", None])}, {"town": TOWNS})
    recoded = people.recoded(Model(2, max_suppressed_share=0.2))
    assert recoded.columns["town"].to_pylist() == ["a", "a", "b", "b", None]
    assert recoded.columns["town"].type.value_type == pa.string()
    assert recoded.classes.to_pylist() == [1, 1, 2, 2, 0]
    assert recoded.classes.type == pa.int32()
    assert recoded.kept.tolist() == [True, True, True, True, False]


def test_minors_are_left_out_where_only_adults_may_stay():
    people = People({"town": texts(["a1"] * 3)}, {"town": TOWNS}, minors=[False, True, False])
    recoded = people.recoded(Model(2, max_suppressed_share=0.5, k_minors=4))
    assert recoded.kept.tolist() == [True, False, True]


def test_without_quasi_identifiers_everyone_is_in_one_class():
    recoded = People({}, {}, count=3).recoded(Model(3))
    assert recoded.columns == {}
    assert recoded.classes.to_pylist() == [0, 0, 0]
    assert recoded.kept.all()


def test_batches_may_be_cut_anywhere():
    people = People({"town": texts(["a1", "b1", "a1", "b1"])}, {"town": TOWNS})
    classes = people.classes(Model(2))
    for part in (slice(0, 1), slice(1, 4), slice(2, 2)):
        codes = {"town": people.codes["town"][part]}
        recoded = recode(codes, people.is_minor[part], people.hierarchies, classes)
        assert recoded.classes.to_pylist() == [0, 1, 0, 1][part]


def test_rows_of_another_snapshot_are_refused():
    people = People(
        {"town": texts(["a1", "b1"]), "kind": texts(["x", "y"])},
        {"town": TOWNS, "kind": taxonomy("x/y")},
    )
    codes = {"town": people.codes["town"], "kind": people.codes["kind"][::-1]}
    with pytest.raises(UnknownClassError):
        recode(codes, np.zeros(2, bool), people.hierarchies, people.classes(Model(1)))

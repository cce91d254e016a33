"""The verifier counts classes again, and every promise that is broken is caught by its rule."""

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pytest

from anonymizers.models import Model
from anonymizers.promises import ColumnRule, Rules
from anonymizers.recount import class_sizes, measure_k, recount
from tests.small_tables import texts
from tests.written_files import AGES, again, broken, with_cell


def test_a_sound_file_is_counted(release):
    counted = again(release)
    assert counted.rows == release.table.num_rows == 6
    assert counted.classes == 2
    assert counted.smallest_class == 2
    assert counted.smallest_minor_class is None
    assert counted.distinct_l == {"kind": 2}
    assert counted.suppressed == 1
    assert counted.levels == {"town": ("level-1",), "age": ("5-years",)}


def test_minors_classes_are_counted_by_themselves(release):
    minors = release.minors.copy()
    minors[-1] = True
    assert again(release, minors=minors).smallest_minor_class == 4
    assert broken(release, minors=~release.minors) == ("k-minors", None)


def test_one_changed_row_is_caught(release):
    assert broken(release, table=with_cell(release.table, "town", 0, "b")) == ("k", None)
    assert broken(release, table=with_cell(release.table, "town", 0, None)) == ("k", None)
    assert broken(release, table=with_cell(release.table, "town", 0, "a1")) == ("level", "town")
    assert broken(release, table=with_cell(release.table, "town", 0, "zz")) == ("level", "town")


def test_a_class_that_was_thinned_is_caught(release):
    thinned = release.table.slice(1)
    assert broken(release, table=thinned, minors=release.minors[1:]) == ("rows", None)
    # even where the promise was changed along with it
    changes = {"table": thinned, "minors": release.minors[1:], "rows": 5, "left_out_by_search": 2}
    assert broken(release, **changes) == ("k", None)


def test_a_file_without_rows_or_without_quasi_identifiers_is_counted():
    empty = Rules(Model(5), (ColumnRule("it", AGES, "exact", "*"),), 0, 0, 0)
    counted = recount(pa.table({"it": texts([])}), np.zeros(0, bool), empty)
    assert (counted.rows, counted.classes, counted.smallest_class) == (0, 0, 0)
    everyone = Rules(Model(2, {"kind": 2}), (), 3, 0, 3)
    table = pa.table({"kind": texts(["x", "y", "x"])})
    counted = recount(table, np.array([True, False, False]), everyone)
    assert (counted.classes, counted.smallest_class, counted.smallest_minor_class) == (1, 3, 3)


def test_k_is_measured_on_any_table():
    table = pa.table({"a": ["x", "x", None, None, None], "b": [1, 1, 2, 2, 2]})
    assert measure_k(table, ["a", "b"]) == 2
    assert measure_k(table, []) == 5
    assert measure_k(table.slice(0, 0), ["a"]) == 0
    assert measure_k(table.slice(0, 0), []) == 0


@pytest.mark.parametrize(
    ("more", "groups"), [([], 844), (["isForcedLabour", "isSexualExploit"], 936)]
)
def test_k_of_the_ctdc_file_is_exactly_11(real_data, more, groups):
    table = pa_csv.read_csv(
        real_data / "ctdc" / "ctdc_kanon11_7cols_from_Global_Dataset_14Apr2020.csv"
    )
    columns = ["yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation"]
    assert measure_k(table, columns + more) == 11
    assert len(class_sizes(table, columns + more)) == groups

"""Rows come out in one order, however many buckets they went through; spill files say nothing."""

import random

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anonymizers.pseudonyms import keyed_order
from gateway import buckets
from gateway.errors import SealedFileError
from gateway.keyed_rows import KeyedRows
from gateway.spill import Spill

KEY = bytes(range(32))
PLANT = "Ana Maria Planted"


def table_of(numbers):
    roots = pa.array([number.to_bytes(16, "big") for number in numbers], pa.binary(16))
    names = pa.array([f"{PLANT} {number % 5}" for number in numbers], pa.string())
    coded = pa.array([f"form {number % 3}" for number in numbers], pa.string())
    return pa.table(
        {
            "weir_record": roots,
            "name": names,
            "form": coded.dictionary_encode(),
            "n": pa.array(numbers, pa.int64()),
        }
    )


def in_order(numbers):
    table = table_of(numbers)
    return table.take(keyed_order(table["weir_record"].combine_chunks(), KEY)).to_pydict()


@pytest.fixture
def small_buckets(monkeypatch):
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 8)


def added(spill, numbers, step):
    rows = KeyedRows(spill, KEY, len(numbers))
    for start in range(0, len(numbers), step):
        rows.add(table_of(numbers[start : start + step]))
    rows.finish()
    return rows


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.integers(0, 10**6), max_size=60, unique=True),
    st.integers(1, 20),
    st.sampled_from([1, 4, 16, 1000]),
)
def test_the_order_is_that_of_one_sort(tmp_path_factory, numbers, step, bucket):
    folder = tmp_path_factory.mktemp("spill") / "spill"
    with pytest.MonkeyPatch.context() as small, Spill(folder) as spill:
        small.setattr(buckets, "BUCKET_ROWS", bucket)
        rows = added(spill, numbers, step)
        assert rows.num_rows == len(numbers)
        for _ in range(2):  # as often as asked
            tables = [table_of([]), *rows]
            assert pa.concat_tables(tables).to_pydict() == in_order(numbers)
        assert folder.exists() == (len(numbers) > bucket)
    assert not folder.exists()


def test_more_rows_than_expected_come_out_too(tmp_path, small_buckets):
    numbers = list(range(50))
    with Spill(tmp_path / "spill") as spill:
        for expected in (0, 9, 10**9):
            rows = KeyedRows(spill, KEY, expected)
            rows.add(table_of(numbers))
            rows.finish()
            assert pa.concat_tables(rows).to_pydict() == in_order(numbers)


def test_spill_files_hold_nothing_in_the_clear(tmp_path, small_buckets):
    numbers = list(range(200))
    random.Random(1).shuffle(numbers)
    with Spill(tmp_path / "spill") as spill:
        added(spill, numbers, 7)
        files = [path.read_bytes() for path in (tmp_path / "spill").iterdir()]
        assert len(files) > 8
        whole = b"".join(files)
        roots = [number.to_bytes(16, "big") for number in numbers]
        assert not [root for root in roots if root[-4:] in whole and root in whole]
        assert PLANT.encode() not in whole
        assert b"weir_record" not in whole
    # The control: the same rows, not sealed.
    plain = pa.BufferOutputStream()
    with pa.ipc.new_stream(plain, table_of(numbers).schema) as stream:
        stream.write_table(table_of(numbers))
    assert PLANT.encode() in plain.getvalue().to_pybytes()


@pytest.mark.parametrize("damage", ["flip", "cut", "swap"])
def test_a_spill_file_that_was_changed_is_noticed(tmp_path, small_buckets, damage):
    with Spill(tmp_path / "spill") as spill:
        rows = added(spill, list(range(100)), 10)
        first, second, *_ = sorted((tmp_path / "spill").iterdir())
        content = bytearray(first.read_bytes())
        if damage == "flip":
            content[len(content) // 2] ^= 1
        elif damage == "cut":
            del content[-40:]
        else:
            content = second.read_bytes()
        first.write_bytes(content)
        with pytest.raises(SealedFileError):
            list(rows)


def test_what_an_earlier_life_left_is_cleared_and_an_error_leaves_nothing(tmp_path, small_buckets):
    folder = tmp_path / "spill"
    folder.mkdir()
    (folder / "0").write_bytes(b"old")

    def spill_and_fail():
        with Spill(folder) as spill:
            assert not folder.exists()
            KeyedRows(spill, KEY, 100).add(table_of(list(range(50))))
            assert [*folder.iterdir()]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        spill_and_fail()
    assert not folder.exists()


def test_one_bucket_touches_no_disk(tmp_path):
    with Spill(tmp_path / "spill") as spill:
        rows = added(spill, list(range(100)), 30)
        assert not (tmp_path / "spill").exists()
        assert next(iter(rows)).num_rows == 100
        assert np.array_equal(next(iter(rows))["n"], in_order(list(range(100)))["n"])

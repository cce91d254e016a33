from __future__ import annotations

import pyarrow as pa
import pytest

from gateway.errors import SealedFileError
from gateway.release_ledger import read_classes, write_classes

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
ROOTS = pa.array([bytes([n]) * 16 for n in range(3)], pa.binary(16))
CLASSES = pa.array([0, 0, 1], pa.int64())


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "classes"
    write_classes(path, KEY, people=ROOTS, records=ROOTS[::-1], classes=CLASSES)
    return path


def test_people_records_and_classes_come_back_in_row_order(file):
    table = read_classes(file, KEY)
    assert table["person"].to_pylist() == ROOTS.to_pylist()
    assert table["record"].to_pylist() == ROOTS.to_pylist()[::-1]
    assert table["class"].to_pylist() == [0, 0, 1]


def test_nobody_reads_it_without_its_key(file):
    assert ROOTS[1].as_py() not in file.read_bytes()
    with pytest.raises(SealedFileError):
        read_classes(file, OTHER)


def test_any_flipped_byte_is_noticed(file):
    whole = file.read_bytes()
    for position in range(0, len(whole), 7):
        flipped = bytearray(whole)
        flipped[position] ^= 1
        file.write_bytes(flipped)
        with pytest.raises(SealedFileError):
            read_classes(file, KEY)


def test_a_ledger_of_many_people_fits(tmp_path):
    roots = pa.array([n.to_bytes(16, "big") for n in range(100_000)], pa.binary(16))
    write_classes(
        tmp_path / "c", KEY, people=roots, records=roots, classes=pa.array(range(100_000))
    )
    assert read_classes(tmp_path / "c", KEY).num_rows == 100_000

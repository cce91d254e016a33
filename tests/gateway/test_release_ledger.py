from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from gateway.errors import SealedFileError
from gateway.release_ledger import LedgerWriter, read_classes
from gateway.release_parts import Part

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
ROOTS = pa.array([bytes([n]) * 16 for n in range(3)], pa.binary(16))
CLASSES = pa.array([0, 0, 1], pa.int64())


def part(people, classes, records):
    nobody = np.zeros(len(people), bool)
    return Part(pa.table({"a": people}), people, records, classes, nobody, nobody)


def write(path, *parts):
    with LedgerWriter(path, KEY) as ledger:
        for one in parts:
            ledger.add(one)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "classes"
    write(
        path, part(ROOTS[:2], CLASSES[:2], ROOTS[::-1][:2]), part(ROOTS[2:], CLASSES[2:], ROOTS[:1])
    )
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
    write(tmp_path / "c", *[part(roots, pa.array(range(100_000)), roots)] * 2)
    assert read_classes(tmp_path / "c", KEY).num_rows == 200_000


def test_a_ledger_left_by_an_error_is_none(tmp_path):
    broken = part(ROOTS, CLASSES, pa.array(["x"]))
    with pytest.raises(pa.ArrowInvalid):
        write(tmp_path / "c", part(ROOTS, CLASSES, ROOTS), broken)
    with pytest.raises(SealedFileError):
        read_classes(tmp_path / "c", KEY)

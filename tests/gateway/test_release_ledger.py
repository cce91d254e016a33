from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pytest

from gateway import buckets
from gateway.errors import SealedFileError
from gateway.keyed_rows import KeyedRows
from gateway.release_ledger import LedgerWriter, read_classes
from gateway.release_parts import Part
from gateway.spill import Spill

KEY, OTHER = b"\x01" * 32, b"\x02" * 32
ROOTS = pa.array([bytes([n]) * 16 for n in range(3)], pa.binary(16))
CLASSES = pa.array([0, 0, 1], pa.int64())


def part(people, classes, records):
    nobody = np.zeros(len(people), bool)
    return Part(pa.table({"a": people}), people, records, classes, nobody, people)


def write(path, *parts):
    rows = sum(len(one.people) for one in parts)
    with Spill(path.parent / "spill") as spill:
        with LedgerWriter(path, KEY, KeyedRows(spill, OTHER, rows)) as ledger:
            for one in parts:
                ledger.add(one)
        return [root for records in ledger.records() for root in records.to_pylist()]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "classes"
    write(
        path, part(ROOTS[:2], CLASSES[:2], ROOTS[::-1][:2]), part(ROOTS[2:], CLASSES[2:], ROOTS[:1])
    )
    return path


def rows_of(path):
    return [tuple(row.values()) for row in read_classes(path, KEY).to_pylist()]


def test_people_records_and_classes_come_back_together(file):
    a, b, c = ROOTS.to_pylist()
    assert sorted(rows_of(file)) == [(a, c, 0, a), (b, b, 0, b), (c, a, 1, c)]


def many(count):
    roots = pa.array([hashlib.sha256(bytes([n])).digest()[:16] for n in range(count)], ROOTS.type)
    return part(roots, pa.array(range(count)), roots)


@pytest.mark.parametrize("bucket_rows", [1 << 19, 8])
def test_the_order_of_a_ledger_says_nothing_of_the_order_of_rows(
    tmp_path, monkeypatch, bucket_rows
):
    """It is the same whatever order they came in, in memory or in buckets."""
    whole = many(100)
    write(tmp_path / "as-they-stand", whole)
    monkeypatch.setattr(buckets, "BUCKET_ROWS", bucket_rows)
    parts = [taken(whole, range(start, 100, 7)) for start in reversed(range(7))]
    said = write(tmp_path / "shuffled", *parts)
    rows = rows_of(tmp_path / "shuffled")
    assert rows == rows_of(tmp_path / "as-they-stand")
    assert said == [record for _, record, _, _ in rows]
    assert [number for *_, number in rows] != [*range(100)]


def taken(whole, places):
    people, classes, records = (
        column.take([*places]) for column in (whole.people, whole.classes, whole.records)
    )
    return part(people, classes, records)


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

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import SealedFileError
from gateway.lake.encodings import detect
from gateway.lake.readers import open_source
from gateway.submissions import uploads
from gateway.submissions.uploads import SealedUpload, UploadWriter

KEY = bytes(range(32))


@pytest.fixture(autouse=True)
def _small_segments(monkeypatch):
    monkeypatch.setattr(uploads, "SEGMENT_BYTES", 1000)


@pytest.fixture
def upload(tmp_path):
    return SealedUpload(tmp_path / "sub_1", KEY, 0, "cases.CSV")


def wrote(upload, *parts):
    for part in parts:
        writer = UploadWriter(upload)
        writer.write(part)
        writer.close()


@given(parts=st.lists(st.binary(max_size=2500), max_size=5), place=st.integers(0, 12_000))
@settings(max_examples=40, suppress_health_check=list(HealthCheck))
def test_what_was_written_part_by_part_is_read_as_one(tmp_path_factory, parts, place):
    upload = SealedUpload(tmp_path_factory.mktemp("up") / "sub_1", KEY, 0, "x.csv")
    wrote(upload, *parts)
    whole = b"".join(parts)
    assert upload.size == len(whole)
    with upload.open("rb") as file:
        assert file.read() == whole
        file.seek(place)
        assert file.read(700) == whole[place : place + 700]
        if whole:
            file.seek(-1, 2)
            assert file.read() == whole[-1:]


def test_it_is_called_what_its_giver_calls_it(upload):
    assert (upload.name, upload.suffix) == ("cases.CSV", ".CSV")
    assert "cases" not in repr(upload)


def test_nothing_is_in_plain_on_the_disk(upload):
    wrote(upload, b"Mariposa Quintero," * 500)
    files = [path for path in upload.folder.rglob("*") if path.is_file()]
    assert len(files) == 9
    assert not any(b"Mariposa" in path.read_bytes() for path in files)


def test_an_interrupted_segment_is_no_part_of_it_and_is_written_again(upload):
    writer = UploadWriter(upload)
    writer.write(b"a" * 1500)
    del writer  # as if the process had died
    assert upload.size == 1000
    wrote(upload, b"b" * 10)
    with upload.open() as file:
        assert file.read() == b"a" * 1000 + b"b" * 10


def test_what_was_abandoned_leaves_whole_segments_alone(upload):
    writer = UploadWriter(upload)
    writer.write(b"a" * 1500)
    writer.abandon()
    assert (upload.size, len(list(upload.folder.iterdir()))) == (1000, 1)


def test_files_of_a_submission_do_not_mix(upload):
    other = SealedUpload(upload.folder, KEY, 1, "y.csv")
    wrote(upload, b"a" * 1500)
    wrote(other, b"b" * 2500)
    assert (upload.size, other.size) == (1500, 2500)


def test_a_missing_segment_ends_it(upload):
    wrote(upload, b"a" * 3500)
    upload.path_of(1000).unlink()
    assert upload.size == 1000


@pytest.mark.parametrize("swapped", [True, False])
def test_changed_or_moved_segments_are_noticed(upload, swapped):
    wrote(upload, b"a" * 3000)
    if swapped:
        first, second = (upload.path_of(start).read_bytes() for start in (0, 1000))
        upload.path_of(0).write_bytes(second)
        upload.path_of(1000).write_bytes(first)
    else:
        bits = bytearray(upload.path_of(1000).read_bytes())
        bits[-20] ^= 1
        upload.path_of(1000).write_bytes(bits)
    with upload.open() as file, pytest.raises(SealedFileError):
        file.read()


def test_another_key_opens_nothing(upload):
    wrote(upload, b"a" * 10)
    stranger = SealedUpload(upload.folder, bytes(32), 0, "x.csv")
    with stranger.open() as file, pytest.raises(SealedFileError):
        file.read()


def test_readers_of_data_files_take_it(upload):
    wrote(upload, "nombre;año\nJosé;2020\n".encode("latin-1"))
    assert detect(upload).said == "cp1252"
    source = open_source(upload, ["nombre", "año"])
    rows = [row for batch in source.batches() for row in batch.cells.to_pylist()]
    assert rows == [{"nombre": "José", "año": "2020"}]

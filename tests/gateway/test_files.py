import os

import pytest

from gateway.files import atomic_write, create_exclusively


def test_a_file_is_replaced_as_a_whole(tmp_path):
    path = tmp_path / "checkpoint"
    atomic_write(path, b"old")
    atomic_write(path, b"new", 0o640)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]


def test_a_failed_write_leaves_the_old_bytes_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "checkpoint"
    atomic_write(path, b"old")

    def fail(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        atomic_write(path, b"new")
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint"]


def test_an_existing_file_is_never_created_again(tmp_path):
    path = tmp_path / "home.key"
    create_exclusively(path, b"first")
    with pytest.raises(FileExistsError):
        create_exclusively(path, b"second")
    assert path.read_bytes() == b"first"


def test_a_created_file_is_for_its_owner_alone_whatever_the_umask(tmp_path):
    before = os.umask(0o277)
    try:
        create_exclusively(tmp_path / "a", b"")
    finally:
        os.umask(before)
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600

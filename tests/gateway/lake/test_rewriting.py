"""A DuckDB file written anew: whole, without what was deleted, or the old one."""

from __future__ import annotations

import pyarrow as pa
import pytest

from gateway.errors import LakeError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake import rewriting
from gateway.lake.rewriting import rewrite
from gateway.lake.vault import Vault

ROOT = pa.array([b"r" * 16], pa.binary(16))


@pytest.fixture
def kept(tmp_path):
    """A home whose vault holds one settled identifier, and held many more."""
    home = Home.create(tmp_path / "home", name="H", origin="h.example", timezone="UTC")
    keys = Keys.create(home)
    vault = Vault.create(home, keys)
    many = pa.array([number.to_bytes(16, "big") for number in range(50_000)], pa.binary(16))
    values = pa.array([f"a name of some length {number}" for number in range(50_000)])
    vault.deposit_identifiers("gone", "person", many, values)
    vault.deposit_identifiers("kept", "person", ROOT, pa.array(["Ana"]))
    vault.settle("kept", "cases", pa.array([], pa.binary(16)))
    vault.forget("gone")
    vault.close()
    return home, keys


def anew(kept):
    home, keys = kept
    rewrite(home.vault_file, keys.vault(), home.path, home.temp_dir)


def value_in(kept):
    vault = Vault.open(*kept)
    try:
        return vault.value_of("person", ROOT[0].as_py())
    finally:
        vault.close()


def test_what_is_left_is_copied_and_nothing_else(kept):
    before = kept[0].vault_file.stat().st_size
    anew(kept)
    assert kept[0].vault_file.stat().st_size < before * 0.7
    assert kept[0].vault_file.stat().st_mode & 0o777 == 0o600
    assert value_in(kept) == "Ana"


def test_a_failure_leaves_the_old_file(kept, monkeypatch):
    def broken(*_):
        raise LakeError("no")

    before = kept[0].vault_file.read_bytes()
    monkeypatch.setattr(rewriting, "_copy", broken)
    with pytest.raises(LakeError):
        anew(kept)
    assert kept[0].vault_file.read_bytes() == before


def test_what_a_crash_left_is_no_hindrance(kept):
    kept[0].vault_file.with_name("vault.duckdb.new").write_bytes(b"half of a file")
    anew(kept)
    assert value_in(kept) == "Ana"


def test_a_log_that_is_not_written_into_the_file_stops_it(kept):
    kept[0].vault_file.with_name("vault.duckdb.wal").write_bytes(b"something")
    with pytest.raises(LakeError, match="tried again"):
        anew(kept)

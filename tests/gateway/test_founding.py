from __future__ import annotations

import stat

import pytest

from gateway.audit.checkpoints import read_checkpoint_file
from gateway.context import open_context
from gateway.errors import HomeError, WeirError
from gateway.founding import found_home
from gateway.homes import Home
from gateway.lake.connection import Lake


def test_a_founded_home_opens_with_one_signed_entry(tmp_path):
    founded = found_home(tmp_path / "home", name="Test", origin="", timezone="UTC")
    with open_context(tmp_path / "home") as context:
        assert [entry["type"] for entry in context.log.entries()] == ["key"]
        assert context.log.vkey == founded["vkey"]
        assert context.log.check().first_break is None
        assert read_checkpoint_file(context.home.checkpoint_file) is not None
    assert (tmp_path / "home.key").is_file()
    assert founded["origin"].startswith("test-")
    assert founded["origin"].endswith("/log")


def test_nothing_of_a_home_can_be_read_by_others(tmp_path):
    found_home(tmp_path / "home", name="Test", origin="", timezone="UTC")
    assert stat.S_IMODE((tmp_path / "home").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "home.key").stat().st_mode) == 0o600
    for path in (tmp_path / "home").rglob("*"):
        if path.name.startswith(("store", "jobs", "keys", "lock", "signing")):
            assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_two_homes_of_one_name_have_logs_of_two_names(tmp_path):
    origins = {
        found_home(tmp_path / name, name="Same", origin="", timezone="UTC")["origin"]
        for name in ("a", "b")
    }
    assert len(origins) == 2


def test_a_home_that_could_not_be_finished_leaves_nothing(tmp_path, monkeypatch):
    def fails(*_args, **_options):
        raise OSError("the disk broke")

    monkeypatch.setattr(Lake, "open", fails)
    with pytest.raises(OSError, match="broke"):
        found_home(tmp_path / "home", name="Test", origin="", timezone="UTC")
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_taken_is_left_as_it_was(tmp_path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "mine").write_text("keep")
    with pytest.raises(HomeError):
        found_home(tmp_path / "home", name="Test", origin="", timezone="UTC")
    assert (tmp_path / "home" / "mine").read_text() == "keep"


def test_a_store_that_holds_another_home_is_left_to_it(tmp_path, postgres_url, monkeypatch):
    monkeypatch.setenv("WEIR_STORE_URL", postgres_url)
    found_home(tmp_path / "first", name="First", origin="", timezone="UTC")
    with pytest.raises(WeirError, match="another home"):
        found_home(tmp_path / "second", name="Second", origin="", timezone="UTC")
    assert not (tmp_path / "second").exists()
    with open_context(tmp_path / "first") as context:
        assert len(context.log.entries()) == 1
        assert context.log.check().first_break is None


def test_a_store_of_another_home_is_noticed_when_a_home_is_opened(
    tmp_path, postgres_url, monkeypatch
):
    monkeypatch.setenv("WEIR_STORE_URL", postgres_url)
    found_home(tmp_path / "first", name="First", origin="", timezone="UTC")
    monkeypatch.delenv("WEIR_STORE_URL")
    found_home(tmp_path / "second", name="Second", origin="", timezone="UTC")
    monkeypatch.setenv("WEIR_STORE_URL", postgres_url)
    with pytest.raises(WeirError), open_context(tmp_path / "second") as context:
        context.log.sign()
    assert Home.open(tmp_path / "second").checkpoint_file.read_bytes().split(b"\n")[1] == b"1"

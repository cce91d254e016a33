"""Founding a home: everything is there, or nothing is."""

from __future__ import annotations

import re

import pytest

from gateway.audit.verifier import parse_vkey
from gateway.audit_check import check_everything
from gateway.context import open_context
from gateway.errors import HomeError, KeysError
from gateway.founding import _origin, found_home


def found(path, **changes):
    return found_home(path, **{"name": "Hope", "origin": "", "timezone": "UTC", **changes})


def everything(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_home_is_whole_and_its_log_begins_with_its_key(tmp_path):
    founded = found(tmp_path / "home", origin="weir.hope.example/log")
    assert founded["origin"] == parse_vkey(founded["vkey"]).name == "weir.hope.example/log"
    assert everything(tmp_path) == ["home", "home.checkpoint", "home.key"]
    with open_context(tmp_path / "home") as context:
        (entry,) = context.log.entries()
        assert (entry["type"], entry["id"], entry["state"]) == ("key", "log-signing", "created")
        assert check_everything(context)["broken"] == []


@pytest.mark.parametrize(
    ("name", "origin"),
    [("Hope Hotline", "hope-hotline"), ("Línea ¡Ya!", "l-nea-ya"), ("望", "weir"), ("a+b", "a-b")],
)
def test_a_log_is_named_after_its_operator_and_never_twice(name, origin):
    made = [_origin(name) for _ in range(2)]
    assert all(re.fullmatch(rf"{origin}-[0-9a-f]{{8}}/log", one) for one in made)
    assert len(set(made)) == 2


def test_an_empty_folder_is_taken_and_a_used_one_isn_t(tmp_path):
    (tmp_path / "empty").mkdir()
    found(tmp_path / "empty")
    (tmp_path / "used").mkdir()
    (tmp_path / "used" / "mine").write_text("mine")
    with pytest.raises(HomeError, match="is taken"):
        found(tmp_path / "used")
    assert everything(tmp_path / "used") == ["mine"]


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("gateway.homes.create_exclusively", OSError),
        ("gateway.founding.Vault.create", RuntimeError),
        ("gateway.log.AuditLog.sign", KeyboardInterrupt),
    ],
)
def test_a_failure_on_the_way_leaves_nothing(tmp_path, monkeypatch, where, error):
    def fail(*_args, **_options):
        raise error

    monkeypatch.setattr(where, fail)
    with pytest.raises(error):
        found(tmp_path / "home")
    assert everything(tmp_path) == []


def test_a_key_that_lies_there_is_never_overwritten(tmp_path):
    (tmp_path / "home.key").write_text("precious")
    with pytest.raises(HomeError, match="earlier home"):
        found(tmp_path / "home")
    assert (tmp_path / "home.key").read_text() == "precious"


def test_a_provider_s_key_is_used_and_stays_when_founding_fails(tmp_path, monkeypatch):
    named = tmp_path / "named"
    named.write_text("a" * 64)
    named.chmod(0o600)
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", str(named))
    assert found(tmp_path / "home")["key_file"] == str(named)
    named.chmod(0o644)
    with pytest.raises(KeysError):
        found(tmp_path / "other")
    assert named.read_text() == "a" * 64
    assert everything(tmp_path) == ["home", "home.checkpoint", "named"]

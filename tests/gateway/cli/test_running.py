"""How commands reach a home that another process has, and how faults are said."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path

import pytest

from gateway import operations
from gateway.cli import running
from gateway.context import sole_owner


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(running, "PATIENCE_SECONDS", 0.3)


@pytest.fixture
def broken(monkeypatch):
    """Make one operation fail as programs do."""

    def fail(context, progress):
        raise ZeroDivisionError("a value that must not be shown")

    monkeypatch.setitem(operations._OPERATIONS, "partner.list", fail)


def test_a_command_waits_for_another_one_to_end(alone):
    held, done = threading.Event(), threading.Event()

    def hold():
        with sole_owner(alone.home / "lock"):
            held.set()
            done.wait(1)

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait()
    threading.Timer(0.3, done.set).start()
    assert "harbor" in alone("partner", "list").out
    holder.join()


def test_a_command_gives_up_on_a_home_that_stays_taken(alone, impatient):
    with sole_owner(alone.home / "lock"):
        assert "open in another process" in alone.refused("partner", "list")


def test_the_socket_of_a_killed_gateway_is_no_hindrance(alone):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(alone.home / "weir.sock"))
    left.close()
    assert "harbor" in alone("partner", "list").out


def test_a_fault_is_said_in_one_sentence_without_its_values(alone, broken):
    said = alone.refused("partner", "list")
    assert "this is a fault in Weir itself: builtins.ZeroDivisionError at " in said
    assert "must not be shown" not in said


def test_a_fault_in_the_gateway_is_said_in_the_same_words(alone, through, broken, caplog):
    with through():
        said = alone.refused("partner", "list")
    assert "this is a fault in Weir itself: builtins.ZeroDivisionError at " in said
    assert "must not be shown" not in said
    assert "ZeroDivisionError" in caplog.text


def test_the_whole_trace_is_there_for_whoever_asks(alone, broken, monkeypatch):
    monkeypatch.setenv("WEIR_TRACEBACK", "1")
    with pytest.raises(ZeroDivisionError):
        alone.run("partner", "list")


def test_a_file_that_may_not_be_read_is_named(alone, monkeypatch):
    def refuse(path, **_options):
        raise PermissionError(13, "Permission denied", str(path))

    file = alone.file("closed.yaml", "policy: x")
    monkeypatch.setattr(Path, "read_text", refuse)
    assert "may not be read" in alone.refused("policy", "check", file)


def test_a_long_way_to_the_home_is_no_hindrance(alone, tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    for suffix in ("", ".key", ".checkpoint"):
        os.rename(f"{alone.home}{suffix}", f"{deep}/home{suffix}")  # noqa: PTH104 - names, not paths
    assert len(str(deep / "home" / "weir.sock")) > 107
    assert "harbor" in alone("partner", "list", "--home", deep / "home").out

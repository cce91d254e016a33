"""The home's socket: who may use it, what goes over it, and what happens when it breaks."""

from __future__ import annotations

import json
import socket
import threading
from types import SimpleNamespace

import pytest

from gateway.control import call, listening
from gateway.errors import DeclarationError, NotFoundError, RemoteError
from policies.reasons import Reason


def run(operation, params, progress):
    """Stand in for the operations of a home."""
    if operation == "echo":
        return params
    if operation == "count":
        for number in range(3):
            progress(f"step {number}", number / 3)
        return "counted"
    if operation == "refuse":
        raise DeclarationError("x.yaml", (Reason("must-not-be-empty", {"path": "policy"}),))
    if operation == "absent":
        raise NotFoundError("no such thing")
    raise RuntimeError("secret value")


@pytest.fixture
def home(tmp_path):
    return SimpleNamespace(home=SimpleNamespace(socket_file=tmp_path / "weir.sock"))


@pytest.fixture
def served(home):
    with listening(home, run):
        yield home.home.socket_file


def silent(text, share):
    del text, share


def test_only_the_owner_may_connect(served):
    assert served.stat().st_mode & 0o777 == 0o600


def test_the_socket_goes_when_the_gateway_does(home):
    with listening(home, run):
        assert home.home.socket_file.exists()
    assert not home.home.socket_file.exists()


def test_a_socket_left_by_a_killed_gateway_is_replaced(home):
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(home.home.socket_file))
    left.close()
    with pytest.raises(ConnectionRefusedError):
        call(home.home.socket_file, "echo", {}, silent)
    with listening(home, run):
        assert call(home.home.socket_file, "echo", {"a": 1}, silent) == {"a": 1}


@pytest.mark.parametrize("length", [40, 107, 108, 200])
def test_a_path_of_any_length_works(tmp_path, length):
    folder = tmp_path / ("d" * max(1, length - len(str(tmp_path)) - len("//weir.sock")))
    folder.mkdir()
    home = SimpleNamespace(home=SimpleNamespace(socket_file=folder / "weir.sock"))
    with listening(home, run):
        assert call(folder / "weir.sock", "echo", {"ñ": "é"}, silent) == {"ñ": "é"}
    assert not list(folder.iterdir())


def test_progress_arrives_before_the_result(served):
    seen = []
    assert call(served, "count", {}, lambda text, share: seen.append((text, share))) == "counted"
    assert seen == [("step 0", 0), ("step 1", 1 / 3), ("step 2", 2 / 3)]


def test_a_refusal_comes_with_its_words(served):
    with pytest.raises(RemoteError, match=r"x.yaml isn't accepted") as refused:
        call(served, "refuse", {}, silent)
    assert refused.value.lines() == ["policy: This must not be empty."]
    with pytest.raises(RemoteError, match="no such thing"):
        call(served, "absent", {}, silent)


def test_a_fault_is_named_by_its_kind_and_logged(served, caplog):
    with pytest.raises(RemoteError, match="RuntimeError") as failed:
        call(served, "other", {}, silent)
    assert "secret value" not in str(failed.value)
    assert "secret value" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_commands_run_side_by_side(served):
    answers = []
    threads = [
        threading.Thread(target=lambda n=n: answers.append(call(served, "echo", {"n": n}, silent)))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer["n"] for answer in answers) == list(range(8))


@pytest.mark.parametrize("garbage", [b"\n", b"{}\n", b"[]\n", b"\xff\n", b"{" * 5000 + b"\n", b""])
def test_garbage_harms_nobody(served, garbage):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(served))
        connection.sendall(garbage)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").readline()
    assert not answer or "error" in json.loads(answer)
    assert call(served, "echo", {}, silent) == {}


@pytest.mark.parametrize("said", [b"", b'{"progress"', b'{"progress": ["x", 0.5]}\n'])
def test_a_gateway_that_dies_on_the_way_is_said_to_have_stopped(tmp_path, said):
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "s"))
    server.listen()

    def answer():
        connection, _ = server.accept()
        connection.recv(1000)
        connection.sendall(said)
        connection.close()

    thread = threading.Thread(target=answer)
    thread.start()
    with pytest.raises(ConnectionError, match="stopped before it answered"):
        call(tmp_path / "s", "echo", {}, silent)
    thread.join()
    server.close()

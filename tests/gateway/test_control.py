from __future__ import annotations

import socket
import stat
from types import SimpleNamespace

import pytest

from gateway.control import call, listening
from gateway.errors import NotFoundError, RefusedError, RemoteError
from policies.reasons import Reason


def silent(_text, _share):
    pass


def context_of(socket_file):
    return SimpleNamespace(home=SimpleNamespace(socket_file=socket_file))


@pytest.fixture(params=["short", "long"])
def socket_file(request, tmp_path):
    """A socket whose path fits an address, and one whose path doesn't."""
    folder = tmp_path if request.param == "short" else tmp_path / ("x" * 100)
    folder.mkdir(exist_ok=True)
    return folder / "weir.sock"


@pytest.fixture
def answering(socket_file):
    def start(run):
        return listening(context_of(socket_file), run)

    return start


def test_an_operation_gets_its_parameters_and_gives_its_result(socket_file, answering):
    with answering(lambda name, params, _progress: [name, params]):
        assert call(socket_file, "x", {"é": [1, None]}, silent) == ["x", {"é": [1, None]}]


def test_progress_comes_before_the_result(socket_file, answering):
    seen = []

    def run(_name, _params, progress):
        progress("half", 0.5)
        progress("done", 1.0)
        return "result"

    with answering(run):
        assert call(socket_file, "x", {}, lambda text, share: seen.append((text, share)))
    assert seen == [("half", 0.5), ("done", 1.0)]


def test_a_refusal_comes_with_the_gateways_words(socket_file, answering):
    def run(name, _params, _progress):
        if name == "absent":
            raise NotFoundError("no such thing; look elsewhere")
        raise RefusedError((Reason("partner-suspended", {"partner": "harbor"}),))

    with answering(run):
        with pytest.raises(RemoteError, match="no such thing; look elsewhere"):
            call(socket_file, "absent", {}, silent)
        with pytest.raises(RemoteError) as caught:
            call(socket_file, "refused", {}, silent)
    assert "Access of harbor is suspended" in " ".join(caught.value.lines())


def test_a_fault_says_where_and_never_what(socket_file, answering, caplog):
    def run(_name, _params, _progress):
        raise ValueError("Maria Lopez")

    with answering(run):
        with pytest.raises(RemoteError) as caught:
            call(socket_file, "x", {}, silent)
        assert "Maria" not in f"{caught.value} {caught.value.lines()}"
        assert "Maria" not in caplog.text
        assert "ValueError" in str(caught.value)


def test_the_socket_is_for_the_homes_owner_alone_and_goes_with_the_gateway(socket_file, answering):
    with answering(lambda *_: None):
        assert stat.S_IMODE(socket_file.stat().st_mode) == 0o600
    assert not socket_file.exists()


def test_a_socket_that_a_killed_gateway_left_is_taken_over(socket_file, answering):
    socket_file.write_bytes(b"")
    with answering(lambda *_: "here"):
        assert call(socket_file, "x", {}, silent) == "here"


def test_nobody_listening_is_a_connection_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        call(tmp_path / "weir.sock", "x", {}, silent)
    dead = socket.socket(socket.AF_UNIX)
    dead.bind(str(tmp_path / "dead.sock"))
    dead.close()
    with pytest.raises(ConnectionRefusedError):
        call(tmp_path / "dead.sock", "x", {}, silent)


def test_what_is_no_question_ends_its_connection_alone(socket_file, answering):
    with answering(lambda *_: "here"):
        for junk in (b"\n", b"[]\n", b"\xff\xfe\n", b'{"operation": "x"}\n', b"{" * 5000 + b"\n"):
            if len(str(socket_file)) > 107:
                break
            with socket.socket(socket.AF_UNIX) as rude:
                rude.connect(str(socket_file))
                rude.sendall(junk)
                assert b'"error"' in rude.makefile("rb").read()
        assert call(socket_file, "x", {}, silent) == "here"

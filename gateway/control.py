"""The home's socket: commands run inside the gateway that owns the lake, or open it themselves.

One request for each connection, as lines of JSON: `{"operation", "params"}` in; any number of
`{"progress": [text, share]}` and then `{"result"}` or `{"error"}` out. The socket lies in the
home with mode 0600: whoever can open it could read the home's files as well.
"""

from __future__ import annotations

import contextlib
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from gateway.errors import RemoteError, WeirError
from gateway.failures import describe_failure, log_failure

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.context import Context

Progress = Callable[[str, float], None]
Run = Callable[[str, Mapping[str, Any], Progress], Any]


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    run: Run


class _Handler(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        """Run one operation and say how it goes."""
        server = cast("_Server", self.server)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            try:
                asked = json.loads(self.rfile.readline())
                result = server.run(asked["operation"], asked["params"], self._progress)
                self._say({"result": result})
            except WeirError as error:
                self._say({"error": {"message": error.headline(), "details": error.lines()}})
            except Exception as error:  # noqa: BLE001 - whoever asked must get an answer
                log_failure(error)
                said = f"this is a fault in Weir itself: {describe_failure(error)}"
                self._say({"error": {"message": said, "details": ["Please report it."]}})

    def _progress(self, text: str, share: float) -> None:
        self._say({"progress": [text, share]})

    def _say(self, line: Mapping[str, Any]) -> None:
        self.wfile.write(json.dumps(line).encode() + b"\n")


@contextlib.contextmanager
def listening(context: Context, run: Run) -> Iterator[None]:
    """Answer commands on the home's socket while the block lasts."""
    path = context.home.socket_file
    path.unlink(missing_ok=True)
    with _short_path(path) as short:
        server = _Server(short, _Handler, bind_and_activate=False)
        server.run = run
        server.server_bind()
        path.chmod(0o600)
        server.server_activate()
    thread = threading.Thread(target=server.serve_forever, name="control", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        path.unlink(missing_ok=True)


def call(socket_file: Path, operation: str, params: Mapping[str, Any], progress: Progress) -> Any:
    """Run an operation inside the gateway that listens there.

    Raises:
        ConnectionError: nobody listens (any more).
        RemoteError: the operation was refused or failed; it says why.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        with _short_path(socket_file) as short:
            connection.connect(short)
        try:
            return _ask(connection, {"operation": operation, "params": params}, progress)
        except (BrokenPipeError, ConnectionResetError, ValueError):
            raise ConnectionError(_STOPPED) from None


_STOPPED = "the gateway stopped before it answered; look at its log, then try again"


def _ask(connection: socket.socket, question: Mapping[str, Any], progress: Progress) -> Any:
    connection.sendall(json.dumps(question).encode() + b"\n")
    with connection.makefile("rb") as answers:
        for line in answers:
            answer = json.loads(line)
            if "progress" in answer:
                progress(*answer["progress"])
            elif "error" in answer:
                raise RemoteError(answer["error"]["message"], answer["error"]["details"])
            else:
                return answer["result"]
    raise ConnectionError(_STOPPED)


@contextlib.contextmanager
def _short_path(path: Path) -> Iterator[str]:
    """Yield a name for the socket that fits the 107 bytes a socket's address may have."""
    if len(str(path).encode()) <= _ADDRESS_BYTES:
        yield str(path)
        return
    import os

    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


_ADDRESS_BYTES = 107

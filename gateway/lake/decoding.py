"""Processes of their own that decode a file, and may die of it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from gateway.lake import limits
from gateway.lake.sources import SourceError
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.lake.data_files import DataFile

DESCRIBE = "describe"  # the role of looking a file through
OUT_OF_MEMORY = 4  # what a decoder says of itself
_KILLED = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGXCPU)
_running: set[subprocess.Popen[bytes]] = set()
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")  # what Python needs to start; no secret


@contextlib.contextmanager
def decoding(
    program: Path, file: DataFile, role: str, *arguments: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a decoder while the block lasts, with nothing of the gateway's surroundings.

    Guarantee: the plain bytes of a file that isn't a path are in memory only, and gone with the
    block.

    Args:
        program: the decoder: PROGRAM MEMORY_BYTES CPU_SECONDS ROLE FILE ARGUMENT...
        file: what it decodes.
        role: what it is asked for.
        arguments: of the role.
    """
    seconds = limits.DESCRIBING_CPU_SECONDS if role == DESCRIBE else limits.DECODING_CPU_SECONDS
    bounds = (str(limits.DECODING_MEMORY_BYTES), str(seconds))
    surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with (
        _lent(file) as (place, handles),
        subprocess.Popen(  # noqa: S603 - our own program; names go in as arguments
            [sys.executable, "-P", str(program), *bounds, role, place, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=surroundings,
            pass_fds=handles,
        ) as decoder,
    ):
        _running.add(decoder)
        try:
            yield decoder
        finally:
            _running.discard(decoder)
            decoder.kill()


def end_decoders() -> None:
    """End all that run, so that a gateway that stops waits for none of them."""
    for decoder in [*_running]:
        decoder.kill()


@contextlib.contextmanager
def _lent(file: DataFile) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Lend a path at which a decoder can open the file, and the handles that it needs for that."""
    if isinstance(file, Path):
        yield str(file.absolute()), ()
        return
    handle = os.memfd_create("weir")
    try:
        with file.open("rb") as source, os.fdopen(handle, "wb", closefd=False) as memory:
            shutil.copyfileobj(source, memory, 1 << 20)
        yield f"/proc/self/fd/{handle}", (handle,)
    finally:
        os.close(handle)


def read_output(decoder: subprocess.Popen[bytes], file: DataFile) -> bytes:
    """Return all that a decoder says.

    Raises:
        SourceError: it ended badly.
    """
    output, _ = decoder.communicate()
    check_status(decoder, file)
    return output


def stream_output(decoder: subprocess.Popen[bytes], file: DataFile) -> Iterator[pa.RecordBatch]:
    """Yield the batches that a decoder hands over; they count only if it ends well.

    Raises:
        SourceError: it ended badly.
    """
    assert decoder.stdout is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(pa.ArrowException, OSError):  # the status says why
        yield from pa.ipc.open_stream(decoder.stdout)
    check_status(decoder, file)


def check_status(decoder: subprocess.Popen[bytes], file: DataFile) -> None:
    """Check how a decoder ended.

    Raises:
        SourceError: it took too much memory or time, or couldn't read the file.
    """
    status = decoder.wait()
    if status == OUT_OF_MEMORY or status in _KILLED:
        facts = {"file": file.name, "limit": str(limits.DECODING_MEMORY_BYTES >> 30)}
        raise SourceError(Reason("too-much-memory", facts))
    if status:
        raise SourceError(Reason("unreadable-file", {"file": file.name}))


class Counted:
    """What has come out of one file so far, against what it may hold."""

    def __init__(self, file: DataFile) -> None:
        """Begin at nothing."""
        self.file = file
        self.rows = self.text = 0

    def add(self, rows: int, columns: int, text: int) -> None:
        """Count a batch: its rows, the columns of each, and its bytes.

        Raises:
            SourceError: it is too much.
        """
        self.rows, self.text = self.rows + rows, self.text + text
        check_cells(self.file, self.rows, columns)
        if self.text > limits.MAX_TEXT_BYTES:
            facts = {"file": self.file.name, "limit": str(limits.MAX_TEXT_BYTES >> 30)}
            raise SourceError(Reason("too-much-text", facts))


def check_cells(file: DataFile, rows: int, columns: int) -> None:
    """Check that a file holds no more values than it may.

    Raises:
        SourceError: it does.
    """
    if rows * columns > limits.MAX_CELLS:
        facts = {"file": file.name, "limit": f"{limits.MAX_CELLS:,}"}
        raise SourceError(Reason("too-many-values", facts))


def check_width(file: DataFile, columns: int) -> None:
    """Check that a file has no more columns than it may.

    Raises:
        SourceError: it has.
    """
    if columns > limits.MAX_COLUMNS:
        facts = {"file": file.name, "limit": f"{limits.MAX_COLUMNS:,}"}
        raise SourceError(Reason("too-many-columns", facts))

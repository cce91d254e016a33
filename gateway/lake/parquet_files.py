"""Parquet files: decoded elsewhere, counted here; their types arrive as text like every format's.

Guarantee:
    However small a file is and whatever its footer says, no more than `MAX_CELLS` values and
    `MAX_TEXT_BYTES` of text are taken from it, and decoding it takes no more memory and time
    than its process may have.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from gateway.lake import limits
from gateway.lake.parquet_decoding import OUT_OF_MEMORY
from gateway.lake.sources import Batch, Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DECODER = Path(__file__).with_name("parquet_decoding.py")
_KILLED = (-signal.SIGABRT, -signal.SIGKILL, -signal.SIGSEGV, -signal.SIGXCPU)
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH")  # what Python needs to start; no secret


@dataclass(frozen=True)
class ParquetSource:
    """A Parquet file whose schema has been checked."""

    path: Path
    facts: Facts
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Read the rows."""
        rows = text = 0
        with _decoding(self.path, "decode", *self.columns) as decoder:
            for cells in _stream(decoder, self.path):
                first, rows, text = rows + 1, rows + cells.num_rows, text + cells.nbytes
                _check_cells(self.path, rows, len(self.columns))
                _check_text(self.path, text)
                yield Batch(np.arange(first, rows + 1), cells)


def open_parquet(path: Path, columns: Sequence[str]) -> ParquetSource:
    """Open a Parquet file.

    Raises:
        SourceError: it isn't one, it says that it holds too much, or a column is missing or of
            a type that holds no single value.
    """
    found = _described(path)
    if len(found["columns"]) > limits.MAX_COLUMNS:
        facts = {"file": path.name, "limit": f"{limits.MAX_COLUMNS:,}"}
        raise SourceError(Reason("too-many-columns", facts))
    ignored = check_columns(path.name, found["columns"], columns)
    for name in columns:
        if name in found["nested"]:
            raise SourceError(Reason("unsupported-type", {"file": path.name, "column": name}))
    _check_cells(path, found["rows"], len(columns))
    return ParquetSource(path, Facts(path.name, "parquet", ignored_columns=ignored), tuple(columns))


def _check_cells(path: Path, rows: int, columns: int) -> None:
    if rows * columns > limits.MAX_CELLS:
        facts = {"file": path.name, "limit": f"{limits.MAX_CELLS:,}"}
        raise SourceError(Reason("too-many-values", facts))


def _check_text(path: Path, size: int) -> None:
    if size > limits.MAX_TEXT_BYTES:
        facts = {"file": path.name, "limit": str(limits.MAX_TEXT_BYTES >> 30)}
        raise SourceError(Reason("too-much-text", facts))


def _described(path: Path) -> Any:
    with _decoding(path, "describe") as decoder:
        output, _ = decoder.communicate()
        _check_status(decoder, path)
        return json.loads(output)


def _stream(decoder: subprocess.Popen[bytes], path: Path) -> Iterator[pa.RecordBatch]:
    """Yield what the decoder hands over; it counts only if the decoder ends well."""
    assert decoder.stdout is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(pa.ArrowException, OSError):  # the status says why
        yield from pa.ipc.open_stream(decoder.stdout)
    _check_status(decoder, path)


def _check_status(decoder: subprocess.Popen[bytes], path: Path) -> None:
    status = decoder.wait()
    if status == OUT_OF_MEMORY or status in _KILLED:
        facts = {"file": path.name, "limit": str(limits.DECODING_MEMORY_BYTES >> 30)}
        raise SourceError(Reason("too-much-memory", facts))
    if status:
        raise SourceError(Reason("unreadable-file", {"file": path.name}))


@contextlib.contextmanager
def _decoding(path: Path, role: str, *columns: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the decoder while the block lasts, with nothing of the gateway's surroundings."""
    bounds = (str(limits.DECODING_MEMORY_BYTES), str(limits.DECODING_CPU_SECONDS))
    surroundings = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    with subprocess.Popen(  # noqa: S603 - our own program; names go in as arguments
        [sys.executable, "-P", str(_DECODER), *bounds, role, str(path.absolute()), *columns],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=surroundings,
    ) as decoder:
        try:
            yield decoder
        finally:
            decoder.kill()

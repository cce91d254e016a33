"""The `weir` program, each time in a process of its own, as an operator starts it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

WEIR = [sys.executable, "-m", "gateway.cli.main"]
WITHOUT_TICKS = [
    sys.executable,
    "-c",
    """from gateway.aggregates.padding import Ticks
Ticks.wait_seconds = lambda *_: 0.0
from gateway.cli.main import main
main()""",
]
"""The same program, but that answers in numbers leave when they are ready, not at a tick."""
UP = "is up at"


def run(*arguments: str | Path) -> None:
    """Run a command to its end."""
    subprocess.run([*WEIR, *arguments], check=True, stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def serving(home: Path, program: Sequence[str] = WEIR) -> Iterator[str]:
    """Run a gateway on a free port of loopback until the block ends; give its address."""
    command = [*program, "serve", "--home", home, "--port", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as gateway:
        try:
            said = next((line for line in gateway.stderr if UP in line), "")
            assert said, "the gateway ended before it was up"
            yield said.rsplit(maxsplit=1)[-1]
        finally:
            gateway.terminate()

"""A terminal for tests: runs the `$ ...` lines of a document's console blocks as they stand."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

FENCE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
PATIENCE_SECONDS = 60.0
UP = "is up at "


@dataclass(frozen=True)
class Typed:
    """One command line and what came of it."""

    command: str
    output: str
    status: int


def blocks_of(markdown: str) -> list[str]:
    """Return the console blocks of a document."""
    return FENCE.findall(markdown)


def commands_of(block: str) -> list[str]:
    """Return the command lines of a block, continued lines joined."""
    joined = re.sub(r"\\\n(?:> )?\s*", "", block)
    return [line[2:] for line in joined.splitlines() if line.startswith("$ ")]


class Console:
    """Runs command lines in one folder; what runs in the background ends with the test.

    A line that ends in ` &` is started and left running as soon as it says that it is up.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("WEIR_")}
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**inherited, "PATH": path, "COLUMNS": "80", **environment}
        self._running: list[tuple[str, subprocess.Popen[bytes], Path]] = []

    def run(self, block: str) -> list[Typed]:
        """Run every command line of a block; it ends with the first that fails."""
        typed = []
        for command in commands_of(block):
            typed.append(self.type(command))
            if typed[-1].status:
                break
        return typed

    def type(self, command: str) -> Typed:
        """Run one command line, its errors among its output."""
        if command.rstrip().endswith("&"):
            return self.start(command.rstrip().removesuffix("&").rstrip())
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=600,
        )
        return Typed(command, done.stdout, done.returncode)

    def start(self, command: str) -> Typed:
        """Start a command line and wait until it says that it is up, or ends."""
        heard = self.folder / f".console-{len(self._running)}"
        with heard.open("wb") as out:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._running.append((command, process, heard))
        self.wait_for(UP)
        return Typed(command, heard.read_text(), process.returncode or 0)

    def wait_for(self, words: str) -> None:
        """Wait until what was started last says these words, or ends."""
        command, process, heard = self._running[-1]
        deadline = time.monotonic() + PATIENCE_SECONDS
        while words not in heard.read_text() and process.poll() is None:
            assert time.monotonic() < deadline, f"{command} doesn't say {words!r}"
            time.sleep(0.05)

    def stop(self, kind: int = signal.SIGINT) -> Typed:
        """Stop what was started last, as Ctrl-C does, and return how it ended."""
        command, process, heard = self._running.pop()
        if process.poll() is None:
            process.send_signal(kind)
        process.wait(PATIENCE_SECONDS)
        return Typed(command, heard.read_text(), process.returncode)

    def close(self) -> None:
        """Stop everything that is still running."""
        while self._running:
            self.stop(signal.SIGKILL)


@pytest.fixture
def console(tmp_path):
    """A terminal in an empty folder."""
    opened = Console(tmp_path)
    yield opened
    opened.close()

"""Homes that live through kills, and the zygote that forks who is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.crashes.kills import Kill

CHECKOUT = Path(__file__).parents[2]
# One thread in each library: a thread of the zygote would be missing in its children.
QUIET = {"OPENBLAS_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Life:
    """What a child said before it ended, and how that was: `killed`, `lived` or `failed`."""

    said: list[dict[str, Any]]
    ended: str

    def heard(self, word: str) -> list[Any]:
        """Return everything it said under one word."""
        return [words[word] for words in self.said if word in words]


class Zygote:
    """Forks a child for each task."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def live(self, kind: str, kill: Kill, **task: Any) -> Life:
        """Let a child live through a task, and wait for its end."""
        task = {"life": kind, "kill": asdict(kill), **task}
        print(json.dumps(task, default=str), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline())
        ended = {-signal.SIGKILL: "killed", 0: "lived"}.get(answer["ended"], "failed")
        return Life(answer["said"], ended)


@contextmanager
def _zygote() -> Iterator[Zygote]:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.crashes.zygote"],
        cwd=CHECKOUT,
        env={**os.environ, **QUIET},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Zygote(process)
        process.stdin.close()


@pytest.fixture(scope="module")
def zygote() -> Iterator[Zygote]:
    """A process that forks who is killed."""
    with _zygote() as process:
        yield process

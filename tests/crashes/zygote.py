"""A process that has imported everything and opened nothing; it forks one child for each kill.

Reads tasks as lines of JSON and answers each with what its child said and how that ended.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from tests.crashes.lives import LIVES


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        task = json.loads(line)
        said, ended = _child(task)
        print(json.dumps({"said": said, "ended": ended}), flush=True)


def _child(task: dict[str, Any]) -> tuple[list[Any], int]:
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        _live(task, writes)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        said = [json.loads(line) for line in pipe]
    return said, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _live(task: dict[str, Any], pipe: int) -> None:
    def say(**words: Any) -> None:
        os.write(pipe, json.dumps(words).encode() + b"\n")

    code = 0
    try:
        LIVES[task["life"]](task, say)
    except BaseException:  # noqa: BLE001 - whatever it is, the parent has to hear of it
        say(error=traceback.format_exc())
        code = 1
    os._exit(code)


if __name__ == "__main__":
    main()

"""A progress bar that shows itself only once work takes longer than two seconds."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from gateway.control import Progress as Report

SILENT_SECONDS = 2.0


@contextlib.contextmanager
def bar() -> Iterator[Report]:
    """Yield a function (text, share from 0 to 1) that draws the bar on stderr."""
    started = time.monotonic()
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task("", total=1.0)

    def report(text: str, share: float) -> None:
        progress.update(task, description=text, completed=share)
        if time.monotonic() - started > SILENT_SECONDS:
            progress.start()

    try:
        yield report
    finally:
        progress.stop()

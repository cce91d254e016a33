"""Figures: what a benchmark measured, beside what it should be.

A benchmark is a script whose `measure` yields figures; timings inform and fail nothing. With
`--quick` everything runs on tiny sizes, so that a test can see that it still runs.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

HEADER = "| what | measured | target | ratio to peer |\n|---|---|---|---|"


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        what: was measured, and how where it isn't plain.
        measured: with its unit.
        target: with its unit; empty where there is none.
        ratio: to a peer beside it; empty where there is none.
    """

    what: str
    measured: str
    target: str = ""
    ratio: str = ""

    def __str__(self) -> str:
        return f"| {self.what} | {self.measured} | {self.target} | {self.ratio} |"


def seconds_of(work: Callable[[], object], rounds: int = 1) -> list[float]:
    """Run some work again and again; return what each round took, shortest first."""
    taken = []
    for _ in range(rounds):
        gc.collect()
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return sorted(taken)


def median_and_best(seconds: list[float]) -> str:
    """Say median and best in a unit that fits; the best is nearest to an idle machine."""
    unit, scale = ("ms", 1000) if statistics.median(seconds) < 1 else ("s", 1)
    middle, best = statistics.median(seconds) * scale, min(seconds) * scale
    return f"{middle:.1f} {unit} (best {best:.1f})"


def run_as_script(measure: Callable[[bool], Iterable[Figure]]) -> None:
    """Print a script's figures as a table, or as JSON for `run.py`."""
    parser = argparse.ArgumentParser(description="Measure, and print a table.")
    parser.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    parser.add_argument("--json", action="store_true", help="one JSON object for each figure")
    options = parser.parse_args()
    if options.json:
        for figure in measure(options.quick):
            print(json.dumps(asdict(figure)), flush=True)
    else:
        print_table(measure(options.quick))


def print_table(figures: Iterable[Figure]) -> None:
    """Print figures as they come."""
    print(HEADER, flush=True)
    for figure in figures:
        print(figure, flush=True)


def from_lines(lines: Iterable[str]) -> Iterator[Figure]:
    """Read what a script prints with `--json`; whatever else it prints is skipped."""
    for line in lines:
        if line.startswith("{"):
            yield Figure(**json.loads(line))

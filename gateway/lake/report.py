"""What a load did: how many records came in, what was refused, where and why. Never a value."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.lake.sources import Facts
    from policies.reasons import Reason

PLACES_SHOWN = 20


@dataclass(frozen=True)
class Place:
    """Where a problem is: file, row as a spreadsheet counts, and column ('' for the row)."""

    file: str
    row: int
    column: str


@dataclass(frozen=True)
class Problem:
    """A kind of problem: how often it occurs, and its first places."""

    kind: str
    count: int
    places: tuple[Place, ...]


@dataclass(frozen=True)
class IngestReport:
    """What a load did, or why it did nothing.

    Attributes:
        rows_read: rows that hold anything, refused ones included.
        accepted: records that are in the lake through this load.
        updated: those of them that replaced a record of the same key.
        rows_refused: rows that were left out, each counted once.
        refused: kinds of problem that left rows out; a row may have several.
        warnings: kinds that were kept: unknown codes, values out of bounds.
        problems: why the whole load was refused; empty when it succeeded.
        snapshot: of the lake, that shows the load; None when nothing was loaded.
    """

    dataset: str
    submission: str
    mode: str
    rows_read: int = 0
    accepted: int = 0
    updated: int = 0
    rows_refused: int = 0
    refused: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    files: tuple[Facts, ...] = ()
    problems: tuple[Reason, ...] = ()
    snapshot: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        plain = asdict(self)
        plain["problems"] = [{"rule": r.rule, "params": dict(r.params)} for r in self.problems]
        return plain


@dataclass
class Findings:
    """The problems of a load while it is read: counts of all, places of the first ones."""

    counts: Counter[str] = field(default_factory=Counter)
    places: dict[str, list[Place]] = field(default_factory=dict)

    def add(self, kind: str, file: str, rows: Iterable[int], column: str = "") -> None:
        """Note the rows in which this kind of problem occurs."""
        numbers = list(rows)
        self.counts[kind] += len(numbers)
        shown = self.places.setdefault(kind, [])
        room = PLACES_SHOWN - len(shown)
        shown.extend(Place(file, int(number), column) for number in numbers[:room])

    def problems(self) -> tuple[Problem, ...]:
        """Return all kinds that occur, by name."""
        return tuple(
            Problem(kind, count, tuple(self.places[kind]))
            for kind, count in sorted(self.counts.items())
            if count
        )

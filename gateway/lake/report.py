"""What a load did: how many records came in, what was refused, where and why. Never a value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gateway.messages import render
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gateway.lake.cell_tallies import ColumnTally
    from gateway.lake.sources import Facts
    from policies.quality.scores import Score

LONGEST_WORD = 80  # characters of an unmapped word: a code is shorter, a note isn't for this list
MOST_WORDS = 500  # different ones that are listed: as many as somebody can decide about
MOST_COUNTED = 10_000  # different ones that are counted at all
PLACES_SHOWN = 200  # of one kind in one column: enough to correct by, little enough to keep

KINDS: Mapping[str, str] = {
    "born-later": "row-born-later",
    "cell-too-long": "row-cell-too-long",
    "consent-end-unreadable": "row-consent-end-unreadable",
    "date-order-doubtful": "row-date-order-doubtful",
    "duplicate-key": "row-duplicate-key",
    "error-value": "row-error-value",
    "formula-without-value": "row-formula-without-value",
    "half-character": "row-half-character",
    "merged-cells": "row-merged-cells",
    "nested-value": "row-nested-value",
    "not-a-boolean": "row-not-a-boolean",
    "not-a-date": "row-not-a-date",
    "not-a-number": "row-not-a-number",
    "not-a-point": "row-not-a-point",
    "not-a-timestamp": "row-not-a-timestamp",
    "not-an-integer": "row-not-an-integer",
    "not-an-object": "row-not-an-object",
    "not-e164": "row-not-e164",
    "note-row": "row-note-row",
    "nul-byte": "row-nul-byte",
    "null-privacy-unit": "row-null-privacy-unit",
    "null-record-key": "row-null-record-key",
    "out-of-bounds": "row-out-of-bounds",
    "ragged-row": "row-ragged-row",
    "repair-age-of-birth-date": "row-repair-age-of-birth-date",
    "repair-blanks": "row-repair-blanks",
    "repair-date-order": "row-repair-date-order",
    "repair-day-and-month": "row-repair-day-and-month",
    "repair-decimal-mark": "row-repair-decimal-mark",
    "repair-leading-zero": "row-repair-leading-zero",
    "repair-phone": "row-repair-phone",
    "repair-place-name": "row-repair-place-name",
    "repair-spelling": "row-repair-spelling",
    "repair-spelling-form": "row-repair-spelling-form",
    "repeated-header": "row-repeated-header",
    "restricted-funding": "row-restricted-funding",
    "restricted-reporting": "row-restricted-reporting",
    "rule-between": "row-rule-between",
    "rule-complete": "row-rule-complete",
    "rule-consistent": "row-rule-consistent",
    "rule-gap": "row-rule-gap",
    "rule-order": "row-rule-order",
    "rule-plausible": "row-rule-plausible",
    "rule-requires": "row-rule-requires",
    "rule-unique": "row-rule-unique",
    "statement-kept": "row-statement-kept",
    "totals-row": "row-totals-row",
    "unknown-code": "row-unknown-code",
    "unknown-consent": "row-unknown-consent",
    "unknown-place": "row-unknown-place",
    "unknown-postcode": "row-unknown-postcode",
    "unknown-region": "row-unknown-region",
    "unmapped-code": "row-unmapped-code",
    "withdrawn-before": "row-withdrawn-before",
}
"""Every kind of problem that a row can have, with the rule that words it in the catalogue."""


@dataclass(frozen=True)
class Place:
    """Where a problem is: file, row as a spreadsheet counts, and column ('' for the row)."""

    file: str
    row: int
    column: str


@dataclass(frozen=True)
class Problem:
    """A kind of problem in one column ('' for whole rows): how often, and its first places.

    Attributes:
        rule: the dataset's quality rule that was broken; '' for what every dataset checks.
    """

    kind: str
    column: str
    count: int
    places: tuple[Place, ...]
    rule: str = ""

    @property
    def message(self) -> str:
        """What it means and what to do, in words."""
        return self.worded("en")

    def worded(self, language: str, title: str = "") -> str:
        """Return what it means and what to do, in a language.

        Args:
            language: en or es.
            title: of the rule, in this language.
        """
        facts = {"column": self.column, "rule": self.rule, "title": title}
        return render(Reason(KINDS[self.kind], facts), language)

    @property
    def where(self) -> str:
        """Its first place, and how many more there are."""
        first = self.places[0]
        more = f" and {self.count - 1:,} more" if self.count > 1 else ""
        return f"{first.file}, row {first.row}{more}"

    def as_dict(self) -> dict[str, Any]:
        """Return the problem as plain JSON values, in words as well."""
        return {**asdict(self), "message": self.message}


@dataclass(frozen=True)
class Unmapped:
    """A word of the files that neither the recipe nor the dataset knows, for its giver to decide.

    It is a value: it goes to whoever gave the file and nobody else, and into no stored report.

    Attributes:
        column: the declared one that it was for.
        text: the word, cut at `LONGEST_WORD` characters.
        count: of rows.
    """

    column: str
    text: str
    count: int


@dataclass(frozen=True)
class IngestReport:
    """What a load did, or why it did nothing.

    Attributes:
        rows_read: rows that hold anything, refused ones included.
        accepted: records that are in the lake through this load.
        updated: those of them that replaced a record of the same key.
        rows_refused: rows that were left out, each counted once.
        refused: problems that left rows out; a row may have several.
        warnings: problems of values that were kept: unknown codes, places and
            consent, values out of bounds; and refused rows whose word on consent was kept.
        repairs: cells that were changed by corrections which their giver accepted.
        proposals: cells that have a correction for their giver to accept, and weren't changed.
        problems: why the whole load was refused; empty when it succeeded.
        columns: how many cells of each declared column are filled, readable, expected.
        score: how good the submission is, with its parts; None until its rows were read.
        snapshot: of the lake, that shows the load; None when nothing was loaded.
        unmapped: words to decide about, by column, the most frequent first; not in `as_dict`.
        unmapped_left_out: how many more different ones there are.
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
    repairs: tuple[Problem, ...] = ()
    proposals: tuple[Problem, ...] = ()
    files: tuple[Facts, ...] = ()
    problems: tuple[Reason, ...] = ()
    columns: tuple[ColumnTally, ...] = ()
    score: Score | None = None
    snapshot: int | None = None
    unmapped: tuple[Unmapped, ...] = ()
    unmapped_left_out: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain JSON values, without any value of the files."""
        plain = asdict(replace(self, unmapped=()))
        del plain["unmapped"]
        plain["refused"] = [problem.as_dict() for problem in self.refused]
        plain["warnings"] = [problem.as_dict() for problem in self.warnings]
        plain["repairs"] = [problem.as_dict() for problem in self.repairs]
        plain["proposals"] = [problem.as_dict() for problem in self.proposals]
        plain["problems"] = [{"rule": r.rule, "params": dict(r.params)} for r in self.problems]
        return plain

    def objections(self) -> list[str]:
        """Return why nothing was loaded, and what was found until then, in words."""
        whole = [render(reason, "en") for reason in self.problems]
        return whole + [f"{problem.where}: {problem.message}" for problem in self.refused]


@dataclass
class Words:
    """The unmapped words of a load while it is read: how often each occurs, by column."""

    counts: dict[tuple[str, str], int] = field(default_factory=dict)
    uncounted: int = 0

    def add(self, column: str, word: str, count: int) -> None:
        """Count a word, as much of it as is shown; of too many different ones only that."""
        key = (column, word[:LONGEST_WORD])
        if key in self.counts or len(self.counts) < MOST_COUNTED:
            self.counts[key] = self.counts.get(key, 0) + count
        else:
            self.uncounted += 1

    def listed(self) -> tuple[Unmapped, ...]:
        """Return the most frequent words of each load, those of one column together."""
        often = sorted(self.counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_WORDS]
        shown = [Unmapped(column, word, count) for (column, word), count in often]
        return tuple(sorted(shown, key=lambda one: (one.column, -one.count, one.text)))

    @property
    def left_out(self) -> int:
        """How many more words there are than are listed; a word beyond all counting may recur."""
        return max(0, len(self.counts) - MOST_WORDS) + self.uncounted


@dataclass
class Findings:
    """The problems of a load while it is read: counts of all, places of the first ones."""

    counts: dict[tuple[str, str, str], int] = field(default_factory=dict)
    places: dict[tuple[str, str, str], list[Place]] = field(default_factory=dict)

    def add(
        self, kind: str, file: str, rows: Iterable[int], column: str = "", rule: str = ""
    ) -> None:
        """Note the rows in which this kind of problem occurs in this column, against this rule."""
        numbers, where = list(rows), (kind, column, rule)
        self.counts[where] = self.counts.get(where, 0) + len(numbers)
        shown = self.places.setdefault(where, [])
        room = PLACES_SHOWN - len(shown)
        shown.extend(Place(file, int(number), column) for number in numbers[:room])

    def problems(self) -> tuple[Problem, ...]:
        """Return the problems that occur, by kind and column."""
        return tuple(
            Problem(kind, column, count, tuple(self.places[kind, column, rule]), rule)
            for (kind, column, rule), count in sorted(self.counts.items())
            if count
        )

"""Corrections: cells of a load that a contributor may have repaired, and the diff of them.

A cell that can't be read, or isn't expected, gets a proposal where it has one clear reading
(`policies/quality/repairs.py`). Nothing changes until its giver accepts; then the cell is changed
before it is typed, and the report counts it as a repair: its kind and place, never the value.

Guarantee:
    The same file gets the same proposals. What was accepted once is expected afterwards, so that
    accepting again changes nothing more.

Does not protect:
    `Corrections.as_rows` holds values. It is for whoever gave them, over its own channel, sealed
    at rest, and gone once the submission is settled.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.normalization import find_invalid, normalize_column
from gateway.lake.cells import Column, read_column, trimmed
from gateway.lake.report import Findings
from policies.quality.repairs import (
    NEVER,
    SPARE_BLANKS,
    RepairKind,
    propose,
    propose_age,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from gateway.lake.sources import Batch
    from policies.documents import ColumnDocument, DatasetDocument
    from policies.documents.quality import ConsistentRule
    from policies.quality.repairs import Repair

MOST_SHOWN = 10_000
MOST_TRIED = 1_000  # different texts: a column with more of them unknown isn't misspelt
ALL_KINDS: frozenset[str] = frozenset(get_args(RepairKind))


@dataclass(frozen=True)
class Correction:
    """A cell, what it says, and what it was probably meant to say."""

    file: str
    row: int
    column: str
    before: str
    after: str
    kind: str
    confidence: float


@dataclass
class Corrections:
    """What is proposed for one load's cells, and done where it was accepted.

    Attributes:
        accepted: kinds of repairs that its giver accepted; none by default.
        proposed: kinds and places of what wasn't accepted; repaired: of what was.
        shown: the first `MOST_SHOWN` of both, with their values.
    """

    document: DatasetDocument
    zone: ZoneInfo
    accepted: frozenset[str] = frozenset()
    proposed: Findings = field(default_factory=Findings)
    repaired: Findings = field(default_factory=Findings)
    shown: list[Correction] = field(default_factory=list)
    _tried: dict[str, dict[str, Repair | None]] = field(default_factory=dict)

    def take(self, batch: Batch, file: str) -> Batch:
        """Return a batch with the accepted corrections, and note all others.

        Args:
            batch: text as declared columns hold it.
            file: its name, for the diff.
        """
        sheet = _Sheet(batch, file, {n: batch.cells.column(n) for n in self.document.columns})
        for name, column in self.document.columns.items():
            if column.role not in NEVER and column.restricted is None and not _is_name(column):
                self._correct_column(sheet, name)
        for rule in self.document.quality:
            if rule.consistent is not None:
                self._correct_ages(sheet, rule.consistent)
        self.shown += sorted(sheet.found, key=lambda one: one.row)[: MOST_SHOWN - len(self.shown)]
        cells = pa.RecordBatch.from_pydict(sheet.cells)
        return replace(batch, cells=cells, read=sheet.read)

    def as_rows(self) -> list[dict[str, Any]]:
        """Return the diff as plain values, in the file's order; at most `MOST_SHOWN` cells.

        Keys: file, row, column, from, to, kind, confidence.
        """
        plain = [asdict(one) for one in self.shown]
        return [
            {
                **{key: one[key] for key in ("file", "row", "column")},
                "from": one["before"],
                "to": one["after"],
                "kind": one["kind"],
                "confidence": round(one["confidence"], 2),
            }
            for one in plain
        ]

    def _correct_column(self, sheet: _Sheet, name: str) -> None:
        texts = trimmed(sheet.cells[name])
        odd, read = _look(texts, self.document.columns[name], self.zone)
        if read is not None:
            sheet.read[name] = read
        if not odd.any():
            return
        encoded = texts.filter(pa.array(odd)).dictionary_encode()
        repairs = self._repairs(encoded.dictionary, name)
        if repairs:
            number = np.full(len(encoded.dictionary), -1)
            number[list(repairs)] = range(len(repairs))
            which = np.full(len(texts), -1)
            which[odd] = number[encoded.indices.to_numpy()]
            self._correct(sheet, name, which, list(repairs.values()))

    def _repairs(self, odd: pa.Array, name: str) -> dict[int, Repair]:
        """Return a repair for the place of each text that has a clear one."""
        proposals = {
            place: proposal
            for place, text in enumerate(odd.to_pylist())
            if (proposal := self._propose(text, name)) is not None
        }
        return self._expected(proposals, self.document.columns[name])

    def _propose(self, text: str, name: str) -> Repair | None:
        """Propose for a text, once; of lists and places only for the first `MOST_TRIED` texts."""
        column = self.document.columns[name]
        if column.type != "string" or not (column.codes or column.ladder):
            return propose(text, column)
        tried = self._tried.setdefault(name, {})
        if text not in tried and len(tried) < MOST_TRIED:
            tried[text] = propose(text, column)
        return tried.get(text)

    def _correct_ages(self, sheet: _Sheet, rule: ConsistentRule) -> None:
        """Propose the age that the birth date says where the one that is given can't be right."""
        column = self.document.columns[rule.age]
        rows = np.flatnonzero(_look(self._meant(sheet, rule.age), column, self.zone)[0])
        if not len(rows):
            return
        days = (self._dates(sheet, name).take(pa.array(rows)) for name in (rule.birth, rule.on))
        ages = {
            int(row): propose_age(birth, on)
            for row, birth, on in zip(rows, *(day.to_pylist() for day in days), strict=True)
            if birth is not None and on is not None and birth <= on
        }
        fitting = self._expected(ages, column)
        which = np.full(len(sheet.batch.rows), -1)
        which[list(fitting)] = range(len(fitting))
        self._correct(sheet, rule.age, which, list(fitting.values()))

    def _expected(self, repairs: dict[int, Repair], column: ColumnDocument) -> dict[int, Repair]:
        """Keep the repairs that can be read and are expected themselves."""
        texts = pa.array([repair.text for repair in repairs.values()], pa.string())
        odd, _ = _look(texts, column, self.zone)
        return {
            place: repair
            for (place, repair), bad in zip(repairs.items(), odd, strict=True)
            if not bad
        }

    def _dates(self, sheet: _Sheet, name: str) -> pa.Array:
        column = self.document.columns[name]
        return read_column(self._meant(sheet, name), column, self.zone).values

    @staticmethod
    def _meant(sheet: _Sheet, name: str) -> pa.Array:
        return trimmed(sheet.meant.get(name, sheet.cells[name]))

    def _correct(
        self, sheet: _Sheet, name: str, which: NDArray[np.int64], repairs: list[Repair]
    ) -> None:
        """Note repairs of a column, and do those that were accepted.

        Args:
            sheet: with the column.
            name: of the column.
            which: (rows,) the repair of each cell, -1 for none.
            repairs: by number.
        """
        if not repairs:
            return
        sheet.show(name, which, repairs, MOST_SHOWN - len(self.shown))
        kinds = np.array([*(repair.kind for repair in repairs), ""])
        for kind in sorted(set(kinds.tolist()) - {""}):
            rows = sheet.batch.rows[kinds[which] == kind]
            noted = self.repaired if kind in self.accepted else self.proposed
            noted.add(f"repair-{kind}", sheet.file, rows, name)
        all_of_them = [repair.text for repair in repairs]
        accepted = [repair.text if repair.kind in self.accepted else None for repair in repairs]
        sheet.meant[name] = _replaced(sheet.cells[name], which, all_of_them)
        if any(text is not None for text in accepted):
            sheet.cells[name] = _replaced(sheet.cells[name], which, accepted)
            sheet.read.pop(name, None)


@dataclass
class _Sheet:
    """One batch while it is corrected.

    Attributes:
        cells: with the corrections that were accepted.
        meant: with all of them, where there are any: what an age follows from, so that the diff
            shows the same ages before and after its giver accepts it.
        read: columns that were typed on the way, and didn't change since.
    """

    batch: Batch
    file: str
    cells: dict[str, pa.Array]
    meant: dict[str, pa.Array] = field(default_factory=dict)
    read: dict[str, Column] = field(default_factory=dict)
    found: list[Correction] = field(default_factory=list)

    def show(self, name: str, which: NDArray[np.int64], repairs: list[Repair], most: int) -> None:
        """Note cells of a column for the diff, at most so many."""
        for place in np.flatnonzero(which >= 0)[:most]:
            repair, before = repairs[which[place]], str(self.cells[name][int(place)].as_py())
            row = int(self.batch.rows[place])
            self.found.append(
                Correction(
                    self.file, row, name, before, repair.text, repair.kind, repair.confidence
                )
            )


def _replaced(cells: pa.Array, which: NDArray[np.int64], texts: Sequence[str | None]) -> pa.Array:
    taken = pa.array([*texts, None], pa.string()).take(pa.array(which % (len(texts) + 1)))
    return pc.coalesce(taken, cells.cast(pa.string()))


def _is_name(column: ColumnDocument) -> bool:
    """Answer whether a column holds identifiers of which every text is one."""
    return column.role == "direct_identifier" and column.normalization == "text"


def _look(
    texts: pa.Array, column: ColumnDocument, zone: ZoneInfo
) -> tuple[NDArray[np.bool_], Column | None]:
    """Mark texts that can't be read, aren't expected, or have blanks to spare.

    Returns:
        The marks, and the column as it was typed for that; None for identifiers.
    """
    odd = np.zeros(len(texts), dtype=bool)
    if column.role == "direct_identifier":
        normalized = normalize_column(texts, column.normalization, column.region)
        odd |= np.asarray(find_invalid(normalized, column.normalization), dtype=bool)
        return odd, None
    read = read_column(texts, column, zone)
    for marks in (*read.refused.values(), *read.warned.values()):
        odd |= np.asarray(marks, dtype=bool)
    if column.type == "string" and column.codes is None and column.ladder is None:
        spare = pc.fill_null(pc.match_substring_regex(texts, SPARE_BLANKS), fill_value=False)
        odd |= np.asarray(spare, dtype=bool)
    return odd, read

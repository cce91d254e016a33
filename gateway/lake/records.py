"""Records: a batch of cells becomes typed rows with roots, or rows that are refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.normalization import find_invalid, normalize_column
from anonymizers.pseudonyms import roots
from gateway.lake import limits
from gateway.lake.cell_tallies import CellTallies, Marked, code_rows, mark
from gateway.lake.cells import read_column, trimmed
from gateway.lake.funding import restricted_without_consent
from gateway.lake.report import Findings, Words
from gateway.lake.sources import Batch
from gateway.lake.statements import find_statements, no_statements
from gateway.lake.tables import ROW_UNIT, value_columns
from policies.documents.labels import NO_LABELS, SubmissionLabels

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from gateway.keys import Keys
    from gateway.lake.taking import Target
    from policies.documents import DatasetDocument

Mode = Literal["append", "replace"]
IDENTIFIER, FREE_TEXT = RAW_ROLES = ("direct_identifier", "free_text")
RECORD_DOMAIN = "weir record"  # no declared domain holds a blank


@dataclass(frozen=True)
class Submission:
    """One load: who gives it, how, and when.

    Attributes:
        id: public id. sequence: its ordinal number in the home; the largest is the newest.
        contributor: the partner that gives the data, '' for the operator.
        mode: `append` adds and updates; `replace` first removes what this contributor (or the
            operator) gave before. Others' records stay in both.
        today: in the home's zone. zone: the home's. time: when it came, RFC 3339.
        labels: what its giver said of the whole of it.
        contributor_class: the partner's; '' for the operator.
        taken_back: people and records that its giver took back: their rows are left out.
        narrower: returns, of submissions of its giver whose labels this one's would loosen, how
            these labels are written, by id; a load that does it is refused. Asked when it counts.
    """

    id: str
    sequence: int
    today: date
    zone: ZoneInfo
    contributor: str = ""
    mode: Mode = "append"
    time: str = ""
    labels: SubmissionLabels = NO_LABELS
    contributor_class: str = ""
    taken_back: tuple[Target, ...] = ()
    narrower: Callable[[], Mapping[str, str]] = dict


@dataclass(frozen=True)
class Deposit:
    """Raw values for the vault: a direct identifier's domain, or a column of free text."""

    keys: pa.Array
    values: pa.Array


@dataclass(frozen=True)
class Rows:
    """The accepted rows of a batch, and what all of its rows say about consent.

    Attributes:
        table: `weir_record`, `weir_identity`, `weir_row`, and the columns that the lake stores.
        statements: like `statements.STAGED`, those of refused rows among them.
        identifiers: by domain, one deposit for each column. texts: by column.
    """

    table: pa.Table
    statements: pa.Table
    identifiers: tuple[tuple[str, Deposit], ...]
    texts: tuple[tuple[str, Deposit], ...]


@dataclass
class Intake:
    """Turns the batches of one load into rows, and notes what it refuses."""

    document: DatasetDocument
    submission: Submission
    keys: Keys
    refused: Findings = field(default_factory=Findings)
    warned: Findings = field(default_factory=Findings)
    tallies: CellTallies = field(default_factory=CellTallies)
    words: Words = field(default_factory=Words)
    rows_read: int = 0
    rows_refused: int = 0

    def take(self, batch: Batch, file: str, ordinal: int) -> Rows:
        """Read one batch.

        Args:
            batch: from a reader.
            file: its name, for the report.
            ordinal: of the file within the load.
        """
        sheet = _Sheet(self, batch, file)
        sheet.check_lengths()
        sheet.take_mapped()
        columns = {name: sheet.column(name) for name in self.document.columns}
        raw = {name: sheet.texts(name) for name in self._with_role(*RAW_ROLES)}
        named = {name: sheet.normalized(name, raw[name]) for name in self._with_role(IDENTIFIER)}
        hidden = {name: self._roots(name, values) for name, values in named.items()}
        record = self._records(sheet, {**columns, **named}, ordinal)
        person = record if self._unit == ROW_UNIT else hidden[self._unit]
        self._refuse(sheet, columns, person)
        self._count(sheet, ordinal)
        provenance = {
            "weir_record": record,
            "weir_identity": person,
            "weir_file": pa.repeat(pa.scalar(ordinal, pa.int32()), len(batch.rows)),
            "weir_row": pa.array(batch.rows, pa.int64()),
        }
        said = self._statements(sheet, provenance, columns)
        return self._kept(sheet, provenance, {**columns, **hidden}, raw, said)

    def record_root(self, key: Mapping[str, str]) -> bytes | None:
        """Return the root of the record that this contributor knows by a key; None for no such key.

        Args:
            key: the text of each column of the dataset's `record_key`, as a file would have it.
        """
        cells = {name: pa.array([key[name]], pa.string()) for name in self.document.record_key}
        batch = Batch(np.ones(1, np.int64), pa.RecordBatch.from_pydict(cells))
        sheet = _Sheet(self, batch, "")
        identifiers = self._with_role(IDENTIFIER)
        columns = {
            name: sheet.normalized(name, sheet.texts(name))
            if name in identifiers
            else sheet.column(name)
            for name in self.document.record_key
        }
        root = self._records(sheet, columns, 0)
        return None if sheet.out.any() else bytes(root[0].as_py())

    def _statements(
        self, sheet: _Sheet, provenance: Mapping[str, pa.Array], columns: Mapping[str, pa.Array]
    ) -> pa.Table:
        consent, end = (self.document.column_of(role) for role in ("consent", "consent_end"))
        if consent is None:
            return no_statements()
        ends = columns[end] if end else pa.nulls(len(sheet.out), pa.date32())
        return find_statements(provenance, sheet.texts(consent), ends, sheet.out)

    def _refuse(self, sheet: _Sheet, columns: Mapping[str, pa.Array], person: pa.Array) -> None:
        for number, kind, name in sheet.batch.warned:
            self.warned.add(kind, sheet.file, [number], name)
        for number, kind in sheet.batch.unreadable:
            self.refused.add(kind, sheet.file, [number])
        sheet.refuse("null-privacy-unit", pc.is_null(person), self._unit)
        if self.submission.contributor:  # its own home may hold its own records
            given = self.submission
            restricted = restricted_without_consent(
                self.document, columns, given.labels, given.today
            )
            sheet.refuse("restricted-funding", restricted, "")
        if self.submission.contributor_class == "financial":
            for told, declared in self.document.columns.items():
                if declared.restricted is not None:
                    sheet.refuse("restricted-reporting", pc.is_valid(sheet.texts(told)), told)

    def leave_out(self, rows: NDArray[np.int64]) -> None:
        """Count rows that are refused after they were read, as `code_rows`; each once."""
        self.tallies.leave_out(rows)
        self.rows_refused += len(rows)

    def _count(self, sheet: _Sheet, ordinal: int) -> None:
        filled = {
            name: np.asarray(pc.is_valid(sheet.texts(name))) | sheet.unmade.get(name, False)
            for name in self.document.columns
        }
        self.tallies.add(filled, sheet.unreadable, sheet.unexpected)
        self.tallies.remark(code_rows(ordinal, sheet.batch.rows[sheet.odd & ~sheet.out]))
        unreadable = len(sheet.batch.unreadable)
        self.rows_read += len(sheet.batch.rows) + unreadable
        self.rows_refused += int(sheet.out.sum()) + unreadable

    def _kept(
        self,
        sheet: _Sheet,
        provenance: Mapping[str, pa.Array],
        stored: Mapping[str, pa.Array],
        raw: Mapping[str, pa.Array],
        said: pa.Table,
    ) -> Rows:
        """Return the rows that weren't refused, and what of them belongs into the vault."""
        keep = pa.array(~sheet.out)
        table = {**provenance, **{name: stored[name] for name in value_columns(self.document)}}
        rows = pa.table({name: values.filter(keep) for name, values in table.items()})
        values = {name: texts.filter(keep) for name, texts in raw.items()}
        return Rows(
            rows,
            said,
            tuple(
                (self._domain(name), Deposit(stored[name].filter(keep), values[name]))
                for name in self._with_role(IDENTIFIER)
            ),
            tuple(
                (name, Deposit(rows.column("weir_record").combine_chunks(), values[name]))
                for name in self._with_role(FREE_TEXT)
            ),
        )

    @property
    def _unit(self) -> str:
        return self.document.privacy_unit or ROW_UNIT

    def _with_role(self, *roles: str) -> list[str]:
        return [name for name, column in self.document.columns.items() if column.role in roles]

    def _domain(self, name: str) -> str:
        return self.document.columns[name].domain or name

    def _roots(self, name: str, normalized: pa.Array) -> pa.Array:
        return roots(normalized, self.keys.domain(self._domain(name)))

    def _records(self, sheet: _Sheet, columns: Mapping[str, pa.Array], ordinal: int) -> pa.Array:
        """Return the root of each record: of its key, or of its place in this submission.

        A key counts within its dataset and contributor, so that nobody overwrites, or learns
        of, another's record by sending its key.
        """
        dataset, giver = self.document.dataset, self.submission.contributor
        if self.document.record_key:
            parts = [columns[name] for name in self.document.record_key]
            for name, part in zip(self.document.record_key, parts, strict=True):
                sheet.refuse("null-record-key", pc.is_null(part), name)
            kind = "key"
        else:
            parts = [pa.array(sheet.batch.rows)]
            kind = f"row {self.submission.id} {ordinal}"
        texts = [pc.fill_null(part.cast(pa.string()), "") for part in parts]
        joined = pc.binary_join_element_wise(*[piece for t in texts for piece in _prefixed(t)], "")
        return roots(joined, self.keys.domain(f"{RECORD_DOMAIN}\n{dataset}\n{giver}\n{kind}"))


def _prefixed(texts: pa.Array) -> tuple[pa.Array, str, pa.Array]:
    """Return a part after its length, so that ("ab", "c") and ("a", "bc") differ."""
    return (pc.binary_length(texts).cast(pa.string()), ":", texts)


@dataclass
class _Sheet:
    """One batch while it is read: `out` marks rows that are refused, `odd` those with a remark."""

    intake: Intake
    batch: Batch
    file: str
    out: NDArray[np.bool_] = field(init=False)
    odd: NDArray[np.bool_] = field(init=False)
    unreadable: Marked = field(default_factory=dict)
    unexpected: Marked = field(default_factory=dict)
    unmade: Marked = field(default_factory=dict)
    _texts: dict[str, pa.Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.out = np.zeros(len(self.batch.rows), dtype=bool)
        self.odd = np.zeros(len(self.batch.rows), dtype=bool)

    def check_lengths(self) -> None:
        """Refuse rows with a value that nobody wrote as one."""
        for name in self.intake.document.columns:
            size = pc.fill_null(pc.binary_length(self.batch.cells.column(name)), 0)
            self.refuse("cell-too-long", pc.greater(size, limits.MAX_CELL_BYTES), name)

    def take_mapped(self) -> None:
        """Refuse, or count, what a recipe couldn't make."""
        for found in self.batch.mapped:
            if found.refuses:
                self.refuse(found.kind, found.marks, found.column)
            else:
                self.warn(found.kind, found.marks, found.column)
            mark(self.unmade, found.marks, found.column)

    def texts(self, name: str) -> pa.Array:
        if name not in self._texts:
            self._texts[name] = trimmed(self.batch.cells.column(name))
        return self._texts[name]

    def column(self, name: str) -> pa.Array:
        column = self.batch.read.get(name) or read_column(
            self.texts(name), self.intake.document.columns[name], self.intake.submission.zone
        )
        for kind, marks in column.refused.items():
            self.refuse(kind, marks, name)
        for kind, marks in column.warned.items():
            self.warn(kind, marks, name)
        return column.values

    def normalized(self, name: str, texts: pa.Array) -> pa.Array:
        column = self.intake.document.columns[name]
        normalized = normalize_column(texts, column.normalization, column.region)
        odd = find_invalid(normalized, column.normalization).to_numpy(zero_copy_only=False)
        if odd.any():
            self.warn(f"not-{column.normalization}", odd, name)
        return normalized

    def warn(self, kind: str, marks: NDArray[np.bool_], column: str) -> None:
        """Note rows that are taken with a remark on a cell."""
        self.intake.warned.add(kind, self.file, self.batch.rows[marks], column)
        mark(self.unexpected, marks, column)
        self.odd |= marks

    def refuse(self, kind: str, marks: NDArray[np.bool_] | pa.Array, column: str) -> None:
        rows = np.asarray(marks, dtype=bool)
        if rows.any():
            self.intake.refused.add(kind, self.file, self.batch.rows[rows], column)
            mark(self.unreadable, rows, column)
            self.out |= rows

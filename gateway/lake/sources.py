"""What every reader of data files gives: batches of text cells with their row numbers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from policies.documents.problems import nearest
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from gateway.lake.cells import Column


class SourceError(ValueError):
    """A file can't be read as a whole; nothing of it was loaded."""

    def __init__(self, reason: Reason) -> None:
        """Carry the reason for the report."""
        super().__init__(f"{reason.rule} {dict(reason.params)}")
        self.reason = reason


@dataclass(frozen=True)
class WorkbookFacts:
    """What else is to be said of a workbook's sheet.

    Attributes:
        formulas: cells that hold one; the value saved with it counts.
        errors: cells like #N/A, which are empty for us.
        hidden_rows: rows that aren't shown; they are read like the others.
        hidden_sheets: those that hold something; they aren't read.
        macros: whether it has any; they are never run.
    """

    formulas: int = 0
    errors: int = 0
    hidden_rows: int = 0
    hidden_sheets: tuple[str, ...] = ()
    macros: bool = False


@dataclass(frozen=True)
class Facts:
    """What a file turned out to be.

    Attributes:
        encoding, delimiter: as detected or given; '' where the format has none.
        ignored_columns: in the file, but not declared; nothing of them was read.
        sheet: of a workbook; '' elsewhere.
        header_row: with the columns' names; 0 where the format names columns itself.
        workbook: of a workbook; None elsewhere.
    """

    name: str
    format: str
    encoding: str = ""
    delimiter: str = ""
    ignored_columns: tuple[str, ...] = ()
    sheet: str = ""
    header_row: int = 0
    workbook: WorkbookFacts | None = None


@dataclass(frozen=True)
class Mapped:
    """Cells of a batch that a recipe couldn't make, all with one problem in one column.

    Attributes:
        kind: a key of `gateway.lake.report.KINDS`.
        refuses: whether the rows are left out; otherwise the cells are empty and counted.
        marks: (n,) the rows.
    """

    kind: str
    column: str
    refuses: bool
    marks: NDArray[np.bool_]


@dataclass(frozen=True)
class Batch:
    """Some rows of a file.

    Attributes:
        rows: (n,) their numbers as a spreadsheet counts them, the header being row 1 (in
            formats without a header the first record is row 1).
        cells: n rows of text, one column for each declared one; NULL where absent.
        unreadable: rows that aren't records, with the kind of their problem.
        read: columns that somebody on the way has typed already, so that nobody does it again.
        warned: row, kind and column of values that are taken, but look doubtful.
        mapped: what a recipe couldn't make of them; their cells are empty.
    """

    rows: NDArray[np.int64]
    cells: pa.RecordBatch
    unreadable: tuple[tuple[int, str], ...] = field(default=())
    read: Mapping[str, Column] = field(default_factory=dict)
    warned: tuple[tuple[int, str, str], ...] = field(default=())
    mapped: tuple[Mapped, ...] = field(default=())


class Source(Protocol):
    """A file that is open for reading."""

    @property
    def facts(self) -> Facts:
        """What it turned out to be."""

    def batches(self) -> Iterator[Batch]:
        """Read the file once from its start.

        Raises:
            SourceError: the file is damaged in a way that rows can't be told apart.
        """


class FileSource(Source, Protocol):
    """A file of one of our formats.

    Attributes:
        header: the names of all its columns, in its order; '' for one without a name. In a file
            without a header these are values, so no report quotes them.
    """

    @property
    def header(self) -> tuple[str, ...]:
        """The names of all its columns."""


def check_columns(file: str, header: Sequence[str], declared: Sequence[str]) -> tuple[str, ...]:
    """Check that a file has every declared column once; return those it has beyond them.

    Raises:
        SourceError: a declared column is missing (with the nearest name the file has), or a
            name stands twice.
    """
    doubled = sorted({name for name in header if name in declared and header.count(name) > 1})
    if doubled:
        raise SourceError(Reason("duplicate-column", {"file": file, "column": doubled[0]}))
    missing = [name for name in declared if name not in header]
    if missing:
        # With none of the declared names the first row may hold values, which nobody quotes.
        named = list(header) if len(missing) < len(declared) else []
        near = nearest(missing[0], named)
        params = {"file": file, "column": missing[0], "nearest": near}
        raise SourceError(Reason("missing-column", params))
    return tuple(name for name in dict.fromkeys(header) if name and name not in declared)

"""CSV and TSV files: encoding and delimiter detected, ragged rows refused one by one."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from gateway.lake import limits
from gateway.lake.encodings import Encoding, Utf8Stream, detect
from gateway.lake.sources import Batch, Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gateway.lake.data_files import DataFile
    from policies.documents.recipe import FileLayout

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS = 1 << 16
_END = "weir-end-of-file"


@dataclass(frozen=True)
class DelimitedSource:
    """A CSV or TSV file whose header has been read and checked.

    Attributes:
        header: every column's name in the file. columns: those that are declared.
    """

    path: DataFile
    facts: Facts
    encoding: Encoding
    header: tuple[str, ...]
    columns: tuple[str, ...]

    def batches(self) -> Iterator[Batch]:
        """Read the rows; those with more or fewer cells than the header are `ragged-row`."""
        ragged = _Ragged(len(self.header) + 1)
        # One column too many, so that the last line arrives among the ragged ones. Where it
        # doesn't, an unclosed quote has swallowed the rows before it, which no reader reports.
        last_line = self.facts.delimiter.join([_END] * ragged.end_columns)
        with Utf8Stream(self.path, self.encoding, last_line) as stream:
            yield from self._numbered(_open(io.BufferedReader(stream), self, ragged), ragged)
        if not ragged.ended:
            raise SourceError(Reason("unclosed-quote", {"file": self.facts.name}))

    def _numbered(self, reader: Iterator[pa.RecordBatch], ragged: _Ragged) -> Iterator[Batch]:
        good = 0
        while True:
            try:
                block = next(reader)
            except StopIteration:
                break
            except pa.ArrowInvalid as error:
                raise SourceError(_damage(str(error), ragged, self.facts.name)) from None
            rows = ragged.number(np.arange(good, good + block.num_rows))
            good += block.num_rows
            cells = pa.RecordBatch.from_arrays(
                [block.column(self.header.index(name)) for name in self.columns],
                names=list(self.columns),
            )
            filled = _filled(block)
            yield Batch(rows[filled], cells.filter(pa.array(filled)), ragged.taken())
        yield Batch(np.empty(0, np.int64), _no_cells(self.columns), ragged.taken())


@dataclass
class _Ragged:
    """The rows that Arrow hands over because their number of cells is wrong."""

    end_columns: int
    ended: bool = False
    numbers: list[int] = field(default_factory=list)
    reported: int = 0

    def __call__(self, row: arrow_csv.InvalidRow) -> str:
        if row.actual_columns == self.end_columns and row.text.startswith(_END):
            self.ended = True
        else:
            self.numbers.append(row.number)
        return "error" if self.too_many else "skip"

    @property
    def too_many(self) -> bool:
        return len(self.numbers) > limits.MAX_RAGGED_ROWS

    def number(self, ordinals: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the file's row number of the n-th good row; 0 is the first after the header."""
        before = np.array(self.numbers, np.int64) - 2 - np.arange(len(self.numbers))
        return ordinals + 2 + np.searchsorted(before, ordinals, side="right")

    def taken(self) -> tuple[tuple[int, str], ...]:
        new = self.numbers[self.reported :]
        self.reported = len(self.numbers)
        return tuple((number, "ragged-row") for number in new)


def open_delimited(path: DataFile, columns: Sequence[str], layout: FileLayout) -> DelimitedSource:
    """Open a CSV or TSV file.

    Args:
        path: the file.
        columns: declared names that must be in its header.
        layout: its delimiter is detected from the header when not given.

    Raises:
        SourceError: it is empty, or a column is missing or named twice.
    """
    encoding = detect(path)
    sample = _sample(path, encoding)
    if not sample.strip():
        raise SourceError(Reason("empty-file", {"file": path.name}))
    chosen = layout.delimiter or max(
        DELIMITERS, key=lambda mark: _known(_header(sample, mark), columns)
    )
    header = _header(sample, chosen)
    if len(header) > limits.MAX_COLUMNS or _is_cut(sample):
        limit = f"{limits.MAX_COLUMNS:,}"
        raise SourceError(Reason("too-many-columns", {"file": path.name, "limit": limit}))
    ignored = check_columns(path.name, header, columns)
    kind = "tsv" if chosen == "\t" else "csv"
    facts = Facts(path.name, kind, encoding.said, chosen, ignored, header_row=1)
    return DelimitedSource(path, facts, encoding, header, tuple(columns))


def _open(
    stream: io.BufferedReader,
    source: DelimitedSource,
    ragged: _Ragged,
) -> Iterator[pa.RecordBatch]:
    names = [str(index) for index in range(len(source.header))]
    try:
        return iter(
            arrow_csv.open_csv(
                stream,
                # one thread: only then do invalid rows know their number
                read_options=arrow_csv.ReadOptions(
                    use_threads=False,
                    block_size=limits.MAX_ROW_BYTES,
                    column_names=names,
                    skip_rows_after_names=1,
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=source.facts.delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=ragged,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                ),
            ),
        )
    except pa.ArrowInvalid as error:
        raise SourceError(_damage(str(error), ragged, source.facts.name)) from None


def _damage(text: str, ragged: _Ragged, file: str) -> Reason:
    """Say why a file can't be read on; Arrow's own text may quote the row."""
    if ragged.too_many:
        return Reason(
            "too-many-ragged-rows", {"file": file, "limit": f"{limits.MAX_RAGGED_ROWS:,}"}
        )
    if "straddling" in text:
        return Reason("row-too-long", {"file": file, "limit": str(limits.MAX_ROW_BYTES >> 20)})
    return Reason("unreadable-file", {"file": file})


def _sample(path: DataFile, encoding: Encoding) -> str:
    with path.open("rb") as file:
        file.seek(encoding.bom_bytes)
        text = file.read(SAMPLE_CHARACTERS * 2)
    return text.decode(encoding.codec, errors="replace")[:SAMPLE_CHARACTERS]


def _likely_delimiter(sample: str, columns: Sequence[str]) -> str:
    return max(DELIMITERS, key=lambda mark: _known(_header(sample, mark), columns))


def _header(sample: str, delimiter: str) -> tuple[str, ...]:
    try:
        first = next(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), [])
    except csv.Error:
        return ()
    return tuple(name.strip() for name in first)


def _is_cut(sample: str) -> bool:
    """Whether the first line goes on beyond the sample."""
    return len(sample) == SAMPLE_CHARACTERS and not {"\n", "\r"} & set(sample)


def _known(header: Sequence[str], columns: Sequence[str]) -> tuple[int, int]:
    return len(set(header) & set(columns)), len(header)


def _filled(block: pa.RecordBatch) -> NDArray[np.bool_]:
    """Return which rows hold anything: blank lines and rows of delimiters are no records."""
    filled = np.zeros(block.num_rows, dtype=bool)
    for column in block.columns:
        filled |= pc.greater(pc.binary_length(column), 0).to_numpy(zero_copy_only=False)
        if filled.all():
            break
    return filled


def _no_cells(columns: Sequence[str]) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist([], schema=pa.schema([(n, pa.string()) for n in columns]))

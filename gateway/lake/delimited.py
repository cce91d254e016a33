"""CSV and TSV files: encoding and delimiter detected, ragged rows refused one by one."""

from __future__ import annotations

import contextlib
import csv
import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from gateway.lake import limits
from gateway.lake.decoding import check_width
from gateway.lake.encodings import Encoding, Utf8Stream, detect
from gateway.lake.headers import HEAD_ROWS, find_header
from gateway.lake.sifting import Block, Sieve
from gateway.lake.sources import Facts, SourceError, check_columns
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from gateway.lake.data_files import DataFile
    from gateway.lake.headers import FoundHeader, Row
    from gateway.lake.sources import Batch
    from policies.documents.recipe import FileLayout

NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
DELIMITERS = tuple(NAMES)
MOST_ROWS = 200  # of the sample
MOSTLY = 0.9
SAMPLE_CHARACTERS = 1 << 16
_END = "weir-end-of-file"


@dataclass(frozen=True)
class DelimitedSource:
    """A CSV or TSV file whose header has been found and checked.

    Attributes:
        header: every column's name in the file. start: its place in the text, in characters.
    """

    path: DataFile
    facts: Facts
    encoding: Encoding
    header: tuple[str, ...]
    start: int
    sieve: Sieve

    def batches(self) -> Iterator[Batch]:
        """Read the rows; those with more or fewer cells than the header are `ragged-row`."""
        return self.sieve.sift(self._blocks())

    def _blocks(self) -> Iterator[Block]:
        ragged = _Ragged(len(self.header) + 1, self.facts.header_row - 1)
        # One column too many, so that the last line arrives among the ragged ones. Where it
        # doesn't, an unclosed quote has swallowed the rows before it, which no reader reports.
        last_line = self.facts.delimiter.join([_END] * ragged.end_columns)
        with Utf8Stream(self.path, self.encoding, last_line, self.start) as stream:
            yield from self._numbered(_open(io.BufferedReader(stream), self, ragged), ragged)
        if not ragged.ended:
            raise SourceError(Reason("unclosed-quote", {"file": self.facts.name}))

    def _numbered(self, reader: Iterator[pa.RecordBatch], ragged: _Ragged) -> Iterator[Block]:
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
            filled = _filled(block)
            yield Block(rows[filled], block.filter(pa.array(filled)), ragged.taken())
        names = [str(index) for index in range(len(self.header))]
        yield Block(np.empty(0, np.int64), _no_cells(names), ragged.taken())


@dataclass
class _Ragged:
    """The rows that Arrow hands over because their number of cells is wrong."""

    end_columns: int
    rows_above: int  # the header, in the file
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
        after = ordinals + 2 + np.searchsorted(before, ordinals, side="right")
        return after + self.rows_above

    def taken(self) -> tuple[tuple[int, str], ...]:
        new = self.numbers[self.reported :]
        self.reported = len(self.numbers)
        return tuple((number + self.rows_above, "ragged-row") for number in new)


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
    marks = (layout.delimiter,) if layout.delimiter else DELIMITERS
    if _is_cut(sample):
        check_width(path, limits.MAX_COLUMNS + 1)
    heads = [_Head.of(sample, mark, path.name, columns, layout.header_row) for mark in marks]
    found = max(heads, key=lambda head: head.fits(columns))
    header = found.header.names
    check_width(path, len(header))
    _check_delimiter(path.name, sample, found, columns, layout)
    ignored = check_columns(path.name, header, columns)
    kind = "tsv" if found.delimiter == "\t" else "csv"
    row = found.header.row
    facts = Facts(path.name, kind, encoding.said, found.delimiter, ignored, header_row=row)
    sieve = Sieve(header, tuple(columns), layout.totals)
    return DelimitedSource(path, facts, encoding, header, found.starts[row], sieve)


@dataclass(frozen=True)
class _Head:
    """The first rows of a file, as a delimiter takes them apart.

    Attributes:
        starts: of each row in the text, in characters.
    """

    delimiter: str
    rows: tuple[Row, ...]
    starts: Mapping[int, int]
    header: FoundHeader

    @classmethod
    def of(
        cls, sample: str, delimiter: str, file: str, columns: Sequence[str], stated: int | None
    ) -> _Head:
        rows, starts = [], {}
        for number, (start, cells) in enumerate(_rows_of(sample, delimiter), start=1):
            if any(map(str.strip, cells)):
                rows.append((number, tuple(cells)))
                starts[number] = start
        header = find_header(file, rows[:HEAD_ROWS], columns, stated)
        return cls(delimiter, tuple(rows), starts, header)

    def fits(self, columns: Sequence[str]) -> tuple[int, bool, float, int]:
        """Return how well the delimiter fits: the names, and rows of as many cells as the header.

        A file has more than one column more often than not.
        """
        names = self.header.names
        alike = sum(len(cells) == len(names) for _, cells in self.rows)
        return len({*names} & {*columns}), len(names) > 1, alike / len(self.rows), len(names)


def _rows_of(sample: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Return the rows of a text with their places in it, but for one that the sample's end cuts."""
    rows, start, read = [], 0, 0

    def lines() -> Iterator[str]:
        nonlocal read
        for line in io.StringIO(sample, newline=""):
            read += len(line)
            yield line

    with contextlib.suppress(csv.Error):
        for cells in csv.reader(lines(), delimiter=delimiter):
            rows.append((start, cells))
            start = read
            if len(rows) == MOST_ROWS:
                return rows
    cut = len(sample) == SAMPLE_CHARACTERS and any(cells for _, cells in rows[:-1])
    return rows[:-1] if cut else rows


def _check_delimiter(
    file: str, sample: str, found: _Head, columns: Sequence[str], layout: FileLayout
) -> None:
    """Check that a stated delimiter is the file's, where that makes a difference."""
    if layout.delimiter is None or {*columns} & {*found.header.names}:
        return
    for mark in DELIMITERS:
        other = _Head.of(sample, mark, file, columns, None)
        known, several, alike, _ = other.fits(columns)
        apart = several and alike > MOSTLY and len(found.header.names) == 1
        if known or (apart and not columns):
            facts = {"file": file, "delimiter": layout.delimiter, "other": NAMES[mark]}
            raise SourceError(Reason("wrong-delimiter", facts))


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


def _is_cut(sample: str) -> bool:
    """Whether the first line goes on beyond the sample."""
    return len(sample) == SAMPLE_CHARACTERS and not {"\n", "\r"} & set(sample)


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

"""XLSX: one worksheet, every text written as text, nothing that could be calculated.

A text that looks like a formula carries the quote prefix too, so that it stays a text when
somebody edits the cell. A number that a spreadsheet would round (over 15 digits) and a date before
its calendar are written as text.

Guarantee:
    No cell holds a formula, whatever the data says. Nothing touches the disk in the clear.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO

import xlsxwriter

from gateway.errors import FormatFullError, OutputError, TooManyRowsError
from gateway.outputs.cells import as_text_table, is_text
from gateway.outputs.lines import batches
from gateway.outputs.xlsx_reader import read_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    import pyarrow as pa
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

__all__ = ["MAX_ROWS", "read_back", "write", "write_sheets"]

MAX_ROWS = 1_048_575  # and one for the header
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 32_767
MAX_DIGITS = 15
DATE_FORM = "yyyy-mm-dd"
_FIRST_DATE = "1900-03-01"  # Excel believes in 29 February 1900
_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zone; equal bytes need one day
# What begins a formula, the wide forms of = + - @ too, or hides one behind an apostrophe.
_DANGEROUS = re.compile("['=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
_NOT_IN_SHEET_NAMES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MAX_SHEET_NAME = 31
_MAX_WIDTH = 80


def write(parts: Iterable[pa.Table], out: BinaryIO, *, title: str) -> None:
    """Write the table.

    Args:
        parts: what is released, one after the other; text, numbers, dates, truth; at most
            1,048,575 rows in all.
        out: takes the bytes; stays open.
        title: the worksheet's name, as far as such names go.

    Raises:
        TooManyRowsError: more rows than a worksheet holds.
        FormatFullError: a cell holds more than a worksheet's can.
        OutputError: a column can't be written.
    """
    packed = io.BytesIO()
    book = _workbook(packed)
    _write_sheet(book, title, batches(parts))
    book.close()
    out.write(packed.getbuffer())


def write_sheets(sheets: Mapping[str, pa.Table], out: BinaryIO) -> None:
    """Write several small tables, each into a worksheet of its own, wide enough to be read.

    Args:
        sheets: by title; text, numbers, dates, truth.
        out: takes the bytes; stays open.

    Raises:
        OutputError: as `write`.
    """
    packed = io.BytesIO()
    book = _workbook(packed)
    for title, table in sheets.items():
        _write_sheet(book, title, [table], widen=_widths(table))
    book.close()
    out.write(packed.getbuffer())


def _workbook(packed: BinaryIO) -> Workbook:
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    book.set_properties({"created": _CREATED})
    return book


def _write_sheet(
    book: Workbook, title: str, parts: Iterable[pa.Table], widen: Sequence[int] = ()
) -> None:
    sheet = book.add_worksheet(_sheet_name(title))
    sheet.freeze_panes(1, 0)
    for place, width in enumerate(widen):
        sheet.set_column(place, place, width)
    cells = _Cells(book, sheet)
    for batch in parts:
        _check_fits(batch, cells.rows)
        cells.write_table(batch)


def _widths(table: pa.Table) -> list[int]:
    texts = as_text_table(table)
    return [
        min(_MAX_WIDTH, 2 + max(map(len, [name, *filter(None, texts[name].to_pylist())])))
        for name in texts.column_names
    ]


def _check_fits(table: pa.Table, before: int) -> None:
    if before + table.num_rows > MAX_ROWS:
        raise TooManyRowsError(f"a worksheet holds {MAX_ROWS} rows: ask for csv or parquet")
    if table.num_columns > MAX_COLUMNS:
        raise OutputError(f"a worksheet holds {MAX_COLUMNS} columns: ask for csv or parquet")


def _sheet_name(title: str) -> str:
    return _NOT_IN_SHEET_NAMES.sub(" ", title)[:_MAX_SHEET_NAME].strip(" '") or "Data"


class _Cells:
    """Writes the cells of one worksheet, a table's rows below those of the one before."""

    def __init__(self, book: Workbook, sheet: Worksheet) -> None:
        self.rows = 0
        self._sheet = sheet
        self._plain: Format = book.add_format()
        self._quoted: Format = book.add_format({"quote_prefix": True})
        self._date: Format = book.add_format({"num_format": DATE_FORM})

    def write_table(self, table: pa.Table) -> None:
        texts = as_text_table(table)
        for place, name in enumerate(table.column_names):
            self._write_text(0, place, name)
            write = self._writer(table.schema.field(place).type)
            for row, text in enumerate(texts.column(place).to_pylist(), start=self.rows + 1):
                if text is not None:
                    write(row, place, text)
                elif place == 0:  # a row of NULLs alone is a row too
                    self._sheet.write_blank(row, place, None, self._plain)
        self.rows += table.num_rows

    def _writer(self, kind: pa.DataType) -> Callable[[int, int, str], None]:
        import pyarrow as pa

        if is_text(kind):
            return self._write_text
        if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
            return self._write_number
        if pa.types.is_date32(kind):
            return self._write_date
        return self._write_truth if pa.types.is_boolean(kind) else self._write_text

    def _write_text(self, row: int, place: int, text: str) -> None:
        if len(text.encode("utf-16-le")) // 2 > MAX_CHARACTERS:
            raise FormatFullError(
                f"a cell holds {MAX_CHARACTERS} characters: ask for csv or parquet"
            )
        style = self._quoted if _DANGEROUS.match(text) else None
        if text.startswith("<r>"):
            # xlsxwriter takes <r>...</r> for markup and doesn't escape it: write it in two runs.
            self._sheet.write_rich_string(row, place, text[0], self._plain, text[1:])
        else:
            self._sheet.write_string(row, place, text, style)

    def _write_number(self, row: int, place: int, text: str) -> None:
        if len(re.sub(r"\D", "", text).lstrip("0")) > MAX_DIGITS:
            self._write_text(row, place, text)
        else:
            self._sheet.write_number(row, place, Decimal(text))

    def _write_date(self, row: int, place: int, text: str) -> None:
        if text < _FIRST_DATE or len(text) != len(_FIRST_DATE):
            self._write_text(row, place, text)
        else:
            self._sheet.write_datetime(row, place, date.fromisoformat(text), self._date)

    def _write_truth(self, row: int, place: int, text: str) -> None:
        self._sheet.write_boolean(row, place, text == "true")

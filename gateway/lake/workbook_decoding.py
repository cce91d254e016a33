"""A process of its own that decodes a workbook (XLSX, XLSM), and may die of it.

    python workbook_decoding.py MEMORY_BYTES CPU_SECONDS describe FILE [SHEET]
    python workbook_decoding.py MEMORY_BYTES CPU_SECONDS decode FILE SHEET

A workbook is a ZIP file of XML: a few hundred kilobytes unpack to gigabytes, entities multiply.
So its parts are unpacked once to nowhere, and held to the size and sum that they state, before a
reader of workbooks sees them. Macros and formulas are never run: what counts is the value that
was saved with them. It imports nothing of Weir but its neighbour, and is given no key.
"""

from __future__ import annotations

import json
import resource
import sys
import zipfile
import zlib
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import python_calamine as calamine

sys.path.append(str(Path(__file__).parents[2]))  # a script finds its neighbour by it
from gateway.lake.workbook_marks import Marks, find_marks, sheet_parts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

BATCH_ROWS = 8_192
HEAD_ROWS = 60
DONE, UNREADABLE, OUT_OF_MEMORY = 0, 3, 4
MAX_UNPACKED_BYTES = 1 << 30
"""A sheet of a million rows and twenty columns is about as large."""
MAX_RATIO, RATIO_FROM_BYTES = 100, 16 << 20
"""Sheets of real tables shrink to a tenth, of one value repeated to a fortieth."""
MAX_PARTS = 10_000
CHUNK_BYTES = 1 << 20
EXACT = 2**53  # whole numbers below it are all different in a cell
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, EOFError, OSError, UnicodeError, KeyError, ValueError),
    *(calamine.CalamineError, NotImplementedError, RuntimeError, pa.ArrowException, SyntaxError),
)
OTHERS = {
    "content.xml": "open-document",
    "Index/Document.iwa": "numbers-document",
    "xl/workbook.bin": "binary-workbook",
}
"""Parts that only another kind of document has, and the rule that says what to do with it."""


class RefusedError(Exception):
    """The workbook can't be read; the rule and what it is about say why."""

    def __init__(self, rule: str, **params: str) -> None:
        """Carry them."""
        super().__init__(rule)
        self.said = {"refused": rule, "params": params}


def check_harmless(book: zipfile.ZipFile) -> None:
    """Unpack every part to nowhere, after a look at what they state.

    Raises:
        RefusedError: they would unpack to too much, or define entities, or need a password.
        BadZipFile: one isn't as large as it states, or its sum is another.
    """
    parts = book.infolist()
    unpacked, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
    if (
        unpacked > MAX_UNPACKED_BYTES
        or (unpacked > RATIO_FROM_BYTES and unpacked > MAX_RATIO * packed)
        or len(parts) > MAX_PARTS
    ):
        raise RefusedError("unpacks-to-too-much")
    if any(part.flag_bits & 1 for part in parts):
        raise RefusedError("password-protected")
    if len({part.filename for part in parts}) < len(parts):
        raise zipfile.BadZipFile
    for part in parts:
        with book.open(part) as content:
            _check_part(content)


def _check_part(content: IO[bytes]) -> None:
    tail = b""
    while chunk := content.read(CHUNK_BYTES):
        text = tail + chunk
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            raise RefusedError("unpacks-to-too-much")
        tail = chunk[-16:]


def check_kind(names: set[str]) -> None:
    """Check that the ZIP file is a workbook.

    Raises:
        RefusedError: it is something else.
    """
    if "xl/workbook.xml" in names:
        return
    for part, rule in OTHERS.items():
        if part in names:
            raise RefusedError(rule)
    raise RefusedError("not-a-workbook")


def describe(path: str, wanted: str = "") -> None:
    """Write which sheet is to be read, its first rows, and what there is to know of the file."""
    try:
        said = _described(path, wanted)
    except RefusedError as refused:
        said = refused.said
    sys.stdout.buffer.write(json.dumps(said).encode())


def _described(path: str, wanted: str) -> dict[str, Any]:
    with zipfile.ZipFile(path) as book:
        check_kind(set(book.namelist()))
        check_harmless(book)
        parts = sheet_parts(book)
        filled = {name: find_marks(book, part) for name, part in parts.items()}
        macros = "xl/vbaProject.bin" in book.namelist()
    with calamine.load_workbook(path) as opened:
        hidden = [
            sheet.name
            for sheet in opened.sheets_metadata
            if sheet.visible != calamine.SheetVisibleEnum.Visible
            and sheet.name in filled
            and filled[sheet.name].filled
        ]
        name = _chosen(filled, hidden, wanted)
        sheet = opened.get_sheet_by_name(name)
        marks = filled[name]
        return {
            "sheet": name,
            "head": _head(sheet),
            "merged": _merged(sheet),
            "formulas": marks.formulas,
            "errors": len(marks.errors),
            "hidden_rows": marks.hidden_rows,
            "hidden_sheets": [other for other in hidden if other != name],
            "macros": macros,
        }


def _chosen(filled: Mapping[str, Marks], hidden: list[str], wanted: str) -> str:
    if wanted:
        for name in filled:
            if name.strip().casefold() == wanted.strip().casefold():
                return name
        raise RefusedError("no-such-sheet", sheet=wanted, sheets=", ".join(filled))
    shown = [name for name, marks in filled.items() if marks.filled and name not in hidden]
    if len(shown) > 1:
        raise RefusedError("several-sheets", sheets=", ".join(shown))
    if not shown and hidden:
        raise RefusedError("several-sheets", sheets=", ".join(hidden))
    if not shown:
        raise RefusedError("empty-file")
    return shown[0]


def _merged(sheet: Any) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the first and last row and column (from 0) of merged areas, those of the head."""
    below = (sheet.start[0] if sheet.start else 0) + HEAD_ROWS
    return [area for area in sheet.merged_cell_ranges or () if area[0][0] < below]


def _head(sheet: Any) -> list[tuple[int, list[str]]]:
    """Return the first rows that hold anything, each with its number."""
    head = []
    for number, row in _rows(sheet):
        cells = [_text(cell) or "" for cell in row]
        if any(cells):
            head.append((number, cells))
        if len(head) == HEAD_ROWS:
            break
    return head


def _rows(sheet: Any) -> Iterator[tuple[int, list[Any]]]:
    """Yield the rows with their numbers; what is read begins at the first column in use."""
    if sheet.start is None:
        return
    before = [""] * int(sheet.start[1])
    for number, row in enumerate(sheet.iter_rows(), start=1):
        yield number, before + row


def decode(path: str, name: str) -> None:
    """Write the rows that hold anything, as a stream in Arrow's format.

    Its columns: `row` as the spreadsheet counts, `marks` (like "error-value:3 merged-cells:0",
    kinds and columns from 0, NULL without any), and each column of the sheet as text.
    """
    with zipfile.ZipFile(path) as book:
        marks = find_marks(book, sheet_parts(book)[name])
    with calamine.load_workbook(path) as opened:
        sheet = opened.get_sheet_by_name(name)
        width = int(sheet.end[1]) + 1 if sheet.end else 0
        doubts = marks.by_row(sheet.merged_cell_ranges or (), width)
        fields = [(str(place), pa.string()) for place in range(width)]
        schema = pa.schema([("row", pa.int64()), ("marks", pa.string()), *fields])
        with pa.ipc.new_stream(sys.stdout.buffer, schema) as stream:
            numbers: list[int] = []
            rows: list[list[Any]] = []
            for number, row in _rows(sheet):
                numbers.append(number)
                rows.append(row)
                if len(rows) == BATCH_ROWS:
                    stream.write_batch(_batch(numbers, rows, doubts, marks, schema))
                    numbers, rows = [], []
            if rows:
                stream.write_batch(_batch(numbers, rows, doubts, marks, schema))


def _batch(
    numbers: list[int],
    rows: list[list[Any]],
    doubts: Mapping[int, str],
    marks: Marks,
    schema: pa.Schema,
) -> pa.RecordBatch:
    columns = [[_text(cell) for cell in column] for column in zip(*rows, strict=True)]
    for row, column in marks.leap_days:  # the 60th day of a spreadsheet never was
        if numbers[0] <= row <= numbers[-1] and columns[column][row - numbers[0]] == "1900-02-28":
            columns[column][row - numbers[0]] = "1900-02-29"
    said = [doubts.get(number) for number in numbers]
    arrays = [
        pa.array(numbers, pa.int64()),
        pa.array(said, pa.string()),
        *(pa.array(column, pa.string()) for column in columns),
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _text(value: Any) -> str | None:
    """Return a cell as text in canonical form; None where it is empty."""
    return _TEXTS[type(value)](value)


def _number(value: float) -> str:
    """Return a number without exponent: whole ones exactly, others as far as cells are exact."""
    if value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    text = format(value, ".15g")
    return format(Decimal(text), "f") if "e" in text else text


def _duration(value: timedelta) -> str:
    seconds = round(value.total_seconds())
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


_TEXTS: Mapping[type, Callable[[Any], str | None]] = {
    str: lambda value: value or None,
    float: _number,
    int: str,
    bool: lambda value: "true" if value else "false",
    date: date.isoformat,
    datetime: datetime.isoformat,
    time: time.isoformat,
    timedelta: _duration,
    type(None): lambda _: None,
}


def main(arguments: list[str]) -> int:
    """Limit this process, then do what was asked; return the status that says how it went."""
    memory, seconds, role, path, *more = arguments
    resource.setrlimit(resource.RLIMIT_AS, (int(memory), int(memory)))
    resource.setrlimit(resource.RLIMIT_CPU, (int(seconds), int(seconds)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a dump would hold the data
    pa.set_cpu_count(1)  # each thread would reserve a stack
    try:
        describe(path, *more) if role == "describe" else decode(path, *more)
        sys.stdout.buffer.flush()
    except (MemoryError, pa.ArrowMemoryError):
        return OUT_OF_MEMORY
    except _BROKEN:
        return UNREADABLE
    return DONE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

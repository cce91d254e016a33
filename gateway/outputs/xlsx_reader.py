"""Reads back the worksheets that `xlsx_file` writes, and no others.

A reader of its own, because the recount must see the very cells: general readers can't tell NULL
from an empty text.
"""

from __future__ import annotations

import re
import zipfile
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, BinaryIO
from xml.etree import ElementTree as ET

import pyarrow as pa

from gateway.outputs.cells import shortest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_DAY_ZERO = date(1899, 12, 30)
_MOST_COLUMNS = 16_384  # of a worksheet
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def read_back(source: BinaryIO) -> Iterator[pa.Table]:
    """Read the file as strings, in the text form of `cells`; in one part, it isn't long."""
    with zipfile.ZipFile(source) as book:
        strings = _shared_strings(book)
        dates = _date_styles(book)
        rows = _rows(book, strings, dates)
        names = [name or "" for name in next(rows)]
        columns: list[list[str | None]] = [[] for _ in names]
        for row in rows:
            for place, column in enumerate(columns):
                column.append(row[place] if place < len(row) else None)
    yield pa.table([pa.array(column, type=pa.string()) for column in columns], names=names)


def _elements(book: zipfile.ZipFile, part: str, tag: str) -> Iterator[ET.Element]:
    # Bytes that this process wrote.
    with book.open(part) as xml:
        for _, element in ET.iterparse(xml):  # noqa: S314
            if element.tag == _NS + tag:
                yield element
                element.clear()


def _shared_strings(book: zipfile.ZipFile) -> list[str]:
    return [_text(item) for item in _elements(book, "xl/sharedStrings.xml", "si")]


def _text(item: ET.Element) -> str:
    runs = "".join(run.text or "" for run in item.iter(_NS + "t"))
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), runs)


def _date_styles(book: zipfile.ZipFile) -> frozenset[str]:
    """Return the cell styles that show a number as a date: the only form of our own."""
    formats = next(_elements(book, "xl/styles.xml", "cellXfs"))
    return frozenset(str(place) for place, style in enumerate(formats) if _is_own_form(style))


def _is_own_form(style: ET.Element) -> bool:
    return int(style.attrib["numFmtId"]) >= 164  # noqa: PLR2004 - where own number forms begin


def _rows(
    book: zipfile.ZipFile, strings: Sequence[str], dates: frozenset[str]
) -> Iterator[list[str | None]]:
    for row in _elements(book, "xl/worksheets/sheet1.xml", "row"):
        cells: list[str | None] = []
        for cell in row:
            place = _place(cell.attrib["r"])
            if place >= _MOST_COLUMNS:
                raise ValueError("a cell beyond the last column")
            cells.extend([None] * (place - len(cells)))
            cells.append(_value(cell, strings, dates))
        yield cells


def _place(reference: str) -> int:
    place = 0
    for letter in reference.rstrip("0123456789"):
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _value(cell: ET.Element, strings: Sequence[str], dates: frozenset[str]) -> str | None:
    stored = cell.find(_NS + "v")
    if stored is None or stored.text is None:
        return None
    match cell.attrib.get("t"):
        case "s":
            return strings[int(stored.text)]
        case "b":
            return "true" if stored.text == "1" else "false"
    if cell.attrib.get("s") in dates:
        return (_DAY_ZERO + timedelta(days=int(stored.text))).isoformat()
    return shortest(Decimal(format(float(stored.text), ".15g")))

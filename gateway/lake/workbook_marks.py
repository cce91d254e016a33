"""What the XML of a worksheet says beside its values: formulas, errors, hidden rows, odd days.

Values come from a reader of workbooks; it doesn't tell these apart. They are looked for in the
text, so a sheet that hides them from this look is read as it is, only not remarked upon. Used by
`workbook_decoding`, in its process; it imports nothing of Weir.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Iterator

CHUNK_BYTES = 4 << 20
LONGEST_CELL = 20_000  # bytes up to a place in it; formulas have at most 8,192 characters
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_PREFIX = re.compile(rb"<([A-Za-z]\w*:)?worksheet\b")
_REFERENCE = re.compile(rb"""\sr=["']([A-Z]{1,3})(\d{1,7})["']""")
_TEXT_RESULT = re.compile(rb"""\st=["']str["']""")

Area = tuple[tuple[int, int], tuple[int, int]]
Cell = tuple[int, int]


@dataclass
class Marks:
    """What was found; cells are rows as the spreadsheet counts, and columns from 0.

    Attributes:
        filled: whether any cell holds something.
        formulas: how many cells hold one. unvalued: those saved without their value.
        errors: cells like #N/A. leap_days: cells of the number 60, which may be 29.2.1900.
    """

    filled: bool = False
    formulas: int = 0
    hidden_rows: int = 0
    errors: list[Cell] = field(default_factory=list)
    unvalued: list[Cell] = field(default_factory=list)
    leap_days: list[Cell] = field(default_factory=list)

    def by_row(self, merged: Iterable[Area], width: int) -> dict[int, str]:
        """Return by row what is to be said of its cells, like "error-value:3 merged-cells:0"."""
        told: dict[int, list[str]] = {}
        for row, column in self.errors:
            told.setdefault(row, []).append(f"error-value:{column}")
        for row, column in self.unvalued:
            told.setdefault(row, []).append(f"formula-without-value:{column}")
        for (row, first), (_, last) in merged:
            for column in range(first, min(last + 1, width)):
                told.setdefault(row + 1, []).append(f"merged-cells:{column}")
        return {row: " ".join(said) for row, said in told.items()}


def sheet_parts(book: zipfile.ZipFile) -> dict[str, str]:
    """Return the part of each worksheet by its name, in their order.

    Raises:
        KeyError, ParseError: the workbook isn't complete.
    """
    relations = ET.fromstring(book.read("xl/_rels/workbook.xml.rels"))  # noqa: S314 - no entities
    targets = {one.attrib["Id"]: one.attrib["Target"] for one in relations}
    sheets = {}
    for element in ET.fromstring(book.read("xl/workbook.xml")).iter():  # noqa: S314 - no entities
        if element.tag.rpartition("}")[2] == "sheet":
            target = targets[element.attrib[_RELATION]]
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if "worksheets/" in part:
                sheets[element.attrib["name"]] = part
    return sheets


def find_marks(book: zipfile.ZipFile, part: str) -> Marks:
    """Look through a worksheet."""
    marks = Marks()
    with book.open(part) as content:
        head = content.read(CHUNK_BYTES)
        found = _PREFIX.search(head)
        looks = _Looks.of((found[1] if found else None) or b"")
        for piece in _pieces(head, content, looks.row):
            looks.add(piece, marks)
    return marks


def _pieces(head: bytes, content: IO[bytes], row: bytes) -> Iterator[bytes]:
    """Yield the text in pieces that end before a row."""
    rest = head
    while chunk := content.read(CHUNK_BYTES):
        end = rest.rfind(row)
        if end > 0:
            yield rest[:end]
            rest = rest[end:]
        rest += chunk
    yield rest


@dataclass(frozen=True)
class _Looks:
    """What is looked for, in the namespace of the sheet; each begins with letters, to be quick.

    No pattern runs past the next `<` or `>`, so that none looks at a text more than once.
    """

    row: bytes
    cell: bytes
    value: re.Pattern[bytes]
    hidden: re.Pattern[bytes]
    error: re.Pattern[bytes]
    formula: re.Pattern[bytes]
    leap_day: re.Pattern[bytes]

    @classmethod
    def of(cls, prefix: bytes) -> _Looks:
        def look(pattern: bytes) -> re.Pattern[bytes]:
            return re.compile(pattern.replace(b"~", re.escape(prefix)))

        return cls(
            b"<" + prefix + b"row",
            b"<" + prefix + b"c",
            look(rb"<~(?:v|is|f)[\s>]"),
            look(rb"""<~row\s[^<>]*?\bhidden=["'](?:1|true)["']"""),
            look(rb""" t=["']e["']"""),
            look(rb"<~f\b(?:[^<>]*/>|[^<>]*>[^<]*</~f>)\s*(?:<~v[^<>]*>([^<]+)</~v>)?"),
            look(rb"<~v>60(?:\.\d*)?</~v>"),
        )

    def add(self, piece: bytes, marks: Marks) -> None:
        marks.filled = marks.filled or self.value.search(piece) is not None
        if b"hidden=" in piece:
            marks.hidden_rows += sum(1 for _ in self.hidden.finditer(piece))
        for match in self.error.finditer(piece):
            marks.errors.extend(_place(self._cell(piece, match.end())))
        for match in self.leap_day.finditer(piece):
            marks.leap_days.extend(_place(self._cell(piece, match.start())))
        for match in self.formula.finditer(piece):
            marks.formulas += 1
            cell = self._cell(piece, match.start())
            if match[1] is None and not _TEXT_RESULT.search(cell):
                marks.unvalued.extend(_place(cell))

    def _cell(self, piece: bytes, end: int) -> bytes:
        """Return the beginning of the cell that this place belongs to."""
        start = piece.rfind(self.cell, max(0, end - LONGEST_CELL), end)
        return piece[start : piece.find(b">", start)] if start >= 0 else b""


def _place(cell: bytes) -> Iterator[Cell]:
    reference = _REFERENCE.search(cell)
    if reference:
        column = 0
        for letter in reference[1]:
            column = column * 26 + letter - ord("A") + 1
        yield int(reference[2]), column - 1

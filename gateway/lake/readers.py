"""The door for data files: the reader for each format."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.lake.sources import FileSource, SourceError
from policies.documents.recipe import FileLayout
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.lake.data_files import DataFile
    from policies.documents import DatasetDocument

PARQUET_MAGIC = b"PAR1"
WORKBOOK_MAGIC = b"PK\x03\x04"
NAMED = {
    ".parquet": "Parquet",
    ".xlsx": "XLSX",
    ".xlsm": "XLSM",
}  # files whose first bytes say what they are
OLD_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of documents before XLSX, and of newer ones under a password."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
OTHERS = {
    b"\x1f\x8b": "compressed-file",
    b"BZh": "compressed-file",
    b"7z\xbc\xaf": "compressed-file",
    b"\xfd7zXZ": "compressed-file",
    b"Rar!": "compressed-file",
    b"%PDF": "not-a-table",
    b"{\\rtf": "not-a-table",
}
"""First bytes of what can't be read, and the rule that says what to do with it."""
WEB_PAGES = (b"<html", b"<!doctype", b"<table", b"<meta", b"<head", b"<?xml", b"<!--", b"<style")
HEAD_BYTES, OLD_HEAD_BYTES = 1024, 1 << 20
JSON_LINES = (".jsonl", ".ndjson", ".json")
LAST_HEADER_ROW = 10  # the lowest in which the columns' names are looked for
FOUND = FileLayout()
"""Nothing is said of how a file is laid out: all of it is found."""


@dataclass(frozen=True)
class Header:
    """The names of a file's columns, and where they stand.

    Attributes:
        names: as the file has them, in its order; a column without a name has ''.
        row: of the names, as a spreadsheet counts; 0 where the format names columns itself.
        layout: what was asked, with what was found: sheet, delimiter, header_row.
    """

    names: tuple[str, ...]
    row: int
    layout: FileLayout


def declared_columns(document: DatasetDocument) -> tuple[str, ...]:
    """Return the columns that every file of a dataset must have."""
    return tuple(document.columns)


def stated_layout(delimiter: str = "", sheet: str = "", header_row: int = 0) -> FileLayout:
    """Return the layout that somebody states in options; what is empty or 0 will be found.

    Raises:
        SourceError: the delimiter is no single character.
    """
    if len(delimiter) > 1:
        raise SourceError(Reason("delimiter-length", {}))
    return FileLayout(
        delimiter=delimiter or None, sheet=sheet or None, header_row=header_row or None
    )


def open_source(file: DataFile, columns: Sequence[str], layout: FileLayout = FOUND) -> FileSource:
    """Open a data file by what it is: Parquet by its first bytes, JSONL by name, else CSV or TSV.

    Args:
        file: the file.
        columns: names that must be there; others are ignored and said. None ignores all.
        layout: how it is laid out; what isn't said is found.

    Raises:
        SourceError: the file isn't there, is empty, isn't what its name says, or lacks a column.
    """
    head = _first_bytes(file)
    _check_kind(file, head)
    magic = head[: len(PARQUET_MAGIC)]
    if magic == PARQUET_MAGIC:
        from gateway.lake.parquet_files import open_parquet

        return open_parquet(file, columns)
    if magic == WORKBOOK_MAGIC:
        from gateway.lake.workbooks import open_workbook

        return open_workbook(file, columns, layout)
    if file.suffix.lower() in NAMED:
        named = {"file": file.name, "format": NAMED[file.suffix.lower()]}
        raise SourceError(Reason("not-what-it-is-called", named))
    if file.suffix.lower() in JSON_LINES:
        from gateway.lake.json_lines import open_json_lines

        return open_json_lines(file, columns)
    from gateway.lake.delimited import open_delimited

    return open_delimited(file, columns, layout)


def read_header(file: DataFile, layout: FileLayout = FOUND) -> Header:
    """Return the names of a file's columns, and how it was found to be laid out.

    Raises:
        SourceError: as of `open_source`.
    """
    source = open_source(file, (), layout)
    facts = source.facts
    found = {
        "sheet": facts.sheet or None,
        "delimiter": facts.delimiter or None,
        "header_row": facts.header_row or None,
    }
    return Header(source.header, facts.header_row, layout.model_copy(update=found))


def _first_bytes(file: DataFile, size: int = HEAD_BYTES) -> bytes:
    try:
        with file.open("rb") as opened:
            head = opened.read(size)
    except OSError:
        raise SourceError(Reason("unreadable-file", {"file": file.name})) from None
    if not head:
        raise SourceError(Reason("empty-file", {"file": file.name}))
    return head


def _check_kind(file: DataFile, head: bytes) -> None:
    """Check that a file isn't of a kind for which there is better advice than that it is broken."""
    for magic, rule in OTHERS.items():
        if head.startswith(magic):
            raise SourceError(Reason(rule, {"file": file.name}))
    if head.startswith(OLD_MAGIC):
        protected = ENCRYPTED in _first_bytes(file, OLD_HEAD_BYTES)
        rule = "password-protected" if protected else "old-workbook"
        raise SourceError(Reason(rule, {"file": file.name}))
    text = head.removeprefix(codecs.BOM_UTF8).replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    if text.lower().startswith(WEB_PAGES):
        raise SourceError(Reason("web-page", {"file": file.name}))

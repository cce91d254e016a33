"""CSV: RFC 4180 in UTF-8 with a header, each line ended by a line feed.

NULL is an empty field, an empty text is `""`. A text (or a column's name) that a spreadsheet could
take for a formula gets an apostrophe in front; a text that already looks so guarded gets one more,
so that `read_back` takes off exactly what was put on. Numbers and dates stay as they are.

Guarantee:
    No cell begins with = + - @, a tab or a line break unless it is a number (OWASP, "CSV
    Injection").

Does not protect:
    Against a reader told to split at something else than a comma.
"""

from __future__ import annotations

import codecs
import csv
import re
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from gateway.outputs.cells import as_text, is_text, on_distinct
from gateway.outputs.lines import batches, write_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What begins a formula, the wide forms of = + - @ too, behind any number of apostrophes.
_DANGEROUS = "'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]"
_TO_GUARD = f"^({_DANGEROUS})"
_GUARDED = f"^'({_DANGEROUS})"
_TO_QUOTE = '[",\r\n]|^$'
_BLOCK_BYTES = 16 * 1024 * 1024  # no cell is longer


def write(parts: Iterable[pa.Table], out: BinaryIO, *, title: str) -> None:
    """Write the table.

    Args:
        parts: what is released, one after the other; text, numbers, dates, truth.
        out: takes the bytes.
        title: unused, CSV has no place for one.

    Raises:
        OutputError: a column can't be written.
    """
    del title
    for number, batch in enumerate(batches(parts)):
        if number == 0:
            names = [pa.chunked_array([[name]], type=pa.string()) for name in batch.column_names]
            write_lines(out, [_fields(name) for name in names], separator=",")
        write_lines(out, [_fields(column) for column in batch.columns], separator=",")


def read_back(source: BinaryIO) -> Iterator[pa.Table]:
    """Read the file part by part as strings, in the text form of `cells`, guards taken off."""
    names = _read_header(source)
    source.seek(0)
    header = 1
    for batch in _read_batches(source, len(names)):
        columns = batch.slice(header).columns
        plain = [pc.replace_substring_regex(column, _GUARDED, r"\1") for column in columns]
        yield pa.table(plain, names=names)
        header = 0


def _read_batches(source: BinaryIO, columns: int) -> pa_csv.CSVStreamingReader:
    return pa_csv.open_csv(
        source,
        read_options=pa_csv.ReadOptions(
            column_names=[str(place) for place in range(columns)],
            block_size=_BLOCK_BYTES,
        ),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            default_column_type=pa.string(),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )


def _fields(column: pa.ChunkedArray) -> pa.ChunkedArray:
    text = as_text(column)
    written = on_distinct(text, _field) if is_text(column.type) else text
    return written.fill_null("")


def _field(text: pa.Array) -> pa.Array:
    return _quote(pc.replace_substring_regex(text, _TO_GUARD, r"'\1"))


def _quote(text: pa.Array) -> pa.Array:
    doubled = pc.replace_substring(text, '"', '""')
    quoted = pc.binary_join_element_wise('"', doubled, '"', "")
    return pc.if_else(pc.match_substring_regex(text, _TO_QUOTE), quoted, text)


def _read_header(source: BinaryIO) -> list[str]:
    lines = codecs.iterdecode(source, "utf-8")
    return [re.sub(_GUARDED, r"\1", name) for name in next(csv.reader(lines))]

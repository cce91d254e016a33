"""What a file says beside its rows: when, where, by whom, and about rows that aren't in it.

Equal rows are equal bytes in every format, made from whatever hidden rows, at whatever time, on
whatever path. The controls are the same table through the libraries' own defaults.
"""

from __future__ import annotations

import io
import re
import time
import zipfile
from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from gateway.outputs.formats import FORMATS, output_format

HIDDEN = "hidden-person-4471"
ROWS = 500
SHOWN = {
    "age": [f"{20 + number % 5}" for number in range(ROWS)],
    "wage": list(range(ROWS)),
    "day": [date(2024, 1, 1 + number % 28) for number in range(ROWS)],
}
each_format = pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))


def shown_of(hidden_rows):
    """Return the released rows as a part of a table that has more, with a dictionary and notes."""
    more = {
        "age": [HIDDEN] * hidden_rows,
        "wage": [10**9 + number for number in range(hidden_rows)],
        "day": [date(1931, 4, 7)] * hidden_rows,
    }
    whole = pa.table({name: [*more[name], *values] for name, values in SHOWN.items()})
    coded = whole.set_column(0, "age", whole["age"].combine_chunks().dictionary_encode())
    noted = coded.replace_schema_metadata({"author": HIDDEN, "path": f"/home/{HIDDEN}/cases.csv"})
    return noted.slice(hidden_rows)


def written(form, table):
    out = io.BytesIO()
    form.write([table], out, title="cases")
    return out.getvalue()


def opened(content):
    """Return all that a file holds: a workbook is packed."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return b"\n".join(packed.read(name) for name in packed.namelist())


@each_format
def test_equal_rows_are_equal_bytes_whatever_rows_were_hidden(form):
    first = written(form, shown_of(0))
    time.sleep(1.1 if form.name == "xlsx" else 0)  # the clock of a workbook counts seconds
    assert written(form, shown_of(3)) == written(form, shown_of(900)) == first
    assert HIDDEN.encode() not in opened(first)


def plain_parquet(table):
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def test_control_a_plain_parquet_file_tells_of_hidden_rows_and_of_its_author():
    first = plain_parquet(shown_of(0))
    assert plain_parquet(shown_of(3)) != first
    assert HIDDEN.encode() in first


def plain_workbook(table):
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for place, name in enumerate(table.column_names):
            sheet.write_column(0, place, [str(value) for value in table[name].to_pylist()])
    return out.getvalue()


def test_control_a_plain_workbook_tells_when_it_was_made():
    first = plain_workbook(shown_of(0))
    time.sleep(1.1)
    assert plain_workbook(shown_of(0)) != first
    made = re.search(rb"<dcterms:created[^>]*>(\d{4})", opened(first))
    assert int(made[1]) >= 2025


def statistics_of(content):
    """Yield smallest and largest value of each column of each row group, as the footer has it."""
    footer = pq.ParquetFile(io.BytesIO(content)).metadata
    for group in range(footer.num_row_groups):
        for column in range(footer.num_columns):
            found = footer.row_group(group).column(column).statistics
            if found is not None and found.has_min_max:
                yield column, found.min, found.max


def test_a_parquet_footer_speaks_of_released_rows_alone():
    content = written(output_format("parquet"), shown_of(900))
    found = list(statistics_of(content))
    assert found  # there are some to look at
    for column, smallest, largest in found:
        values = list(SHOWN.values())[column]
        assert min(values) <= smallest <= largest <= max(values)
    footer = pq.ParquetFile(io.BytesIO(content)).metadata
    assert footer.num_rows == ROWS
    assert set(footer.metadata or {}) <= {b"ARROW:schema"}


def test_control_the_footer_of_a_file_with_hidden_rows_tells_of_them():
    whole = pa.table({"wage": [*SHOWN["wage"], 10**9]})
    assert 10**9 in {largest for _, _, largest in statistics_of(plain_parquet(whole))}


def test_a_workbook_names_no_author_and_no_day_of_ours():
    packed = written(output_format("xlsx"), shown_of(5))
    for about in (b"creator", b"lastModifiedBy"):
        found = re.search(rb"<(?:dc|cp):" + about + rb">([^<]*)<", opened(packed))
        assert found is None or not found[1]
    days = re.findall(rb"<dcterms:(?:created|modified)[^>]*>([^<]*)<", opened(packed))
    assert set(days) <= {b"2000-01-01T00:00:00Z"}
    with zipfile.ZipFile(io.BytesIO(packed)) as book:
        assert {entry.date_time[:3] for entry in book.infolist()} == {(1980, 1, 1)}

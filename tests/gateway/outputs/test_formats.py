import io
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from gateway.errors import OutputError
from gateway.outputs.cells import as_text_table
from gateway.outputs.formats import FORMATS, output_format

TEXTS = ["plain", 'a "quoted" word', "a,b", "two\nlines", "cr\rhere", "", " b ", None, "ñ", "null"]
COUNT = len(TEXTS)
AMOUNTS = ["0", "5.00", "-0.50", "0.07", "1234567.89", None, "100", "99999999999999999.25"]
DAYS = [date(1800, 1, 1), date(1900, 2, 28), date(1900, 3, 1), None, date(9999, 12, 31)]
MOMENT = datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC)


def filled(values, kind):
    return pa.array([*values, *[None] * (COUNT - len(values))], type=kind)


TABLE = pa.table(
    {
        "text": TEXTS,
        "large": pa.array(TEXTS, type=pa.large_string()),
        "coded": pa.array(TEXTS).dictionary_encode(),
        "integer": filled([0, 1, -1, 10**15, -(10**18), None, 999_999_999_999_999], pa.int64()),
        "decimal": filled(
            [Decimal(text) if text else None for text in AMOUNTS], pa.decimal128(20, 2)
        ),
        "day": filled(DAYS, pa.date32()),
        "truth": filled([True, False, None, True], pa.bool_()),
        "moment": filled([MOMENT], pa.timestamp("us", "UTC")),
        "nothing": pa.nulls(COUNT),
    }
)
each_format = pytest.mark.parametrize("form", FORMATS.values(), ids=list(FORMATS))


def written(form, table, title="Cases"):
    out = io.BytesIO()
    form.write([table], out, title=title)
    assert not out.closed
    return out.getvalue()


def read(form, content):
    return pa.concat_tables(form.read_back(io.BytesIO(content)))


@each_format
def test_what_was_written_reads_back_in_its_text_form(form):
    back = read(form, written(form, TABLE))
    assert back.to_pydict() == as_text_table(TABLE).to_pydict()


@each_format
def test_null_and_an_empty_text_stay_apart(form):
    table = pa.table({"only": [None, "", None, "x", None]})
    assert read(form, written(form, table)).equals(table)


@each_format
def test_equal_tables_are_equal_bytes_however_they_are_cut(form):
    whole = pa.table({"a": [str(number) for number in range(1000)], "b": list(range(1000))})
    cut = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 600), whole.slice(601)])
    first = written(form, whole)
    time.sleep(1.1 if form.name == "xlsx" else 0)  # the clock of a workbook counts seconds
    assert written(form, cut) == first


@each_format
def test_no_trace_is_left_of_what_is_not_in_the_rows(form):
    coded = pa.DictionaryArray.from_arrays(pa.array([0, 0]), pa.array(["kept", "Ana Maria"]))
    table = pa.table({"name": coded}).replace_schema_metadata({"source": "Ana Maria"})
    sliced = pa.table({"name": ["Ana Maria", "kept", "kept"]}).slice(1)
    assert written(form, table) == written(form, sliced)
    assert b"Ana Maria" not in written(form, table)


@each_format
def test_a_table_without_rows_can_be_written(form):
    assert read(form, written(form, TABLE.slice(0, 0))).num_rows == 0


@pytest.mark.parametrize("name", ["csv", "parquet", "xlsx"])
def test_a_table_without_rows_keeps_its_columns(name):
    form = output_format(name)
    assert read(form, written(form, TABLE.slice(0, 0))).column_names == TABLE.column_names


@each_format
def test_many_rows_read_back(form):
    table = pa.table({"a": [f"value {number % 7}" for number in range(70_000)]})
    assert read(form, written(form, table)).combine_chunks().equals(table)


@each_format
@pytest.mark.parametrize("column", [pa.array([1.5]), pa.array([[1]]), pa.array([b"x"])])
def test_a_column_without_a_text_form_is_refused_by_name(form, column):
    with pytest.raises(OutputError, match="column wages has type"):
        written(form, pa.table({"wages": column}))


@each_format
def test_columns_need_names_of_their_own(form):
    with pytest.raises(OutputError, match="its own name"):
        written(form, pa.table([["a"], ["b"]], names=["same", "same"]))
    with pytest.raises(OutputError, match="its own name"):
        written(form, pa.table({}))


def test_formats_are_found_by_name_and_an_unknown_one_lists_them():
    assert [output_format(name).suffix for name in FORMATS] == [
        ".csv",
        ".parquet",
        ".jsonl",
        ".xlsx",
    ]
    with pytest.raises(OutputError, match="csv, parquet, jsonl, xlsx"):
        output_format("pdf")

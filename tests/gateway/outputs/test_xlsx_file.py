import io
from datetime import date

import openpyxl
import pyarrow as pa
import pytest

from gateway.errors import OutputError, TooManyRowsError
from gateway.outputs import xlsx_file


def opened(table, title="Cases"):
    out = io.BytesIO()
    xlsx_file.write([table], out, title=title)
    return openpyxl.load_workbook(io.BytesIO(out.getvalue())).active


def test_numbers_dates_and_truth_are_what_a_spreadsheet_calls_them():
    day = pa.array([date(2024, 2, 29)])
    sheet = opened(pa.table({"n": [-5], "d": day, "b": [True], "t": ["5"]}))
    assert [cell.value for cell in sheet[1]] == ["n", "d", "b", "t"]
    assert sheet["B2"].is_date
    assert sheet["B2"].value.date() == date(2024, 2, 29)
    assert [sheet[place].value for place in ("A2", "C2", "D2")] == [-5, True, "5"]


def test_a_number_that_would_be_rounded_is_written_as_text():
    sheet = opened(pa.table({"n": [1234567890123456, 123456789012345]}))
    assert [sheet["A2"].value, sheet["A3"].value] == ["1234567890123456", 123456789012345]


def test_one_row_more_than_a_worksheet_holds_is_refused():
    table = pa.table({"a": pa.repeat("x", xlsx_file.MAX_ROWS + 1)})
    with pytest.raises(TooManyRowsError, match="csv or parquet"):
        xlsx_file.write([table], io.BytesIO(), title="")


def test_one_column_more_than_a_worksheet_holds_is_refused():
    table = pa.table({f"c{number}": ["x"] for number in range(16_385)})
    with pytest.raises(OutputError, match="16384 columns"):
        xlsx_file.write([table], io.BytesIO(), title="")


def test_a_text_longer_than_a_cell_is_refused_not_cut():
    assert len(opened(pa.table({"a": ["x" * 32_767]}))["A2"].value) == 32_767
    for text in ("x" * 32_768, "\U0001f600" * 16_384):
        with pytest.raises(OutputError, match="32767 characters"):
            opened(pa.table({"a": [text]}))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Cases", "Cases"),
        ("a/b:[c]*?\\", "a b  c"),
        ("'quoted'", "quoted"),
        ("x" * 40, "x" * 31),
        ("", "Data"),
        ("[]", "Data"),
    ],
)
def test_any_title_becomes_a_worksheet_name(title, name):
    assert opened(pa.table({"a": ["x"]}), title).title == name


def test_control_characters_and_their_escapes_stay_apart():
    texts = ["\x00", "_x0000_", "\r", "_x000D_", "\r\n", "\ufffe", "_x005F_", "\t"]
    out = io.BytesIO()
    xlsx_file.write([pa.table({"a": texts})], out, title="")
    (back,) = xlsx_file.read_back(io.BytesIO(out.getvalue()))
    assert back["a"].to_pylist() == texts


def test_columns_beyond_z_are_read_from_their_places():
    table = pa.table({f"c{number}": [None if number % 3 else "x"] for number in range(800)})
    out = io.BytesIO()
    xlsx_file.write([table], out, title="")
    (back,) = xlsx_file.read_back(io.BytesIO(out.getvalue()))
    assert back.to_pydict() == table.to_pydict()


def test_a_sheet_of_numbers_alone_is_read():
    out = io.BytesIO()
    xlsx_file.write([pa.table({"1": [1, None]})], out, title="")
    (back,) = xlsx_file.read_back(io.BytesIO(out.getvalue()))
    assert back.to_pydict() == {"1": ["1", None]}

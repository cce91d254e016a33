"""Readers: every format gives the same cells, with the row numbers a spreadsheet shows."""

import codecs
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.lake.readers import open_source, read_header, stated_layout
from gateway.lake.sources import SourceError

COLUMNS = ("id", "town")


def read(path, columns=COLUMNS, delimiter=""):
    """Return the rows by number, the unreadable ones, and what the file was."""
    source = open_source(path, columns, stated_layout(delimiter))
    rows, unreadable = {}, {}
    for batch in source.batches():
        unreadable.update(batch.unreadable)
        for number, cells in zip(batch.rows.tolist(), batch.cells.to_pylist(), strict=True):
            rows[number] = tuple(cells.values())
    return rows, unreadable, source.facts


def refusal(path, **kwargs):
    with pytest.raises(SourceError) as caught:
        read(path, **kwargs)
    return caught.value.reason.rule, dict(caught.value.reason.params)


@pytest.fixture
def file(tmp_path):
    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_detected_and_said(file, delimiter):
    text = "id,town\n1,Reno\n2,Ely\n".replace(",", delimiter)
    rows, _, facts = read(file(text))
    assert rows == {2: ("1", "Reno"), 3: ("2", "Ely")}
    assert facts.delimiter == delimiter
    assert facts.format == ("tsv" if delimiter == "\t" else "csv")


def test_a_delimiter_that_stands_in_every_value_is_not_taken_for_one(file):
    rows, _, facts = read(file("id;town\n1;Reno, Nevada, US\n2;Ely, Nevada, US\n"))
    assert rows[2] == ("1", "Reno, Nevada, US")
    assert facts.delimiter == ";"


def test_a_given_delimiter_wins(file):
    assert read(file("id#town\n1#Reno\n"), delimiter="#")[0] == {2: ("1", "Reno")}
    assert refusal(file("id,town\n"), delimiter="ab")[0] == "delimiter-length"


@pytest.mark.parametrize(
    ("encode", "said"),
    [
        (lambda text: text.encode(), "utf-8"),
        (lambda text: codecs.BOM_UTF8 + text.encode(), "utf-8-bom"),
        (lambda text: codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "utf-16"),
        (lambda text: codecs.BOM_UTF16_BE + text.encode("utf-16-be"), "utf-16"),
        (lambda text: text.encode("utf-16-le"), "utf-16"),
        (lambda text: text.encode("cp1252"), "cp1252"),
    ],
)
def test_the_encoding_is_detected_and_said(file, encode, said):
    rows, _, facts = read(file(encode("id,town\n1,Cañon City\n2,Zürich\n")))
    assert rows == {2: ("1", "Cañon City"), 3: ("2", "Zürich")}
    assert facts.encoding == said


def test_bytes_that_the_western_code_page_leaves_undefined_are_latin_1(file):
    rows, _, facts = read(file(b"id,town\n1,Ca\xf1on\x81\n"))
    assert rows == {2: ("1", "Cañon\x81")}
    assert facts.encoding == "latin-1"


def test_one_foreign_byte_far_into_the_file_changes_the_encoding_of_all_of_it(file):
    lines = b"id,town\n" + b"1,Reno\n" * 300_000 + b"2,Ca\xf1on\n"
    source = open_source(file(lines), COLUMNS)
    assert source.facts.encoding == "cp1252"
    last = [batch.cells.to_pylist()[-1] for batch in source.batches() if batch.cells.num_rows]
    assert last[-1] == {"id": "2", "town": "Cañon"}


def test_ragged_rows_are_unreadable_and_leave_the_other_row_numbers_right(file):
    rows, unreadable, _ = read(file("id,town\n1,Reno\nalone\n2,Ely\na,b,c\n3,Elko\n"))
    assert rows == {2: ("1", "Reno"), 4: ("2", "Ely"), 6: ("3", "Elko")}
    assert unreadable == {3: "ragged-row", 5: "ragged-row"}


def test_row_numbers_are_right_over_many_blocks(file, monkeypatch):
    monkeypatch.setattr("gateway.lake.limits.MAX_ROW_BYTES", 64)
    lines = [f"{n},town {n}" if n % 7 else "ragged" for n in range(2, 400)]
    rows, unreadable, _ = read(file("\n".join(["id,town", *lines])))
    assert rows == {n: (str(n), f"town {n}") for n in range(2, 400) if n % 7}
    assert set(unreadable) == {n for n in range(2, 400) if n % 7 == 0}


def test_blank_lines_are_no_records_but_count_as_rows(file):
    rows, unreadable, _ = read(file("id,town\n\n1,Reno\n,\n2,Ely\n\n\n"))
    assert rows == {3: ("1", "Reno"), 5: ("2", "Ely")}
    assert unreadable == {}


def test_quoted_newlines_and_delimiters_stay_in_their_cell(file):
    rows, _, _ = read(file('id,town\r\n1,"Reno,\nNevada ""NV"""\r\n2,Ely\r\n'))
    assert rows == {2: ("1", 'Reno,\nNevada "NV"'), 3: ("2", "Ely")}


def test_an_unclosed_quote_refuses_the_file_instead_of_swallowing_rows(file):
    path = file('id,town\n1,"Reno\n2,Ely\n3,Elko\n')
    assert refusal(path) == ("unclosed-quote", {"file": "data.csv"})


def test_nul_bytes_reach_the_cells(file):
    assert read(file("id,town\n1,Re\0no\n"))[0] == {2: ("1", "Re\0no")}


@pytest.mark.parametrize("content", ["", "\n\n", codecs.BOM_UTF8])
def test_an_empty_file_is_refused(file, content):
    assert refusal(file(content))[0] == "empty-file"


def test_a_header_without_rows_gives_no_rows(file):
    assert read(file("id,town"))[0] == {}
    assert read(file("id,town\n"))[0] == {}


def test_a_missing_column_is_refused_with_the_nearest_name(file):
    expected = ("missing-column", {"file": "data.csv", "column": "town", "nearest": "towns"})
    assert refusal(file("id,towns\n1,Reno\n")) == expected


def test_a_doubled_column_is_refused(file):
    expected = ("duplicate-column", {"file": "data.csv", "column": "id"})
    assert refusal(file("id,id,town\n1,2,Reno\n")) == expected


def test_undeclared_columns_are_ignored_and_said(file):
    rows, _, facts = read(file("extra,town,id,note\nx,Reno,1,y\n"))
    assert rows == {2: ("1", "Reno")}
    assert facts.ignored_columns == ("extra", "note")


def test_a_missing_file_and_a_workbook_are_refused(file, tmp_path):
    assert refusal(tmp_path / "absent.csv")[0] == "unreadable-file"
    assert refusal(file(b"PK\x03\x04rest", "book.xlsx"))[0] == "damaged-workbook"


def test_jsonl_reads_flat_objects_and_names_the_lines_that_are_not(file):
    lines = [
        json.dumps({"id": 1, "town": "Reno"}),
        "",
        "[1, 2]",
        "{broken",
        json.dumps({"id": 12.50, "town": None}),
        json.dumps({"id": {"nested": 1}, "town": "x"}),
        json.dumps({"town": True}),
    ]
    rows, unreadable, facts = read(file("\n".join(lines), "data.jsonl"))
    assert rows == {1: ("1", "Reno"), 5: ("12.5", None), 7: (None, "true")}
    assert unreadable == {3: "not-an-object", 4: "not-an-object", 6: "nested-value"}
    assert facts.format == "jsonl"


def test_jsonl_keeps_every_digit_of_a_number(file):
    path = file('{"id": 12345678901234567890.10, "town": "x"}\n', "data.jsonl")
    assert read(path)[0] == {1: ("12345678901234567890.10", "x")}


def test_jsonl_without_a_declared_column_is_refused(file):
    rule, params = refusal(file('{"id": 1, "twon": "x"}\n', "data.jsonl"))
    assert (rule, params["nearest"]) == ("missing-column", "twon")
    assert refusal(file("\n \n", "data.jsonl"))[0] == "empty-file"


def test_parquet_of_any_plain_type_is_read_as_text(tmp_path):
    path = tmp_path / "data.parquet"
    table = pa.table(
        {
            "id": pa.array([1, None], pa.int32()),
            "town": pa.array(["Reno", "Ely"]).dictionary_encode(),
            "at": pa.array([datetime(2024, 3, 5, 22, 30, tzinfo=UTC)] * 2),
            "paid": pa.array([Decimal("12.50"), Decimal("0.10")]),
            "new": pa.array([True, False]),
            "extra": pa.array([[1], [2]]),
        }
    )
    pq.write_table(table, path)
    rows, _, facts = read(path, ("id", "town", "at", "paid", "new"))
    assert rows[1] == ("1", "Reno", "2024-03-05 22:30:00.000000Z", "12.50", "true")
    assert rows[2][0] is None
    assert facts.ignored_columns == ("extra",)
    assert refusal(path, columns=("id", "extra"))[0] == "unsupported-type"


def test_a_damaged_parquet_file_is_refused(file, tmp_path):
    pq.write_table(pa.table({"id": ["1"], "town": ["Reno"]}), tmp_path / "whole.parquet")
    whole = (tmp_path / "whole.parquet").read_bytes()
    assert refusal(file(whole[:-20], "cut.parquet"))[0] == "unreadable-file"
    middle = whole[:8] + bytes(40) + whole[48:]
    assert refusal(file(middle, "holed.parquet"))[0] == "unreadable-file"


def test_the_header_is_read_with_the_layout_as_found(file):
    header = read_header(file("id;town;\n1;Reno;\n"))
    assert (header.names, header.row) == (("id", "town", ""), 1)
    assert (header.layout.delimiter, header.layout.header_row) == (";", 1)
    assert read_header(file('{"id": 1}', "a.jsonl")).names == ("id",)


class Sealed:
    """A file that lies nowhere as it is."""

    name, suffix = "sent.parquet", ".parquet"

    def __init__(self, content):
        self.content = content

    def open(self, mode):
        assert mode == "rb"
        return io.BytesIO(self.content)


def test_a_file_that_is_no_path_reaches_its_decoder(tmp_path):
    pq.write_table(pa.table({"id": ["1"], "town": ["Reno"]}), tmp_path / "data.parquet")
    sealed = Sealed((tmp_path / "data.parquet").read_bytes())
    assert read(sealed)[0] == {1: ("1", "Reno")}
    assert read_header(sealed).names == ("id", "town")


def test_half_of_a_character_refuses_its_row_and_a_header_with_one_its_file(file):
    lines = ['{"id": "1", "town": "a"}', '{"id": "2", "town": "\\ud800"}', '{"id": "3"}']
    rows, unreadable, _ = read(file("\n".join(lines), "data.jsonl"))
    assert [*rows] == [1, 3]
    assert [*unreadable.values()] == ["half-character"]
    whole = refusal(file('{"id": "1", "town": "a", "\\ud800": "b"}\n', "data.jsonl"))
    assert whole[0] == "half-character-in-header"

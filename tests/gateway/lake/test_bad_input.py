"""Files as they come: each mistake is mended and said, or refused with what to do."""

import gzip
import io
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from gateway.lake.readers import FOUND, read_header, stated_layout
from gateway.messages import render
from policies.reasons import Reason
from tests.gateway.lake.reading import read, refusal

COLUMNS = ("id", "town")


@pytest.fixture
def file(tmp_path):
    def write(content, name="data.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def workbook():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for number in range(1, 400):
            sheet.write_row(number, 0, (number, f"Reno {number}"))
    return out.getvalue()


def zipped(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(name, content)
    return out.getvalue()


def changed(part, old, new):
    """Return the workbook with one of its parts changed."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as source,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book,
    ):
        for name in source.namelist():
            content = source.read(name)
            book.writestr(name, content.replace(old, new, 1) if part in name else content)
    return out.getvalue()


def parquet():
    out = io.BytesIO()
    pq.write_table(pa.table({"id": ["1"] * 1000}), out)
    return out.getvalue()


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)
BLANKS = b" " * (156 << 20)
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "bbb"><!ENTITY c "&b;&b;">]><sst '


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("a.xls", OLD, "old-workbook"),
        ("a.xlsx", OLD + "EncryptedPackage".encode("utf-16-le"), "password-protected"),
        ("a.xls", "<html><table><tr><td>id</td></tr></table></html>", "web-page"),
        ("a.csv.gz", gzip.compress(b"id,town\n", mtime=0), "compressed-file"),
        ("a.pdf", "%PDF-1.7", "not-a-table"),
        ("a.xlsx", "id,town\n1,Reno\n", "not-what-it-is-called"),
        ("a.xlsx", workbook()[:-3000], "damaged-workbook"),
        ("a.ods", zipped(**{"content.xml": "<a/>"}), "open-document"),
        ("a.numbers", zipped(**{"Index/Document.iwa": "a"}), "numbers-document"),
        ("a.xlsb", zipped(**{"xl/workbook.bin": "a"}), "binary-workbook"),
        ("a.zip", zipped(**{"inner.zip": zipped(a="b")}), "not-a-workbook"),
        ("a.parquet", parquet()[:-20], "unreadable-file"),
        ("a.csv", 'id,town\n1,"Reno\n2,Ely\n', "unclosed-quote"),
        ("a.csv", "\ufeff \n\n", "empty-file"),
        ("a.csv", ",".join(map(str, range(1_000_000))), "too-many-columns"),
        ("a.csv", b"id,town\n" + b"a" * (100 << 20), "row-too-long"),
        ("a.csv", "id,town,id\n1,Reno,2\n", "duplicate-column"),
    ],
)
def test_what_can_t_be_read_is_refused_with_what_to_do(file, name, content, rule):
    found, told = refusal(file(content, name))
    assert found == rule
    for language in ("en", "es"):
        assert len(render(Reason(found, told), language)) > 40


@pytest.mark.parametrize(
    "content",
    [
        changed("sharedStrings", b"<sst ", BLANKS + b"<sst "),
        changed("sharedStrings", b"<sst ", ENTITIES),
        changed("sharedStrings", b"<sst ", b" " * (1 << 20) + ENTITIES),
    ],
    ids=["unpacks", "entities", "entities far down"],
)
def test_a_workbook_made_to_do_harm_is_refused(file, content):
    assert refusal(file(workbook(), "good.xlsx"))[0] == ""  # the control
    assert len(content) < 500_000
    assert refusal(file(content, "bad.xlsx"))[0] == "unpacks-to-too-much"


@pytest.mark.parametrize("cells", [b"<c><v>1</v></c>" * 1_000_000, b"<c><v>1</v></c>" * 16_384])
def test_a_workbook_of_a_million_columns_is_refused(file, cells):
    row = b'<row r="1" spans="1:2">'
    path = file(changed("sheet1", row, row + cells), "wide.xlsx")
    assert refusal(path)[0] in {"too-much-memory", "too-many-columns"}


@pytest.mark.parametrize("reference", [b'r="ZZZZZZ2"', b'r="XFD1048576"'])
def test_a_cell_far_away_takes_no_memory_of_the_gateway(file, reference):
    path = file(changed("sheet1", b'r="A2"', reference), "far.xlsx")
    assert refusal(path)[0] in {"too-much-memory", "damaged-workbook", "too-many-columns"}


@pytest.mark.parametrize(
    "text",
    [
        "id,town\r1,Reno\r2,Ely\r",
        "\ufeffid;town\r\n1;Reno\r\n2;Ely\r\n",
        '"id"\t"town"\n"1"\t"Reno"\n2\tEly',
        "town,x,id\nReno,,1\nEly,,2\n",
        ",id,town\n,1,Reno\n,2,Ely\n",
    ],
)
def test_text_of_any_shape_gives_the_same_rows(file, text):
    assert read(file(text), COLUMNS)[0] == {2: ("1", "Reno"), 3: ("2", "Ely")}


def test_quotes_inside_a_field_stay(file):
    assert read(file('id,town\n1,Re "the" no\n'), COLUMNS)[0] == {2: ("1", 'Re "the" no')}


def test_a_workbook_called_csv_is_read_as_what_it_is(file):
    assert read(file(workbook()), COLUMNS)[0][2] == ("1", "Reno 1")


def test_a_delimiter_that_is_said_wrongly_is_refused_with_the_right_one(file):
    path = file("id;town\n1;Reno\n")
    expected = ("wrong-delimiter", {"file": "data.csv", "delimiter": ",", "other": "semicolon"})
    assert refusal(path, layout=stated_layout(",")) == expected
    assert refusal(path, (), stated_layout(",")) == expected


TITLED = """Cases, 2024;;
Ministerio;;

id;town;age
1;Reno;20
Subtotal;;20
id;town;age
2;Ely;30
Total;;50
Fuente: registros propios;;
"""


def test_titles_sums_repeated_headers_and_notes_are_left_out_and_counted(file):
    path = file(TITLED)
    rows, out, _ = read(path, COLUMNS)
    assert rows == {5: ("1", "Reno"), 8: ("2", "Ely")}
    assert out == {
        6: "totals-row",
        7: "repeated-header",
        9: "totals-row",
        10: "note-row",
    }
    header = read_header(path)
    assert (header.names, header.row) == (("id", "town", "age"), 4)


def test_ragged_rows_below_titles_have_their_own_numbers(file):
    rows, out, _ = read(file("Title\n\nid,town\n1,Reno\nalone\n2,Ely\n"), COLUMNS)
    assert rows == {4: ("1", "Reno"), 6: ("2", "Ely")}
    assert out == {5: "ragged-row"}


def test_a_record_that_is_called_total_stays(file):
    rows, out, _ = read(file("id,town,place\nTotal,Reno,Washoe\n2,Ely,\n"), COLUMNS)
    assert (len(rows), out) == (2, {})


def test_other_words_for_sums_can_be_said(file):
    layout = FOUND.model_copy(update={"totals": ("Résumé",)})
    path = file("id,town,age\n1,Reno,2\nrésumé,,2\n")
    assert read(path, COLUMNS)[1] == {}
    assert read(path, COLUMNS, layout)[1] == {3: "totals-row"}


def test_the_header_s_row_can_be_said(file):
    path = file("a,b\nid,town\n1,Reno\n")
    assert read_header(path).names == ("a", "b")
    assert read_header(path, stated_layout(header_row=2)).names == ("id", "town")
    assert refusal(path, layout=stated_layout(header_row=9))[0] == "no-such-header-row"

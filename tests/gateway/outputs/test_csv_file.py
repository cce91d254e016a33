import csv
import io

import pyarrow as pa

from gateway.outputs import csv_file


def written(table):
    out = io.BytesIO()
    csv_file.write([table], out, title="")
    return out.getvalue()


def test_only_what_needs_quotes_has_them():
    table = pa.table({"text": ["a", 'b"c', "d,e", "", None], "number": [1, -2, None, 4, 5]})
    assert written(table) == b'text,number\na,1\n"b""c",-2\n"d,e",\n"",4\n,5\n'


def test_the_header_is_quoted_and_guarded_like_a_cell():
    assert written(pa.table({"=a,b": ["x"]})) == b'"\'=a,b"\nx\n'


def test_one_apostrophe_is_put_on_and_one_is_taken_off():
    texts = ["=1", "'=1", "''=1", "'a", "''", "'", "-1", "a=1"]
    guarded = ["'=1", "''=1", "'''=1", "'a", "''", "'", "'-1", "a=1"]
    content = written(pa.table({"a": texts}))
    assert [row[0] for row in csv.reader(io.StringIO(content.decode()))] == ["a", *guarded]
    assert pa.concat_tables(csv_file.read_back(io.BytesIO(content)))["a"].to_pylist() == texts


def test_letters_are_utf_8_without_a_mark():
    assert written(pa.table({"país": ["España"]})) == "país\nEspaña\n".encode()

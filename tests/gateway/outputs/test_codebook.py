import io

import pyarrow as pa

from gateway.outputs import csv_file
from gateway.outputs.codebook import CodebookRow, write_codebook

ROW = CodebookRow(
    column="age",
    label="Age",
    meaning="In years, at first contact",
    type="text",
    protection="quasi-identifier",
    released_as="coarsened",
    level="5-years",
    values="0-4, ...",
    missing="",
)


def test_a_codebook_has_one_line_for_each_column_in_the_contracts_order():
    out = io.BytesIO()
    write_codebook([ROW], out)
    assert out.getvalue().splitlines() == [
        b"column,label,meaning,type,protection,released_as,level,values,missing",
        b'age,Age,"In years, at first contact",text,quasi-identifier,coarsened,5-years,"0-4, ...",',
    ]


def test_a_codebook_reads_back():
    out = io.BytesIO()
    write_codebook([ROW, ROW], out)
    table = pa.concat_tables(csv_file.read_back(io.BytesIO(out.getvalue())))
    assert table.num_rows == 2
    assert table["missing"].to_pylist() == [None, None]

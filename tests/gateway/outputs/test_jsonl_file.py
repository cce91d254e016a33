import io
import json
from decimal import Decimal

import pyarrow as pa

from gateway.outputs import jsonl_file
from gateway.sealed import SealedReader, SealedWriter


def test_a_line_is_an_object_with_null_and_numbers_as_such():
    table = pa.table(
        {
            'na"me': ["ñ\n", None],
            "wage": pa.array([Decimal("5.50"), None], type=pa.decimal128(9, 2)),
            "open": [True, None],
        }
    )
    out = io.BytesIO()
    jsonl_file.write([table], out, title="")
    lines = out.getvalue().decode().splitlines()
    assert lines[0] == '{"na\\"me": "ñ\\n", "wage": 5.5, "open": true}'
    assert json.loads(lines[1]) == {'na"me': None, "wage": None, "open": None}


def test_a_sealed_file_is_read_back_and_stays_open(tmp_path):
    table = pa.table({"a": [f"value {number}" for number in range(20_000)]})
    with SealedWriter(tmp_path / "content", bytes(32)) as out:
        jsonl_file.write([table], out, title="")
    with SealedReader(tmp_path / "content", bytes(32)) as source:
        assert pa.concat_tables(jsonl_file.read_back(source)).equals(table)
        assert not source.closed

"""Files made to do harm: small ones that unpack to more than a machine holds, endless rows.

Each bomb is small here, with limits to match; its control shows that without the limit it does
unpack beyond it.
"""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.errors import IngestError
from gateway.lake import limits, parquet_files
from gateway.lake.parquet_decoding import DONE, OUT_OF_MEMORY
from gateway.lake.readers import open_source
from gateway.lake.sources import SourceError
from gateway.messages import render

MIB = 1 << 20


def read(path, columns=("id",)):
    """Read a whole file; return its rows and the bytes of their text."""
    batches = [batch.cells for batch in open_source(path, columns).batches()]
    return sum(batch.num_rows for batch in batches), sum(batch.nbytes for batch in batches)


def take_until_refused(path):
    """Read until the file is refused; return what came before, and the rule."""
    taken = []
    try:
        for batch in open_source(path, ("id",)).batches():
            taken.append(batch.cells)  # noqa: PERF401 - what came before the error counts
    except SourceError as error:
        return taken, error.reason.rule
    raise AssertionError("nobody refused it")


def refusal(path, columns=("id",)):
    with pytest.raises(SourceError) as caught:
        read(path, columns)
    for language in ("en", "es"):
        assert path.name in render(caught.value.reason, language)
    return caught.value.reason.rule


def decode(path, memory):
    """Run the decoder by itself; return its status."""
    command = [sys.executable, parquet_files._DECODER, str(memory), "60", "decode", path, "id"]
    done = subprocess.run(command, check=False, capture_output=True)
    return done.returncode


@pytest.fixture
def many_rows(tmp_path):
    """Three million rows in a few kilobytes: one value, and how often it comes."""
    path = tmp_path / "rows.parquet"
    one = pa.array(["x"]).dictionary_encode()
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * MIB, pa.int32()), one.dictionary)
    schema = pa.schema([("id", rows.type)])
    with pq.ParquetWriter(path, schema, compression="zstd", store_schema=False) as writer:
        for _ in range(3):
            writer.write_table(pa.table([rows], schema=schema), row_group_size=MIB)
    return path


@pytest.fixture
def long_values(tmp_path):
    """Twenty thousand times one value of 20 kB: 400 megabytes from a few hundred bytes."""
    path = tmp_path / "long.parquet"
    value = pa.array(["x" * 20_000])
    rows = pa.DictionaryArray.from_arrays(pa.array([0] * 20_000, pa.int32()), value)
    pq.write_table(pa.table({"id": rows}), path, compression="zstd", store_schema=False)
    return path


@pytest.fixture
def one_page(tmp_path):
    """A single page that unpacks to 300 megabytes."""
    path = tmp_path / "page.parquet"
    table = pa.table({"id": ["x" * (300 * MIB)]})
    plain = {"use_dictionary": False, "write_statistics": False}
    pq.write_table(table, path, compression="brotli", **plain)
    return path


def test_a_file_that_says_it_holds_too_many_rows_is_refused_before_decoding(many_rows, monkeypatch):
    assert many_rows.stat().st_size < 20_000
    assert read(many_rows)[0] == 3 * MIB  # the control
    monkeypatch.setattr(limits, "MAX_CELLS", MIB)
    with pytest.raises(SourceError) as caught:
        open_source(many_rows, ("id",))
    assert caught.value.reason.rule == "too-many-values"
    assert refusal(many_rows) == "too-many-values"


def test_a_footer_that_lies_about_its_rows_is_caught_while_they_come(many_rows, monkeypatch):
    monkeypatch.setattr(limits, "MAX_CELLS", MIB)
    told = {"columns": ["id"], "nested": [], "rows": 7}
    monkeypatch.setattr(parquet_files, "_described", lambda _path: told)
    taken, rule = take_until_refused(many_rows)
    assert rule == "too-many-values"
    assert sum(batch.num_rows for batch in taken) <= MIB


def test_a_few_rows_of_endless_text_are_caught_while_they_come(long_values, monkeypatch):
    footer = pq.read_metadata(long_values).row_group(0).column(0)
    assert footer.total_uncompressed_size < MIB  # the footer knows nothing of it
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", 200 * MIB)
    assert refusal(long_values) == "too-much-text"


def test_what_comes_out_is_handed_over_in_parts(long_values, monkeypatch):
    monkeypatch.setattr(limits, "MAX_TEXT_BYTES", 300 * MIB)
    taken, _ = take_until_refused(long_values)
    assert len(taken) >= 4
    assert max(batch.nbytes for batch in taken) <= 65 * MIB


def test_a_page_that_unpacks_beyond_the_memory_ends_the_decoder_alone(
    one_page, many_rows, monkeypatch
):
    assert one_page.stat().st_size < 20_000
    assert decode(one_page, 3 << 30) == DONE  # the control: it does unpack
    assert decode(many_rows, 500 * MIB) == DONE  # and a usual page fits
    assert decode(one_page, 500 * MIB) == OUT_OF_MEMORY
    monkeypatch.setattr(limits, "DECODING_MEMORY_BYTES", 500 * MIB)
    assert refusal(one_page) == "too-much-memory"


def test_decoding_beyond_its_time_is_refused(many_rows, monkeypatch):
    monkeypatch.setattr(limits, "DECODING_CPU_SECONDS", 0)
    assert refusal(many_rows) == "too-much-memory"


def test_the_decoder_is_given_nothing_of_the_gateway_s_surroundings(monkeypatch, tmp_path):
    monkeypatch.setenv("WEIR_MASTER_KEY_FILE", "/planted")
    script = tmp_path / "script.py"
    script.write_text("import json, os, sys; json.dump(dict(os.environ), sys.stdout)")
    monkeypatch.setattr(parquet_files, "_DECODER", script)
    assert "WEIR_MASTER_KEY_FILE" not in parquet_files._described(tmp_path)


def test_a_parquet_file_of_too_many_columns_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_COLUMNS", 20)
    path = tmp_path / "wide.parquet"
    pq.write_table(pa.table({f"c{n}": [1] for n in range(21)}), path)
    assert refusal(path, ("c1",)) == "too-many-columns"


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl"])
def test_too_many_columns_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(limits, "MAX_COLUMNS", 20)
    path, columns = tmp_path / name, [f"c{n}" for n in range(21)]
    if name.endswith("csv"):
        path.write_text(",".join(columns) + "\n")
    else:
        path.write_text("".join(json.dumps({column: 1}) + "\n" for column in columns))
    assert refusal(path, ("c1",)) == "too-many-columns"


def test_a_first_line_without_end_is_refused(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("id" + "x" * 70_000)
    assert refusal(path) == "too-many-columns"


@pytest.mark.parametrize("name", ["data.csv", "data.jsonl"])
def test_a_row_without_end_is_refused_and_says_what_to_look_for(tmp_path, monkeypatch, name):
    monkeypatch.setattr(limits, "MAX_ROW_BYTES", 4 * MIB)
    path = tmp_path / name
    start, end = ("id,town\n1,", "\n") if name.endswith("csv") else ('{"id": 1, "town": "', '"}\n')
    path.write_text(start + "x" * (2 * MIB) + end)
    assert read(path, ("id", "town"))[0] == 1  # the control: shorter ones are read
    path.write_text(start + "x" * (9 * MIB) + end)
    assert refusal(path, ("id", "town")) == "row-too-long"


def test_rows_that_all_miss_the_header_end_the_reading(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "MAX_RAGGED_ROWS", 100)
    path = tmp_path / "data.csv"
    path.write_text("id,town\n" + "a;b\n" * 100)
    assert read(path, ("id", "town"))[0] == 0  # the control
    path.write_text("id,town\n" + "a;b\n" * 101)
    assert refusal(path, ("id", "town")) == "too-many-ragged-rows"


@pytest.mark.parametrize(
    ("depth", "kind"),
    [
        (limits.MAX_NESTING - 1, None),
        (limits.MAX_NESTING, "nested-value"),
        (500_000, "nested-value"),
    ],
)
def test_a_line_nests_within_reason(tmp_path, depth, kind):
    path = tmp_path / "data.jsonl"
    ignored = "[" * depth + "]" * depth
    path.write_text(f'{{"id": "[[[", "ignored": {ignored}}}\n{{"id": "2"}}\n')
    unreadable = [row for batch in open_source(path, ("id",)).batches() for row in batch.unreadable]
    assert unreadable == ([(1, kind)] if kind else [])


def test_brackets_in_a_text_are_no_nesting(tmp_path):
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"id": '"[{' * 100}) + "\n")
    assert read(path)[0] == 1


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_row_with_a_cell_that_is_too_long_is_left_out_in_every_format(
    load, cases, tmp_path, suffix, monkeypatch
):
    monkeypatch.setattr(limits, "MAX_CELL_BYTES", 1000)
    values = dict.fromkeys(cases.columns, "")
    lines = [
        {**values, "case_id": "c1", "person_id": "p1", "narrative": "x" * 1000},
        {**values, "case_id": "c2", "person_id": "p2", "narrative": "planted" + "x" * 1000},
    ]
    path = tmp_path / f"cases.{suffix}"
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pylist(lines), path)
    elif suffix == "jsonl":
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        text = [",".join(values), *(",".join(line.values()) for line in lines)]
        path.write_text("\n".join(text) + "\n")
    report = load.files(cases, [path])
    assert report.accepted == 1
    assert [(p.kind, p.column, p.count) for p in report.refused] == [
        ("cell-too-long", "narrative", 1)
    ]
    assert "planted" not in json.dumps(report.as_dict())


def test_a_bomb_loads_nothing_and_says_so(load, cases, many_rows, monkeypatch):
    monkeypatch.setattr(limits, "MAX_CELLS", MIB)
    odd = cases.model_copy(update={"columns": {"id": cases.columns["state"]}})
    with pytest.raises(IngestError) as caught:
        load.files(odd, [many_rows])
    assert "unpacks to more than" in "\n".join(caught.value.lines())

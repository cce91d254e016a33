"""A table that was made of an answer is verified by the answer beside it, value for value."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.audit import verifier
from gateway.audit.canonical import canonical_json
from gateway.audit.verifier import verify_release
from gateway.client.answer_files import as_csv
from gateway.client.answers import read_tables
from gateway.client.questions import Query
from tests.gateway.audit.conftest import write_release


def entry(value, low=None, high=None):
    interval = None if low is None else [low, high]
    return {"value": value, "interval": interval, "confidence": 0.95}


def bins(*values):
    return [{"form": f"{10 * n}-{10 * n + 9}", **entry(v, v - 1, v + 1)} for n, v in
            enumerate(values)]  # fmt: skip


KEYS = ["kind", "day"]
COUNT, SUM, AGES = "count_people", "sum:debt", "histogram:age:10-years"
ROWS = [
    {"keys": {"kind": "Labour", "day": "2024"}, COUNT: entry(812, 797, 827),
     SUM: entry(-0.5, -100.25, 99.25)},
    {"keys": {"kind": "=Other", "day": "null"}, COUNT: entry(-3, -18, 12), SUM: entry(1e21)},
    {"keys": {"kind": 'a "b", c\n', "day": "'-x"}, COUNT: entry(None), SUM: entry(12.34, 12, 13)},
]  # fmt: skip


def measured(rows):
    """Return a query whose answer these rows are."""
    first = rows[0]
    spelt = {COUNT: COUNT, SUM: {"sum": "debt"}, AGES: {"histogram": {"column": "age",
             "level": "10-years"}}}  # fmt: skip
    measures = [spelt[name] for name in first if name != "keys"]
    return Query(measures=measures, group_by=[*first["keys"]])


@pytest.fixture
def kept(tmp_path, log):
    """Write an answer and its table; return the table and the key."""

    def write(rows, name="d.csv"):
        content = canonical_json({"rows": rows, "notes": [], "guarantee": {"epsilon": 0.5}})
        files = write_release(tmp_path, log, name=f"{name}.json", content=content)
        files.codebook.unlink()
        (table,) = read_tables(content, [measured(rows)])
        file = tmp_path / name
        file.write_bytes(as_csv(table.table()))
        return file, files.vkey

    return write


HISTOGRAMS = [
    {"keys": {"kind": "Labour"}, AGES: bins(4, 0)},
    {"keys": {"kind": "null"}, AGES: bins(-2, 3)},
]
BOTH = [row | {COUNT: entry(4, 1, 7)} for row in HISTOGRAMS]


@pytest.mark.parametrize("rows", [ROWS, ROWS[:1], HISTOGRAMS, BOTH])
def test_a_table_is_verified_by_its_answer(kept, rows):
    file, vkey = kept(rows)
    verdict = verify_release(file, vkey)
    assert (verdict.outcome, verdict.file) == ("verified", str(file)), verdict
    assert verdict.message == "verified; its values are those of d.csv.json"
    assert verify_release(file).outcome == "signer-unknown"


def test_a_table_without_rows_has_its_columns_and_is_verified(tmp_path, log):
    content = canonical_json({"rows": [], "notes": [], "guarantee": {"epsilon": 0.5}})
    files = write_release(tmp_path, log, name="d.csv.json", content=content)
    files.codebook.unlink()
    (table,) = read_tables(content, [Query(measures=("count_people",), group_by=("kind",))])
    file = tmp_path / "d.csv"
    file.write_bytes(as_csv(table.table()))
    assert file.read_text() == "kind,count_people,count_people_low,count_people_high\n"
    assert verify_release(file, files.vkey).outcome == "verified"
    file.write_text(file.read_text() + "Labour,7,1,9\n")
    assert verify_release(file, files.vkey).outcome == "broken"


def test_what_is_missing_is_named(tmp_path):
    (tmp_path / "folder").mkdir()
    for name, missing in (("nothing.csv", "nothing.csv"), ("folder", "answers.json")):
        verdict = verify_release(tmp_path / name)
        assert f"there is no {missing}.manifest.json" in verdict.message
        assert "Errno" not in str(verdict)
        assert "beside it" in str(verdict)


def changes(text):
    lines = text.splitlines(keepends=True)
    yield text.replace("812", "813")
    yield text.replace("812", "812.01")
    yield text.replace("812", "8_12")
    yield text.replace("812", " 812")
    yield text.replace("812", "812 people")
    yield text.replace("812", "")
    yield text.replace("797", "798")
    yield text.replace("Labour", "Sexual")
    yield text.replace("count_people,", "people,")
    yield text.replace("count_people_low", "count_people_high")
    yield "".join([lines[0], *lines[2:]])
    yield "".join([*lines, lines[1]])
    yield "".join([lines[0], lines[2], lines[1], *lines[3:]])
    yield "".join(line.replace("\n", ",1\n", 1) for line in lines)
    yield text + "\n"
    yield text.replace(",", ";")
    yield text.replace('"', "")
    yield ""
    yield "\ufeff" + text


def test_a_changed_table_is_not(kept):
    file, vkey = kept(ROWS)
    told = file.read_text(encoding="utf-8")
    for changed in changes(told):
        assert changed != told
        file.write_text(changed, encoding="utf-8")
        verdict = verify_release(file, vkey)
        assert (verdict.outcome, verdict.broken_link) == ("broken", "table"), changed
        assert "make it again from d.csv.json" in verdict.remedy
    file.write_bytes(b"\xff" + told.encode())
    assert verify_release(file, vkey).broken_link == "table"
    file.unlink()
    assert verify_release(file, vkey).broken_link == "table"


FIGURES = st.integers(-(2**53) + 1, 2**53 - 1) | st.integers(-(10**9), 10**9).map(
    lambda cents: cents / 100
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(value=FIGURES, other=FIGURES)
def test_any_other_number_is_noticed(kept, value, other):
    file, vkey = kept([{"keys": {"kind": "x"}, COUNT: entry(other)}], "n.csv")
    changed = file.read_bytes()
    file, vkey = kept([{"keys": {"kind": "x"}, COUNT: entry(value)}], "n.csv")
    assert verify_release(file, vkey).outcome == "verified"
    file.write_bytes(changed)
    assert (verify_release(file, vkey).outcome == "verified") == (value == other)


def test_a_changed_answer_is_named(kept):
    file, vkey = kept(ROWS)
    answer = file.with_name("d.csv.json")
    answer.write_bytes(answer.read_bytes().replace(b"812", b"813"))
    file.write_text(file.read_text(encoding="utf-8").replace("812", "813"), encoding="utf-8")
    assert verify_release(file, vkey).broken_link == "file"
    file.with_name("d.csv.json.manifest.json").unlink()
    verdict = verify_release(file, vkey)
    assert verdict.broken_link == "manifest"
    assert "d.csv.json.manifest.json" in verdict.message


def test_a_batch_is_no_table(tmp_path, log):
    for document in ({"queries": [{"rows": []}]}, [1], {"rows": [{"keys": 3}]}, {"rows": 7}):
        write_release(tmp_path, log, name="b.csv.json", content=canonical_json(document))
        file = tmp_path / "b.csv"
        file.write_text("a\n1\n")
        verdict = verify_release(file, str(log.signer.vkey))
        assert verdict.broken_link == "table"


def test_a_file_with_a_manifest_of_its_own_is_verified_by_that(release):
    release.file.with_name("cases.csv.json").write_text("{}")
    assert verify_release(release.file, release.vkey).message == "verified"


def test_the_verifier_alone_verifies_a_table(kept, tmp_path):
    file, vkey = kept(ROWS)
    alone = tmp_path / "elsewhere" / "verifier.py"
    alone.parent.mkdir()
    shutil.copy(Path(verifier.__file__), alone)
    command = [sys.executable, "-I", str(alone), str(file), "--vkey", vkey]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=alone.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert "its values are those of d.csv.json" in done.stdout

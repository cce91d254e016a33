"""`weir verify` of a report that somebody tampered with; and what its page calls things."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.publishing.naming import Names


@pytest.fixture
def copied(made, tmp_path):
    """A report of one's own, as it was got from somebody, and the key known by another way."""
    shutil.copytree(made.folder, tmp_path / "out")
    return tmp_path / "out", made.vkey


def verify(path, vkey=None):
    key = ["--vkey", str(vkey)] if vkey else []
    done = CliRunner().invoke(app, ["verify", str(path), *key])
    return done.exit_code, " ".join((done.stdout + done.stderr).split())


def test_a_folder_verifies_with_all_its_tables(copied):
    folder, vkey = copied
    status, said = verify(folder, vkey)
    assert status == 0, said
    tables = len(list((folder / "tables").iterdir()))
    assert f"all tables ({tables})" in said
    for table in (folder / "tables").iterdir():
        assert verify(table, vkey)[0] == 0


def test_the_folder_verifies_offline(quarterly):
    tables = sorted((quarterly.folder / "tables").glob("*.csv"))
    for file in (quarterly.folder, quarterly.folder / "answers.json", *tables):
        done = CliRunner().invoke(app, ["verify", str(file), "--vkey", str(quarterly.vkey)])
        assert done.exit_code == 0, done.stderr
    assert len(tables) == 8
    found = CliRunner().invoke(app, ["verify", str(quarterly.folder)])
    assert "answers.json, and the values of all tables (8)" in found.stdout


def test_a_key_inside_a_report_is_never_believed(copied, monkeypatch, tmp_path):
    """Whoever forges a folder forges the key in it: only one around it, or at work, is pinned."""
    folder, vkey = copied
    (tmp_path / "work").mkdir()
    for place in (folder, folder / "tables", folder / "charts"):
        shutil.copy(vkey, place)
    for work in (tmp_path / "work", folder, folder / "tables"):
        monkeypatch.chdir(work)
        for path in (folder, first_table(folder)):
            status, said = verify(path)
            assert status == 1
            assert "signer unknown" in said
    monkeypatch.chdir(folder)
    assert verify(".")[0] == 1
    shutil.copy(vkey, tmp_path)
    assert verify(".")[0] == 0
    assert verify(first_table(folder))[0] == 0


def first_table(folder):
    return min((folder / "tables").glob("*.csv"))


def raise_a_value(table):
    head, line, rest = table.read_text().split("\n", 2)
    cells = line.split(",")
    cells[-3] = str(int(cells[-3]) + 1)
    table.write_text("\n".join([head, ",".join(cells), rest]))


def swap_two_rows(table):
    head, one, two, rest = table.read_text().split("\n", 3)
    table.write_text(f"{head}\n{two}\n{one}\n{rest}")


def drop_a_row(table):
    head, _, rest = table.read_text().split("\n", 2)
    table.write_text(f"{head}\n{rest}")


def rename_a_column(table):
    table.write_text(table.read_text().replace("count", "exact_count", 1))


def break_the_bytes(table):
    table.write_bytes(table.read_bytes() + b"\xff\n")


def empty(table):
    table.write_bytes(b"")


@pytest.mark.parametrize(
    "change",
    [raise_a_value, swap_two_rows, drop_a_row, rename_a_column, break_the_bytes, empty],
)
def test_a_changed_table_is_named(quarterly, tmp_path, change):
    folder = shutil.copytree(quarterly.folder, tmp_path / "out")
    table = folder / "tables" / "types.csv"
    change(table)
    for path in (folder, table):
        status, said = verify(path, quarterly.vkey)
        assert status == 1
        assert "types.csv" in said
        assert "table: " in said
    assert verify(folder / "tables" / "crossed.csv", quarterly.vkey)[0] == 0


def test_a_table_that_was_changed_or_swapped_is_found(quarterly, tmp_path):
    folder = Path(shutil.copytree(quarterly.folder, tmp_path / "changed"))
    types, places = (folder / "tables" / f"{name}.csv" for name in ("types", "places"))
    was = types.read_text()
    for text in (was.replace("1", "2", 1), places.read_text(), was + was.splitlines()[-1] + "\n"):
        types.write_text(text)
        for file in (folder, types):
            done = CliRunner().invoke(app, ["verify", str(file), "--vkey", str(quarterly.vkey)])
            assert done.exit_code == 1
            assert "the values of types.csv are not those of answers.json" in done.stderr
    types.write_text(was)
    types.rename(folder / "tables" / "kinds.csv")
    done = CliRunner().invoke(app, ["verify", str(folder), "--vkey", str(quarterly.vkey)])
    assert "the values of kinds.csv" in done.stderr


def test_a_table_that_is_missing_or_was_added_is_named(copied):
    folder, vkey = copied
    table = first_table(folder)
    another = shutil.copy(table, folder / "tables" / "another.csv")
    assert "another.csv" in verify(folder, vkey)[1]
    another.unlink()
    table.unlink()
    status, said = verify(folder, vkey)
    assert status == 1
    assert f"there is no table {table.stem}" in said
    shutil.rmtree(folder / "tables")
    assert verify(folder, vkey)[0] == 1


def test_a_changed_answer_breaks_the_chain_whatever_its_tables_say(copied):
    folder, vkey = copied
    answer = json.loads((folder / "answers.json").read_bytes())
    answer["queries"][0]["rows"].pop()
    (folder / "answers.json").write_text(json.dumps(answer))
    for path in (folder, first_table(folder), folder / "answers.json"):
        status, said = verify(path, vkey)
        assert status == 1
        assert "not the one that the manifest describes" in said


def test_a_page_names_people_and_no_column_of_identifiers(made):
    text = (made.folder / "index.html").read_text()
    assert "person_id" not in text
    assert "one person at most 5 records" in text or "De cada persona" in text


def test_a_median_is_called_one():
    assert Names("en", {}).measured("quantile:age:0.5") == "median of age"
    assert Names("es", {}).measured("quantile:age:0.5") == "mediana de age"
    assert Names("en", {}).measured("quantile:age:0.25") == "quantile of age: 0.25"
    assert Names("es", {}).unit("organisation") == "organización"
    assert Names("es", {}).unit("vessel") == "vessel"

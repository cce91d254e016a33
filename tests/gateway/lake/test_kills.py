"""kill -9 at every stop of a load: the lake holds all of it or nothing, and mends itself."""

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.lake.connection import Lake
from gateway.lake.vault import Vault

CHECKOUT = Path(__file__).parents[3]
LOADER = """
import os, signal, sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake import ingest as ingesting, loading
from gateway.lake.connection import Lake
from gateway.lake.records import Submission
from gateway.lake.vault import Vault
from policies.documents import parse_dataset

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

home, stop, file, document = sys.argv[1:]
target, _, name = stop.rpartition(".")
if stop == "Vault.settle":
    Vault.settle = die
elif stop:
    setattr({"ingesting": ingesting, "loading": loading}[target], name, die)
home = Home.open(Path(home))
keys = Keys.open(home)
dataset = parse_dataset(Path(document).read_text())
given = Submission("sub_2", 2, date(2026, 1, 1), ZoneInfo("UTC"), mode="replace")
lake, vault = Lake.open(home, keys, threads=1), Vault.open(home, keys)
files = ingesting.DataFiles((Path(file),))
ingesting.ingest(lake, vault, keys, dataset, files, given)
"""


@pytest.mark.parametrize(
    ("stop", "whole"),
    [
        ("ingesting._stage", False),
        ("ingesting._drop_duplicates", False),
        ("loading._ranks", False),
        ("loading._insert", False),
        ("loading._note", False),
        ("Vault.settle", True),
        ("ingesting._filled", False),
    ],
)
def test_a_killed_load_is_there_whole_or_not_at_all(  # noqa: PLR0917
    home, keys, lake, vault, load, cases, cases_text, tmp_path, stop, whole
):
    header = ",".join(cases.columns)
    rest = ",2024-03-05,30,CA,Other,told,anonymized,,,,"
    load(cases, [f"old-{n},p{n}{rest}" for n in range(50)])
    lake.close()
    vault.close()
    file, document = tmp_path / "new.csv", tmp_path / "dataset.yaml"
    file.write_text("\n".join([header, *(f"new-{n},q{n}{rest}" for n in range(70)), ""]))
    document.write_text(cases_text)
    done = subprocess.run(
        [sys.executable, "-c", LOADER, str(home.path), stop, str(file), str(document)],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -9, done.stderr.decode()

    again, store = Lake.open(home, keys, threads=1), Vault.open(home, keys)
    store.forget_submissions(again.committed_submissions())
    assert again.count("hotline-cases") == ((70, 70) if whole else (50, 50))
    assert ("sub_2" in again.committed_submissions()) is whole
    with again.cursor() as cursor:
        people = cursor.execute("SELECT DISTINCT weir_person FROM lake.hotline_cases").fetchall()
    names = {store.value_of("person", person) for (person,) in people}
    assert names == {f"{'q' if whole else 'p'}{n}" for n in range(len(people))}
    new = store._connection.execute(
        "SELECT count(*) FROM vault.identifiers WHERE value LIKE 'q%' OR value LIKE 'new%'"
    ).fetchone()
    assert new == ((140,) if whole else (0,))
    again.close()
    store.close()

"""kill -9 while an officer's word changes people: all of them follow, or nothing was said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gateway.lake.connection import Lake
from gateway.lake.tables import LINKS, STATEMENTS

CHECKOUT = Path(__file__).parents[3]
LINKER = """
import os, signal, sys
from pathlib import Path
import pyarrow as pa
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake import relinking
from gateway.lake.agreeing import EVIDENCE
from gateway.lake.connection import Lake
from gateway.lake.links import Run, append_evidence

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

home, stop, left, right = sys.argv[1:]
if stop != "end":
    setattr(relinking, stop, die)
home = Home.open(Path(home))
keys = Keys.open(home)
lake = Lake.open(home, keys, threads=1)
row = [bytes.fromhex(left), bytes.fromhex(right), "", "", "deterministic", 1.0, ["name"]]
found = pa.Table.from_pylist([dict(zip(EVIDENCE.names, row, strict=True))], schema=EVIDENCE)
run = Run("lrn_1", "2026-01-01T00:00:00Z", "person", "hotline-cases")
links = relinking.Relinking(lake, keys, "person", ("hotline-cases",))
links.change("links", lambda cursor: append_evidence(cursor, keys, run, found))
die()
"""


@pytest.mark.parametrize(
    ("stop", "whole"),
    [("apply_links", False), ("note_change", False), ("end", True)],
)
def test_a_killed_link_is_there_whole_or_not_at_all(  # noqa: PLR0917
    home, keys, lake, load, cases, rows, stop, whole
):
    rest = "2024-03-05,30,CA,Other,told,anonymized,,,,"
    load(cases, [f"c{n},p{n % 2},{rest}" for n in range(6)])
    left, right = (
        one.hex()
        for (one,) in rows("SELECT DISTINCT weir_identity FROM lake.hotline_cases ORDER BY ALL")
    )
    lake.close()
    done = subprocess.run(
        [sys.executable, "-c", LINKER, str(home.path), stop, left, right],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
    )
    assert done.returncode == -9, done.stderr.decode()
    again = Lake.open(home, keys, threads=1)
    with again.cursor() as cursor:
        read = lambda query: cursor.execute(query).fetchall()  # noqa: E731
        assert read(f"SELECT count(*) FROM {LINKS}") == [(int(whole),)]
        people = [(1, 6)] if whole else [(2, 3)]
        query = "SELECT count(DISTINCT weir_person), max(weir_rank) FROM lake.hotline_cases"
        assert read(query) == people
        assert read(f"SELECT count(DISTINCT weir_person) FROM {STATEMENTS}") == [(people[0][0],)]
    again.close()

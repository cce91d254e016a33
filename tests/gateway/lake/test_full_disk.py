"""A disk that fills during a load: a clear error, and nothing lost."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[3]
SCRIPT = """
import shutil, sys
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo
from gateway.errors import StorageFullError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.vault import Vault
from policies.documents import parse_dataset

folder, big, small = (Path(path) for path in sys.argv[1:])
home = Home.create(folder / "home", name="T", origin="t.example", timezone="UTC")
keys = Keys.create(home)
rows = parse_dataset({
    "dataset": "rows", "privacy_unit": "row", "consent": "assumed", "consent_basis": "generated",
    "columns": {"note": {"type": "string", "role": "insensitive"}},
})

def load(number, file):
    given = Submission(f"sub_{number}", number, date(2026, 1, 1), ZoneInfo("UTC"))
    return ingest(lake, vault, keys, rows, DataFiles((file,)), given)

lake, vault = Lake.open(home, keys, threads=1), Vault.create(home, keys)
load(1, small)
free = shutil.disk_usage(folder).free
(folder / "ballast").write_bytes(bytes(free - 400_000))
try:
    load(2, big)
except StorageFullError as error:
    print("FULL", error)
print("READ", lake.count("rows"))
lake.close(); vault.close()
(folder / "ballast").unlink()
lake, vault = Lake.open(home, keys, threads=1), Vault.open(home, keys)
print("KEPT", lake.count("rows"))
print("MORE", load(3, big).accepted)
"""


def test_a_full_disk_is_an_error_that_helps_and_nothing_is_lost(tmp_path):
    folder = tmp_path / "small-disk"
    folder.mkdir()
    small, big = tmp_path / "small.csv", tmp_path / "big.csv"
    small.write_text("note\nkept\n")
    big.write_text("note\n" + "".join(f"{os.urandom(40).hex()}\n" for _ in range(60_000)))
    mounted = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    mount = f"mount -t tmpfs -o size=48m none {folder}"
    if subprocess.run([*mounted, mount], check=False, capture_output=True).returncode:
        pytest.skip("this machine lets no test mount a small disk")
    (tmp_path / "script.py").write_text(SCRIPT)
    command = f"{mount} && {sys.executable} {tmp_path}/script.py {folder} {big} {small}"
    done = subprocess.run(
        [*mounted, command],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=False,
        capture_output=True,
        text=True,
    )
    said = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert done.returncode == 0, done.stderr
    assert "make room" in said["FULL"]
    assert said["READ"] == said["KEPT"] == "(1, 1)"
    assert said["MORE"] == "60000"

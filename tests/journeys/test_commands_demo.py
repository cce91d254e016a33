"""`weir demo`: it reads well, ends in order, and its receipt stands without Weir."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.journeys.consoles import Console
from tests.test_documents import unknown_in

ROOT = Path(__file__).parents[2]
CASES = "--cases 1000 --port 0"
OFFICER = "olivia-officer"
STAYS = "stays up at "


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """A demo with a home that is kept, from its first line to Ctrl-C."""
    console = Console(tmp_path_factory.mktemp("demo"))
    console.start(f"weir demo --home kept {CASES}")
    console.wait_for(STAYS)
    stopped = console.stop()
    yield console, stopped
    console.close()


@pytest.fixture(scope="module")
def told(demo):
    return demo[1].output


def test_the_demo_tells_nine_steps_and_ends_with_ctrl_c(demo, told):
    assert demo[1].status == 0, told
    assert re.findall(r"^\[(\d)/9\]", told, re.MULTILINE) == [str(step) for step in range(1, 10)]
    assert told.rstrip().endswith("The demo ends.")


def test_the_demo_shows_what_the_officer_sees_and_what_leaves(told):
    assert f"{OFFICER} looks at what harbor-network would get" in told
    assert told.count("stored  (in the vault)") == told.count("leaves  (token)") == 2
    assert "That she looked is logged." in told
    assert re.search(r"extract\.csv: verified", told)
    assert re.search(r"1 release +the last: rel_", told)
    assert f"--officer {OFFICER}" in told


def test_every_command_that_the_demo_shows_is_one(told):
    shown = re.findall(r"^ +(?:\$ )?weir (.+)$", told, re.MULTILINE)
    assert len(shown) > 14
    assert [command for command in shown if unknown_in(shlex.split(command))] == []


def test_the_commands_that_the_demo_suggests_work(demo):
    console = demo[0]
    listed = console.type("weir release list --home kept")
    assert re.search(r"^rel_\w+ .* harbor-network ", listed.output, re.MULTILINE)
    assert console.type("weir verify kept.files/extract.csv").status == 0


def test_a_demo_is_never_made_over_an_earlier_one(demo):
    again = demo[0].type(f"weir demo --home kept --once {CASES}")
    assert again.status == 1
    assert "is from an earlier demo" in again.output


@pytest.mark.usefixtures("thorough")
def test_a_demo_for_once_leaves_nothing(tmp_path):
    (tmp_path / "temporary").mkdir()
    console = Console(tmp_path, TMPDIR=str(tmp_path / "temporary"))
    done = console.type(f"weir demo --once {CASES}")
    assert done.status == 0, done.output
    assert "[9/9]" in done.output
    assert "stays up" not in done.output
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A Python of its own that has `cryptography`, and the verifier's one file."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    (packages,) = (folder / "venv").glob("lib/python3*/site-packages")
    for name in ("cryptography", "cffi", "_cffi_backend"):
        place = Path(find_spec(name).origin)
        place = place.parent if place.name == "__init__.py" else place
        (packages / place.name).symlink_to(place)
    shutil.copy2(ROOT / "gateway" / "audit" / "verifier.py", folder / "verifier.py")

    def run(*words):
        command = [folder / "venv" / "bin" / "python", "-I", *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("name", ["gateway", "policies", "anonymizers", "pydantic", "duckdb"])
def test_the_bare_python_has_nothing_of_ours(bare, name):
    assert "ModuleNotFoundError" in bare("-c", f"import {name}").stderr
    assert bare("-c", "import cryptography").returncode == 0


def test_the_verifier_alone_verifies_the_demo_s_extract(demo, bare):
    files = demo[0].folder / "kept.files"
    verified = bare(
        "verifier.py", files / "extract.csv", "--vkey", files / "harbor-network.pem.vkey"
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "verified" in verified.stdout


def test_the_verifier_alone_refuses_a_changed_extract_and_an_unknown_signer(demo, bare, tmp_path):
    files = demo[0].folder / "kept.files"
    for path in files.glob("extract.csv*"):
        shutil.copy2(path, tmp_path)
    key = files / "harbor-network.pem.vkey"
    assert bare("verifier.py", tmp_path / "extract.csv").returncode == 1
    extract = tmp_path / "extract.csv"
    extract.write_bytes(extract.read_bytes().replace(b"person_", b"persom_", 1))
    assert bare("verifier.py", extract, "--vkey", key).returncode == 1

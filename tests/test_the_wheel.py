"""The wheel is whole: what an installed Weir reads is inside, and the demo runs from it alone."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("anonymizers", "policies", "gateway")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(build, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return next(folder.glob("*.whl"))


def data_files() -> set[str]:
    """Return what the packages hold besides their code."""
    return {
        str(path.relative_to(ROOT))
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix not in {".py", ".pyc"}
    }


def test_every_data_file_is_in_the_wheel(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert data_files() <= inside
    for folder in ("policies/examples/hotline", "anonymizers/ladders/data", "gateway/messages"):
        assert any(name.startswith(folder) for name in data_files()), folder
    assert "gateway/store/migrations/versions/first_tables.py" in inside


def test_maps_are_in_the_wheel_or_why_they_are_not(wheel):
    inside = set(zipfile.ZipFile(wheel).namelist())
    maps = {"gateway/static/us-states.json", "gateway/static/countries.json"}
    assert maps <= inside or "gateway/static/maps-missing.txt" in inside


def test_nothing_else_is_in_the_wheel(wheel):
    tops = {name.partition("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)


@pytest.mark.usefixtures("thorough")
def test_the_demo_runs_from_the_wheel(wheel, tmp_path):
    installed = tmp_path / "site-packages"
    zipfile.ZipFile(wheel).extractall(installed)
    folders = [str(installed), sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    program = (
        "import gateway, sys; from gateway.cli.main import app; "
        "print(gateway.__file__, file=sys.stderr); app()"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, "demo", "--once", "--cases", "2000", "--port", "0"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(folders), "NO_COLOR": "1"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert str(installed) in done.stderr
    assert "extract.csv: verified" in done.stdout

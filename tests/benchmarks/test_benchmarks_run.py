"""The benchmarks still run; what they measure is for people to read and fails nothing here."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
SCRIPTS = sorted(file.stem.removeprefix("bench_") for file in FOLDER.glob("bench_*.py"))


def run(*arguments):
    return subprocess.run(
        [sys.executable, FOLDER / "run.py", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("name", SCRIPTS)
def test_the_benchmark_prints_its_figures_in_one_table(name):
    done = run(name, "--quick")
    assert done.returncode == 0, done.stderr
    header, line, *figures = done.stdout.splitlines()
    assert header == "| what | measured | target | ratio to peer |"
    assert line == "|---|---|---|---|"
    assert figures
    assert all(figure.count("|") == header.count("|") for figure in figures)


def test_an_unknown_benchmark_is_named_with_those_there_are():
    done = run("nothing")
    assert done.returncode == 2
    assert ", ".join(SCRIPTS) in done.stderr

"""Help teaches: every command says what it does, with an example that would run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from gateway.cli.main import app

ROOT = Path(__file__).parents[3]
HEAVY = [
    "duckdb",
    "ibis",
    "pyarrow",
    "pandas",
    "numpy",
    "dbos",
    "sqlmodel",
    "sqlalchemy",
    "fastapi",
    "pydantic",
    "httpx",
]
SILENT = {"serve", "demo"}  # they stay up, or tell a story


def commands(group=None, path=()):
    group = group or get_command(app)
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield pytest.param((*path, name), command, id=" ".join((*path, name)))


COMMANDS = [*commands()]


def options_of(command):
    return {option for parameter in command.params for option in parameter.opts}


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_every_command_has_a_sentence_and_an_example(path, command):
    told = CliRunner().invoke(app, [*path, "--help"], terminal_width=200).output
    assert re.search(r"[A-Z][^.]+[.:;]", command.help)
    assert f"weir {' '.join(path)}" in told.split("Example")[1]


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_examples_name_only_what_there_is(path, command):
    for example in re.findall(r"`(weir [^`]+)`", command.epilog):
        words = shlex.split(example)[1 + len(path) :]
        assert [word for word in words if word.startswith("--")] == [
            word for word in words if word in options_of(command)
        ]
        context = command.make_context(path[-1], words, resilient_parsing=True)
        assert context.args == []


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_every_command_that_prints_a_result_prints_json_too(path, command):
    assert ("--json" in options_of(command)) is (path[0] not in SILENT)


@pytest.mark.parametrize(("path", "command"), COMMANDS)
def test_every_argument_and_option_is_explained(path, command):
    unexplained = [
        parameter.name
        for parameter in command.params
        if parameter.name != "help" and not getattr(parameter, "help", None)
    ]
    assert unexplained == []


def test_the_first_page_names_every_command_and_the_exit_status():
    told = CliRunner().invoke(app, ["--help"], terminal_width=200).output
    for name in get_command(app).commands:
        assert re.search(rf"│ {name} ", told)
    assert "0 done, 1 refused or failed" in told
    assert "weir demo --once" in told


def test_the_version_is_said():
    assert re.fullmatch(r"weir \d+\.\d+\.\d+\n", CliRunner().invoke(app, ["--version"]).output)


def test_what_isn_t_a_command_is_a_mistake_of_usage():
    for words in (["frobnicate"], ["dataset", "load"], ["init", "--nope"], ["review", "approve"]):
        assert CliRunner().invoke(app, words).exit_code == 2


def test_help_imports_nothing_heavy():
    script = f"import sys, gateway.cli.main; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"

"""Commands run in this process, on a small home of the test's own, at noon of a fixed day."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.control import listening
from gateway.operations import perform
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, template_of

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Weir:
    """Runs commands in a folder, on the home that WEIR_HOME names."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder, self.home = folder, home

    def __call__(self, *arguments: object) -> Ran:
        """Run a command that works."""
        ran = self.run(*arguments)
        assert ran.status == 0, ran.err
        return ran

    def run(self, *arguments: object) -> Ran:
        """Run a command, however it ends."""
        result = CliRunner().invoke(app, [str(argument) for argument in arguments])
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def refused(self, *arguments: object) -> str:
        """Run a command that ends with status 1 and says why, on stderr alone."""
        ran = self.run(*arguments)
        assert ran.status == 1, ran.out
        assert ran.err.startswith("weir: ")
        assert ran.out == ""
        return ran.err

    def file(self, name: str, text: str | bytes) -> Path:
        """Write a file into the folder."""
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path


@pytest.fixture
def here(tmp_path, monkeypatch):
    """The folder in which the test stands."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def alone(here, tmp_path_factory, tmp_path, monkeypatch):
    """Commands on a home of the test's own, which each of them opens by itself."""
    home = copy_home(template_of(tmp_path_factory), tmp_path)
    monkeypatch.setenv("WEIR_HOME", str(home))
    monkeypatch.setattr("gateway.context.Clock", lambda: FixedClock(NOON))
    return Weir(here, home)


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A home that the tests of one file share, open: commands go through its socket."""
    home = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("served"))
    with serving(home) as opened:
        yield opened


@contextlib.contextmanager
def serving(home):
    """Open a home and answer commands on its socket."""
    with (
        open_world(home, FixedClock(NOON)) as opened,
        listening(opened.context, partial(perform, opened.context)),
    ):
        yield opened


@pytest.fixture
def through(alone):
    """Open a home of the test's own for commands: each goes through its socket."""
    return partial(serving, alone.home)


@pytest.fixture
def weir(here, served, monkeypatch):
    """Commands on the shared home."""
    home = served.context.home.path
    monkeypatch.setenv("WEIR_HOME", str(home))
    return Weir(here, home)

"""Operations by name: what the command line and the socket share."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from gateway.errors import NotFoundError
from gateway.operations import _OPERATIONS, perform

CLI = Path(__file__).parents[2] / "gateway" / "cli"


def silent(text, share):
    del text, share


def asked_for():
    """Return every operation that a command names."""
    for file in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "run":
                yield node.args[1].value


def test_every_operation_has_its_command_and_every_command_its_operation():
    assert {*asked_for()} == {*_OPERATIONS}


def test_an_unknown_operation_says_that_versions_differ(world):
    with pytest.raises(NotFoundError, match="same version"):
        perform(world.context, "dataset.explode", {}, silent)


def test_every_operation_leaves_a_signed_checkpoint(world):
    perform(world.context, "partner.suspend", {"partner": "harbor"}, silent)
    signed = world.context.log.current_checkpoint().splitlines()[1]
    assert int(signed) == len(world.entries())


def test_all_releases_are_listed_however_many_pages(world, monkeypatch):
    from gateway import operations

    pages = {None: (["a", "b"], "1"), "1": (["c"], None)}
    views = {name: type("View", (), {}) for name in "abc"}
    monkeypatch.setattr(operations, "asdict", lambda view: view.__name__)
    monkeypatch.setattr(
        operations,
        "list_releases",
        lambda _context, _partner, cursor, _limit: (
            [views[name] for name in pages[cursor][0]],
            pages[cursor][1],
        ),
    )
    assert len(perform(world.context, "release.list", {}, silent)) == 3

"""A home that was backed up, and a place to restore it to."""

from __future__ import annotations

import shutil
from functools import partial

import pytest

from gateway.backups import back_up
from gateway.releases import receipt_text
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, people, template_of

SILENT = partial(lambda _text, _share: None)


@pytest.fixture(scope="session")
def backed_up(tmp_path_factory):
    """A backup of a home with one release, with its key and checkpoint; what it was like."""
    folder = tmp_path_factory.mktemp("kept")
    path = copy_home(template_of(tmp_path_factory), folder)
    with open_world(path, FixedClock(NOON)) as world:
        made = world.extract("harbor")
        facts = {
            "release": made.release_id,
            "extract": made.id,
            "content": world.content("harbor", made.id),
            "receipt": receipt_text(world.context, "harbor", made.release_id),
        }
        back_up(world.context, folder / "old.backup", SILENT)
        old = (folder / "home.checkpoint").read_bytes()
        world.load(people(41, 44))
        back_up(world.context, folder / "new.backup", SILENT)
        facts["records"] = world.context.lake.count("cases")
    return folder, old, facts


@pytest.fixture
def place(backed_up, tmp_path):
    """An empty place on another machine: the key was brought there."""
    shutil.copy2(backed_up[0] / "home.key", tmp_path / "other.key")
    return tmp_path / "other"


def names_beside(place):
    return sorted(path.name for path in place.parent.iterdir())


def nothing_left(place):
    return names_beside(place) in ([f"{place.name}.key"], [])

"""An upload waits on the disk: whoever takes the disk, without the key, reads nothing of it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from gateway.submissions.deciding import take_back
from tests.sent_files import sent, shelter
from tests.small_homes import as_csv, people, person, world

__all__ = ["sent", "shelter", "world"]

PLANTED = "Mariposa Quintero Villalobos"


def holding(folder: Path, planted: str) -> list[Path]:
    """Return the files that hold a text, in one of the forms that programs write."""
    needles = {planted.encode(form) for form in ("utf-8", "utf-16-le", "utf-16-be")}
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in files if any(n in path.read_bytes() for n in needles)]


@pytest.fixture
def waiting(sent):
    """An upload under way, one that waits to be checked, and one that waits for a decision."""
    rows = as_csv([*people(41, 50), person(51, narrative=PLANTED, person_id=PLANTED)])
    under_way = sent.begin(rows.encode(), labels=json.dumps({"share_for": ["research"]}))
    return under_way, sent.receive(rows.encode())


def test_a_planted_name_is_in_no_file_while_an_upload_waits(world, waiting):
    assert len(list(world.context.home.incoming_dir.iterdir())) == len(waiting)
    assert holding(world.context.home.path, PLANTED) == []
    fresh = [path for path in Path(tempfile.gettempdir()).glob("tmp*") if path.is_file()]
    assert not [path for path in fresh if PLANTED.encode() in path.read_bytes()]


def test_nor_once_it_was_checked_or_given_up(world, sent, waiting):
    under_way, received = waiting
    assert sent.check(received).state == "accepted"
    take_back(world.context, "shelter", under_way)
    assert holding(world.context.home.path, PLANTED) == []
    assert list(world.context.home.incoming_dir.iterdir()) == []


def test_a_file_that_lay_there_in_plain_would_be_found(world, waiting):
    plain = world.context.home.incoming_dir / "plain.csv"
    plain.write_text(as_csv([person(51, narrative=PLANTED)]), encoding="utf-8")
    assert holding(world.context.home.path, PLANTED) == [plain]

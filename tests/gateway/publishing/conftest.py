"""Reports from a gateway that answers in this process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from tests.answering import DATASET, PARTNER, PURPOSE, URL, AnsweringGateway

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def gateway(monkeypatch):
    answering = AnsweringGateway()
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answering.handle)
    return answering


@pytest.fixture
def report(gateway, tmp_path, monkeypatch):
    """Run `weir report FILE ...` as a partner."""
    monkeypatch.chdir(tmp_path)
    return reporting(gateway, tmp_path)


@dataclass(frozen=True)
class Made:
    """A report that several tests read, and none changes."""

    gateway: AnsweringGateway
    folder: Path
    vkey: Path


PACK = """
pack: quarterly
title: {en: Quarterly figures, es: Cifras trimestrales}
about: {en: What we saw., es: Lo que vimos.}
epsilon: 4
tables:
  - {table: types, title: Types <b>, group_by: [exploitation]}
  - {table: places, title: Places, group_by: ["state:us-state"]}
  - {table: quarters, title: Quarters, group_by: ["reported_on:quarter"], last: 4}
  - {table: ages, title: Ages, measures: ["histogram:age:10-years", "sum:wage_debt"]}
  - {table: crossed, title: Crossed, group_by: [exploitation, industry]}
  - {table: homes, title: Homes, group_by: ["citizenship:country"]}
  - {table: all, title: All, where: ["exploitation in Other"]}
"""


@pytest.fixture(scope="session", params=["quarterly.yaml en", "hot-spots es", "typology en"])
def made(request, making) -> Made:
    """Each kind of report, made once."""
    return making(request.param)


@pytest.fixture(scope="session")
def quarterly(making) -> Made:
    """A report of every kind of table, made once."""
    return making("quarterly.yaml en")


@pytest.fixture(scope="session")
def making(tmp_path_factory):
    """Make a report, and each only once."""
    return cache(lambda what: _made(what, tmp_path_factory))


def _made(what, tmp_path_factory):
    pack, language = what.split()
    folder, gateway = tmp_path_factory.mktemp("report"), AnsweringGateway()
    (folder / "quarterly.yaml").write_text(PACK)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.HTTPTransport, "handle_request", gateway.handle)
        patch.chdir(folder)
        done = reporting(gateway, folder)(
            *(pack, "--output", "out", "--until", "2026-01-15", "--language", language)
        )
    assert done.exit_code == 0, done.stderr
    return Made(gateway, folder / "out", folder / "harbor.pem.vkey")


def reporting(gateway, folder):
    key = folder / "harbor.pem"
    key.write_bytes(gateway.pem)
    who = ["--server", URL, "--client", PARTNER, "--key", str(key)]
    what = ["--dataset", DATASET, "--purpose", PURPOSE]

    def run(file, *options):
        return CliRunner().invoke(app, ["report", file, *who, *what, *options])

    return run


UNTIL = ("--until", "2026-01-15")


class Page(HTMLParser):
    """Every tag with its attributes, and the text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


@pytest.fixture
def remake(report, tmp_path):
    """Make a report anew and return its folder."""

    def run(pack, *options):
        done = report(pack, "--output", "out", *UNTIL, *options)
        assert done.exit_code == 0, done.stderr
        return tmp_path / "out"

    return run

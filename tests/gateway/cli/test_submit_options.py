"""`weir submit`: what is wrong with a command before anything is sent."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.labels import read_label_options
from gateway.cli.main import app

NAMED = ["submit", "--server", "https://weir.example", "--client", "haven", "--key", "haven.pem"]


def test_labels_are_read_from_the_command_line():
    read = read_label_options(["share_with=ngo, government", "share_until=2027-01-31"])
    assert read == {"share_with": ["ngo", "government"], "share_until": "2027-01-31"}


@pytest.mark.parametrize(
    "wrong", [["share_with"], ["=ngo"], ["funding="], ["share_with=ngo", "share_with=public"]]
)
def test_labels_that_are_none_or_stand_twice_are_named(wrong):
    with pytest.raises(typer.BadParameter, match=r"NAME=VALUE|stands twice"):
        read_label_options(wrong)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (["--label", "share_with=ngo"], "--label"),
        (["--relabel", "--again"], "--again, --relabel"),
        (["--replace"], "--replace"),
        (["cases.csv"], "leave out files"),
    ],
)
def test_what_belongs_to_files_is_not_said_with_decisions(tmp_path, options, named):
    decisions = tmp_path / "cases.csv.decisions.yaml"
    told = CliRunner().invoke(app, [*NAMED, "--decisions", str(decisions), *options])
    assert told.exit_code == 2
    assert named in " ".join(told.output.replace("│", " ").split())

"""A contributor sees what it handed in, cancels what waits, and reads what was made of it."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.client import submissions as client_submissions
from gateway.client.errors import WeirRequestError
from tests.journeys.contributing import add_contributors, written
from tests.journeys.served_homes import load, serve
from tests.small_homes import as_csv, people, person


@pytest.fixture(scope="module")
def served(home):
    """A gateway with forty people in it, and two contributors."""
    add_contributors(home, "haven", "refuge")
    with serve(home) as served:
        load(served, 1, 40)
        yield served


def submit(served, text, name, **terms):
    file = written(served.folder, name, text)
    return served.weir("haven").submit("cases", file, wait_seconds=60, **terms)


def run(served, *command, contributor="haven"):
    named = ["--server", served.url, "--client", contributor]
    return CliRunner().invoke(app, [*command, *named, "--key", str(served.key(contributor))])


def test_everything_that_was_handed_in_is_listed_and_shown(served, monkeypatch):
    monkeypatch.setattr(client_submissions, "PAGE", 1)
    assert "begin with `weir submit`" in run(served, "submission", "list").output
    first = submit(served, as_csv(people(51, 60)), "first.csv")
    tried = submit(served, as_csv(people(61, 64)), "tried.csv", dry_run=True)
    assert [one["id"] for one in served.weir("haven").submissions()] == [tried.id, first.id]
    listed = run(served, "submission", "list").output.splitlines()
    assert tried.id in listed[0]
    assert "dry run" in listed[0]
    assert "10 records" in listed[1]
    shown = run(served, "submission", "show", first.id)
    assert "10 rows read: 10 records came in" in shown.output
    assert (
        json.loads(run(served, "submission", "show", first.id, "--json").output)["id"] == first.id
    )
    other = run(served, "submission", "show", first.id, contributor="refuge")
    assert other.exit_code == 1
    assert served.weir("refuge").submissions() == []


def test_what_waits_for_a_decision_can_be_cancelled_and_what_came_in_cannot(served):
    rows = [person(71, harm="Trabajo"), person(72, harm="Trabajo")]
    text = as_csv(rows).replace("harm", "Daño")
    waiting = submit(served, text, "waiting.csv")
    assert waiting.state == "needs_decision"
    cancelled = run(served, "submission", "cancel", waiting.id)
    assert (cancelled.exit_code, "nothing of it is kept" in cancelled.output) == (0, True)
    assert served.weir("haven").submission(waiting.id).state == "cancelled"
    accepted = submit(served, as_csv(people(81, 90)), "accepted.csv")
    with pytest.raises(WeirRequestError):
        served.weir("haven").cancel_submission(accepted.id)


def test_uses_are_told_as_upper_bounds(served):
    assert "Nothing was made" in run(served, "use", "cases").output
    submit(served, as_csv(people(101, 140)), "used.csv")
    served.pull("harbor", "used-extract.csv")
    (use,) = served.weir("haven").uses("cases")
    assert (use["kind"], use["class"]) == ("extract", "ngo")
    told = run(served, "use", "cases").output
    assert f"up to {use['records_up_to']} of your records" in told
    assert run(served, "use", "nothing").exit_code == 1

"""`weir link`: runs, what waits for officers, their acts, and what a crash leaves of them."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gateway.audit_check import check_everything
from gateway.cli.main import app
from gateway.errors import ConflictError, LinkageError, NotFoundError
from gateway.linkage import acts
from gateway.linkage.running import run_linkage
from gateway.linkage.showing import list_links, show_link
from gateway.operations import perform
from gateway.recovery import recover
from tests.attacks.linked_homes import BY_PHONE, decide, links, under


@pytest.fixture
def home(world):
    """A home in which two people came under two names each, with one phone."""
    world.load([under(1, "one"), under(2, "two")])
    world.declare(BY_PHONE)
    return world


def run(world, **terms):
    return run_linkage(world.context, "cases", lambda _t, _s: None, **{"dry_run": False, **terms})


def persons(world):
    return world.context.lake.count("cases")[1]


def test_a_run_links_who_was_there_before_linkage_was_declared(home):
    assert persons(home) == 42
    assert run(home, dry_run=True)["deterministic"] == 2
    assert (persons(home), links(home)) == (42, [])
    found = run(home)
    assert (found["deterministic"], found["likely"], found["to_review"]) == (2, 0, 0)
    assert persons(home) == 40
    assert [link["state"] for link in links(home)] == ["deterministic"] * 2
    assert list_links(home.context, "cases") == []  # nothing waits
    assert run(home)["deterministic"] == 0
    assert home.entries("review")[-1]["state"] == "linked"


def test_every_act_is_an_entry_and_a_word_in_the_lake(home):
    run(home)
    link = links(home)[0]["id"]
    assert decide(home, link, "undone") == {"id": link, "state": "apart"}
    assert persons(home) == 41
    assert decide(home, link, "confirmed") == {"id": link, "state": "confirmed"}
    assert persons(home) == 40
    said = [(one["link"], one["state"], one["officer"]) for one in home.entries("review")[1:]]
    assert said == [(link, "undone", "olivia"), (link, "confirmed", "olivia")]
    assert check_everything(home.context)["broken"] == []


def test_what_cant_be_decided_says_so(home):
    run(home)
    link = links(home)[0]["id"]
    with pytest.raises(NotFoundError, match="weir link list"):
        decide(home, "lnk_nothing", "confirmed")
    with pytest.raises(ConflictError, match="nothing to refuse"):
        decide(home, link, "refused")  # it counts: undo it
    with pytest.raises(ConflictError, match="name the officer"):
        decide(home, link, "undone", officer=" ")
    with pytest.raises(ConflictError, match="say why"):
        acts.decide_link(home.context, acts.Act(link, "undone", "olivia", " "))
    home.declare()
    with pytest.raises(LinkageError, match="how people are recognized"):
        run(home)
    with pytest.raises(NotFoundError):
        list_links(home.context, "nothing")


def test_two_told_apart_dont_become_one_by_way_of_a_third(home):
    home.load([under(1, "three")])
    run(home)
    first, second, third = (link["id"] for link in links(home) if _of_one(home, link["id"]))
    decide(home, first, "undone")
    assert persons(home) == 41  # the later of the other two doesn't count
    decide(home, second, "undone")
    decide(home, third, "undone")
    decide(home, second, "confirmed")
    with pytest.raises(ConflictError, match=f"{first} tells apart"):
        decide(home, third, "confirmed")
    assert persons(home) == 41


def _of_one(world, link):
    """Whether a pair is of the three names of the first person."""
    with world.context.lake.cursor() as cursor:
        (own,) = cursor.execute(
            "SELECT list(DISTINCT weir_identity) FROM lake.main.cases WHERE phone = "
            "(SELECT any_value(phone) FROM lake.main.cases GROUP BY phone HAVING count(*) = 3)"
        ).fetchone()
    return acts.find_link(world.context, link)["left_root"] in own


def test_a_look_at_names_is_an_entry_before_anything_is_read(home, monkeypatch):
    run(home)
    link = links(home)[0]["id"]
    shown = show_link(home.context, link, "olivia")
    names = {name for side in shown["people"] for name in side["cases"]["person_id"]}
    assert names in ({"one", "person-1"}, {"two", "person-2"})
    (entry,) = home.entries("identification")
    assert (entry["id"], entry["officer"]) == (link, "olivia")
    monkeypatch.setattr(type(home.context.vault), "opened", None)
    with pytest.raises(TypeError):
        show_link(home.context, link, "marta")
    assert len(home.entries("identification")) == 2


def test_a_list_shows_columns_that_agree_and_no_values(home):
    run(home)
    shown = list_links(home.context, "cases", "olivia", everything=True)
    assert {tuple(one["agree"]) for one in shown} == {("phone",)}
    assert "2025550001" not in json.dumps(shown)
    assert home.entries("review")[-1]["state"] == "links-listed"


def test_an_act_that_a_crash_cut_short_gets_its_entry_at_the_next_start(home, monkeypatch):
    run(home)
    link = links(home)[0]["id"]

    def die(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(acts, "enter_act", die)
        with pytest.raises(KeyboardInterrupt):
            decide(home, link, "undone")
    (broken,) = check_everything(home.context)["broken"]
    assert "differs" in broken
    recover(home.context)
    assert check_everything(home.context)["broken"] == []
    assert home.entries("review")[-1]["link"] == link
    recover(home.context)
    assert len(home.entries("review")) == 2


def test_the_commands_say_what_they_did(home, monkeypatch):
    ran = []

    def here(_home, operation, **params):
        ran.append(operation)
        return perform(home.context, operation, params, lambda _t, _s: None)

    monkeypatch.setattr("gateway.cli.links.run", here)
    said = CliRunner()

    def weir(*words):
        done = said.invoke(app, ["link", *words])
        assert done.exit_code == 0, done.output
        return done.output

    assert "2 new pairs that agree on a key would be linked" in weir("run", "cases", "--dry-run")
    assert "are linked" in weir("run", "cases")
    assert "No pair waits" in weir("list", "cases")
    listed = weir("list", "cases", "--all", "--officer", "olivia")
    link = next(word for word in listed.split() if word.startswith("lnk_"))
    assert "person-" in weir("show", link, "--officer", "olivia")
    officer = ("--officer", "olivia", "--reason", "seen both")
    assert f"{link}: two people." in weir("undo", link, *officer)
    assert f"{link}: one person." in weir("confirm", link, *officer)
    assert {"link.run", "link.list", "link.show", "link.decide"} == {*ran}

"""What officers see and do: reviews, policy drafts, releases, the audit check."""

from __future__ import annotations

import itertools
import json

import pytest
import yaml

from gateway.cli.reviewed import _print_row
from gateway.cli.running import show
from tests.small_homes import POLICY

_numbers = itertools.count(1)
DECIDE = ("--officer", "olivia", "--reason", "as agreed")


@pytest.fixture(scope="module")
def reviewed(served):
    """A policy that asks for one review."""
    served.apply(POLICY.replace("for-ngos", "reviewed") + "review: {extract: 1}\n")
    return served


@pytest.fixture
def waiting(reviewed):
    """An extract that waits for an officer."""
    name = f"w{next(_numbers)}"
    reviewed.partner(name, agreement={"policy": "reviewed"})
    return reviewed.extract(name)


def test_nothing_waits_and_nothing_has_left_at_first(alone):
    assert alone("review", "list").out == "Nothing waits for review.\n"
    assert alone("release", "list").out == "Nothing has left yet.\n"


def test_an_extract_is_approved_and_leaves(weir, waiting):
    listed = weir("review", "list").out
    assert waiting.id in listed
    assert "extract for w" in listed
    assert "0 of 1 approval" in listed
    assert "research, under agreement w" in listed
    assert "columns   person_id, reported_on, age" in listed
    assert f"Next: weir review show {waiting.id}" in weir("review", "list").out
    assert f"{waiting.id} is ready." in weir("review", "approve", waiting.id, *DECIDE).out
    releases = weir("release", "list", "--json").json
    assert releases[0]["extract_id"] == waiting.id
    assert releases[0]["id"] in weir("release", "list").out


def test_a_release_is_shown_whole(weir, waiting):
    weir("review", "approve", waiting.id, *DECIDE)
    release = weir("release", "list", "--json").json[0]["id"]
    shown = weir("release", "show", release).out
    for said in (
        "approved by      olivia (2026-07-01 12:00)",
        "k=3, 2 distinct harm, at most 0% of the people left out",
        "rows             40 rows, each one person",
        "person_id    direct_identifier  pseudonymize",
    ):
        assert said in shown
    assert weir("release", "show", release, "--json").json["manifest"]["release"] == release


def test_an_officer_sees_what_an_approval_would_release(weir, reviewed):
    name = reviewed.partner(f"w{next(_numbers)}", agreement={"policy": "reviewed"})
    where = [{"column": "age", "from": "30", "to": "44"}, {"column": "state", "in": ["CA"]}]
    waiting = reviewed.extract(name, where=where)
    look = ("review", "show", waiting.id, "--officer", "olivia")
    told = weir(*look).out
    for said in (
        "research, under agreement w",
        "only where  age from 30 to 44",
        "only where  state in CA",
        "file            csv, 40 rows, each one person",
        "0 (0.0%), to protect them; max_suppressed is 10%",
        "k=3, 2 distinct harm",
        "person_id    direct_identifier  pseudonymize",
        "ROW 3",
        "person_id    (token)",
        f"Next: weir review approve {waiting.id}",
    ):
        assert said in told
    assert "ROW 4" not in told
    assert "ROW" not in weir(*look, "--rows", 0).out
    assert len(weir(*look, "--rows", 5, "--json").json["made"]["rows"]) == 5
    weir("review", "refuse", waiting.id, *DECIDE)
    assert "doesn't wait for review" in weir.refused(*look)
    assert "see `weir review list`" in weir.refused("review", "show", "ext_absent", *look[3:])
    assert weir.run("review", "show", waiting.id).status == 2


def test_text_of_a_waiting_file_is_shown_whole_and_as_nothing_a_terminal_obeys(capsys):
    text = "[NAME] " + "called and " * 30 + "\x1b[2J\u202eend"
    row = {"narrative": text, "age": "30-34\x9b"}
    _print_row(1, row, [{"name": "narrative", "action": "redact"}])
    told = capsys.readouterr().out
    assert told.count("called") == 30
    assert max(map(len, told.splitlines())) <= 80
    assert "?[2J?end" in told
    assert not [mark for mark in told if not mark.isprintable() and mark != "\n"]
    show({"row": row}, as_json=True, render=print)
    told = capsys.readouterr().out
    assert json.loads(told) == {"row": row}
    assert not [mark for mark in told if not mark.isprintable() and mark != "\n"]


def test_officers_see_what_nobody_may_have(weir, reviewed):
    reviewed.apply(
        POLICY.replace("for-ngos", "hopeless").replace("k: 3", "k: 50").replace("k: 5}", "k: 50}")
        + "review: {extract: 1}\n"
    )
    name = reviewed.partner(f"w{next(_numbers)}", agreement={"policy": "hopeless"})
    waiting = reviewed.extract(name)
    told = " ".join(weir("review", "show", waiting.id, "--officer", "olivia").out.split())
    assert "An approval would end it as refused: No form of cases" in told
    weir("review", "refuse", waiting.id, *DECIDE)


def test_an_extract_is_refused_and_never_leaves(weir, waiting):
    assert f"{waiting.id} is refused." in weir("review", "refuse", waiting.id, *DECIDE).out
    assert waiting.id not in weir("review", "list").out
    assert "doesn't wait for review" in weir.refused("review", "approve", waiting.id, *DECIDE)


@pytest.mark.parametrize("item", ["ext_absent", "pol_absent", "nonsense"])
def test_what_doesn_t_wait_can_t_be_decided(weir, item):
    for verdict in ("approve", "refuse"):
        assert "see `weir review list`" in weir.refused("review", verdict, item, *DECIDE)
    assert "see `weir release list`" in weir.refused("release", "show", item)


def test_a_decision_needs_a_name_and_a_reason(weir):
    assert weir.run("review", "approve", "ext_1", "--officer", "olivia").status == 2
    assert weir.run("review", "approve", "ext_1", "--reason", "x").status == 2


def test_the_check_of_a_whole_home_is_quiet(weir):
    assert weir("audit", "check").out.startswith("All whole: ")
    assert weir("audit", "check", "--json").json["broken"] == []


def test_the_check_of_a_changed_home_says_what_and_ends_with_1(alone):
    import sqlite3

    with sqlite3.connect(alone.home / "store.sqlite") as store:
        store.execute("UPDATE log_leaf SET subject = 'somebody-else' WHERE \"index\" = 2")
    checked = alone.run("audit", "check")
    assert checked.status == 1
    assert "broken: entry 2 is filed as" in checked.out
    assert "restore a backup that is whole" in checked.out
    assert alone.run("audit", "check", "--json").json["broken"]


@pytest.fixture
def drafting(alone, through):
    """A home whose policies two officers must approve."""
    file = alone.home / "home.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), "policy_review": 2}))
    alone.policy = alone.file("new.yaml", POLICY.replace("k: 3", "k: 4"))
    with through():
        yield alone


def test_a_policy_becomes_active_with_its_last_approval(drafting):
    applied = drafting("policy", "apply", drafting.policy)
    assert "a draft; 2 approvals will make it active" in applied.out
    listed = drafting("review", "list", "--json").json
    assert [(one["kind"], one["policy"], one["needed"]) for one in listed] == [
        ("policy", "for-ngos", 2)
    ]
    draft = listed[0]["id"]
    assert f"weir review approve {draft}" in applied.out
    seen = drafting("review", "show", draft, "--officer", "olivia").out
    assert "policy for-ngos; 0 of 2 approvals" in seen
    assert "      k: 4" in seen
    assert "warning: " in seen
    assert "is waiting for more approvals." in drafting("review", "approve", draft, *DECIDE).out
    assert "another one must" in drafting.refused("review", "approve", draft, *DECIDE)
    done = drafting("review", "approve", draft, "--officer", "omar", "--reason", "fine")
    assert f"{draft} is active." in done.out
    assert "active already" in drafting("policy", "apply", drafting.policy).out
    assert drafting("audit", "check", "--json").json["broken"] == []


def test_a_refused_draft_is_dropped_and_the_active_version_stays(drafting):
    draft = drafting("policy", "apply", drafting.policy, "--json").json["review"]
    assert "is refused" in drafting("review", "refuse", draft, *DECIDE).out
    assert drafting("review", "list", "--json").json == []
    assert drafting("dataset", "show", "cases", "--json").json["policies"] == ["for-ngos"]

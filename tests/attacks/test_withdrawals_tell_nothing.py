"""A contributor withdraws people whom it knows, whom others know, and whom nobody knows.

It must not learn from an answer, from what it may read later, or from its own downloads, whether
anybody else knows the person.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlmodel import select

from gateway import withdrawal_effects
from gateway.store.engine import reading
from gateway.store.tables import Extract
from gateway.withdrawals import finish_withdrawals, list_own, withdraw
from tests.http_fixtures import URL, Gateway
from tests.small_homes import people, person

OWN, SHARED, THEIRS, NOBODYS = "person-51", "person-52", "person-1", "person-9999"
SAME = ("content-type", "content-language", "cache-control", "vary", "location")


@pytest.fixture
def asking(world):
    """A contributor over HTTP that gave two people; the operator knows one of them too."""
    gateway = Gateway(replace(world.context, public_url=URL))
    agreements = [
        {"agreement": "eve-gives", "submits": True},
        {"agreement": "eve-2026", "policy": "for-ngos", "purposes": ["research"]},
    ]
    shared = {"dataset": "cases", "starts": "2026-01-01", "ends": "2026-12-31"}
    eve = gateway.add_partner("eve", agreements=[{**one, **shared} for one in agreements])
    world.load(people(51, 52), contributor="eve")
    world.load([person(90, person_id=SHARED)])
    eve.world = world
    return eve


def ask(asking, value):
    body = {"dataset": "cases", "person": {"domain": "person", "value": value}}
    return asking.post("/v1/withdrawals", body)


def shape(answer):
    """What an answer looks like, ids and times aside; they are random and of one length."""
    document = answer.json()
    assert document.pop("id").startswith("wdr_")
    document.pop("requested_at")
    document.pop("links")
    headers = {name: answer.headers.get(name) for name in SAME if name != "location"}
    return answer.status_code, len(answer.content), json.dumps(document), tuple(headers.items())


def followed(asking, monkeypatch, value):
    """Return how many releases are looked at while the answer is waited for."""
    looked = []
    stands = withdrawal_effects.still_stands
    monkeypatch.setattr(
        withdrawal_effects, "still_stands", lambda *told: looked.append(1) or stands(*told)
    )
    ask(asking, value)
    return len(looked)


def test_no_work_that_others_knowing_them_makes_is_done_before_the_answer(asking, monkeypatch):
    """Releases that hold the person are judged anew, which takes time: after the answer."""
    asking.world.extract("harbor")
    assert followed(asking, monkeypatch, THEIRS) == 0
    finish_withdrawals(asking.world.context)


def test_control_what_follows_at_once_shows(asking, monkeypatch):
    from gateway.routes import withdrawals as route

    monkeypatch.setattr(
        route, "withdraw", lambda *told, follow_now: withdraw(*told, follow_now=not follow_now)
    )
    asking.world.extract("harbor")
    assert followed(asking, monkeypatch, NOBODYS) == 0
    assert followed(asking, monkeypatch, THEIRS) > 0


def entries_of(asking):
    return [entry["type"] for entry in asking.world.entries()]


def test_an_answer_is_the_same_whether_or_not_others_know_the_person(asking):
    shapes, logged = {}, {}
    for value in (OWN, SHARED, THEIRS, NOBODYS):
        before = len(entries_of(asking))
        shapes[value] = shape(ask(asking, value))
        logged[value] = entries_of(asking)[before:]
    assert shapes[OWN] == shapes[SHARED]
    assert shapes[THEIRS] == shapes[NOBODYS]
    assert {tuple(kinds) for kinds in logged.values()} == {("withdrawal",)}


def test_what_is_read_later_is_the_same_too(asking):
    for value in (OWN, SHARED):
        ask(asking, value)
    views, _ = list_own(asking.world.context, "eve", None, 10)
    assert len({(view.state, view.records, view.kind) for view in views}) == 1
    for view in views:
        told = asking.get(f"/v1/withdrawals/{view.id}").json()
        assert not {"decision", "releases", "officer"} & told.keys()


def withdrawn_in_its_own_file(asking, value):
    """Pull as the contributor, withdraw somebody, and say what became of the file."""
    made = asking.world.extract("eve")
    assert made.state == "ready"
    ask(asking, value)
    finish_withdrawals(asking.world.context)  # as housekeeping does
    with reading(asking.world.context.store) as session:
        return session.exec(select(Extract.state).where(Extract.id == made.id)).one()


@pytest.mark.parametrize("value", [THEIRS, NOBODYS, SHARED, OWN])
def test_its_own_download_tells_nothing(asking, value):
    assert withdrawn_in_its_own_file(asking, value) == "ready"


def test_control_where_ones_own_word_bound_oneself_a_download_would_tell(asking, monkeypatch):
    monkeypatch.setattr("gateway.lake.standing.said_by_others", lambda said, _partner: said)
    monkeypatch.setattr("gateway.withdrawal_effects.binds", lambda *_: True)
    monkeypatch.setattr("gateway.withdrawn.binds", lambda *_: True)
    assert withdrawn_in_its_own_file(asking, THEIRS) == "expired"


def test_the_value_is_nowhere_but_in_the_request(asking, caplog):
    secret = "nobody-may-read-this"
    with caplog.at_level("DEBUG"):
        assert ask(asking, secret).status_code == 201
        ask(asking, "")
        asking.post("/v1/withdrawals", {"dataset": "cases", "person": {"value": secret}})
    assert secret not in caplog.text
    home = asking.world.context.home.path
    files = [file for file in home.rglob("*") if file.is_file()]
    assert not any(secret.encode() in file.read_bytes() for file in files)

"""Withdrawals over HTTP: asked for, repeated, listed; nobody sees another's."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from tests.http_fixtures import URL, Gateway
from tests.small_homes import people

GIVERS = ("eve", "oak", "elm")
SAME = ("content-type", "content-length", "content-language", "vary", "cache-control")


@pytest.fixture
def givers(world):
    gateway = Gateway(replace(world.context, public_url=URL))
    asking = {}
    for number, name in enumerate(GIVERS):
        agreement = {
            "agreement": f"{name}-gives",
            "dataset": "cases",
            "submits": True,
            "starts": "2026-01-01",
            "ends": "2026-12-31",
        }
        asking[name] = gateway.add_partner(name, agreements=[agreement])
        world.load(people(50 + 10 * number, 54 + 10 * number), contributor=name)
    asking["eve"].world = world
    return asking


def body(value, **more):
    return {"dataset": "cases", "person": {"domain": "person", "value": value}, **more}


def test_a_contributor_takes_back_and_sees_what_became_of_it(givers):
    eve = givers["eve"]
    answer = eve.post("/v1/withdrawals", body("person-51"))
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == told["links"]["self"] == f"/v1/withdrawals/{told['id']}"
    assert (told["withdraws"], told["state"], told["records"]) == ("person", "withdrawn", 1)
    assert eve.get(told["links"]["self"]).json() == told
    for named in ({"record_key": {"case_id": "case-52"}}, {"contributor": True}):
        assert eve.post("/v1/withdrawals", {"dataset": "cases", **named}).status_code == 201
    page = eve.get("/v1/withdrawals?limit=2").json()
    rest = eve.get(f"/v1/withdrawals?limit=2&cursor={page['cursor']}").json()
    listed = [one["withdraws"] for one in page["withdrawals"] + rest["withdrawals"]]
    assert listed == ["contributor", "record", "person"]
    assert "cursor" not in rest


def test_a_repeated_request_is_carried_out_once(givers):
    eve = givers["eve"]
    headers = {"Idempotency-Key": "one"}
    first = eve.post("/v1/withdrawals", body("person-51"), headers=headers)
    assert eve.post("/v1/withdrawals", body("person-51"), headers=headers).json() == first.json()
    assert len(eve.get("/v1/withdrawals").json()["withdrawals"]) == 1
    other = eve.post("/v1/withdrawals", body("person-52"), headers=headers)
    assert other.status_code == 422


def test_what_can_not_be_is_refused_without_repeating_it(givers):
    eve = givers["eve"]
    for sent, status in (
        ({"dataset": "cases"}, 400),
        (body("secret-value", contributor=True), 400),
        ({"dataset": "cases", "person": {"domain": "nobody", "value": "secret-value"}}, 400),
        ({"dataset": "cases", "submission": "sub_" + "0" * 20}, 404),
        ({"dataset": "nothing", "contributor": True}, 404),
    ):
        answer = eve.post("/v1/withdrawals", sent)
        assert answer.status_code == status, answer.text
        assert "secret-value" not in answer.text


def test_nobody_sees_anothers_withdrawal(givers):
    made = {
        name: asking.post("/v1/withdrawals", {"dataset": "cases", "contributor": True}).json()["id"]
        for name, asking in givers.items()
    }
    for reader, owner in itertools.permutations(GIVERS, 2):
        asking = givers[reader]
        paths = [f"/v1/withdrawals/{name}" for name in (made[owner], "wdr_" + "z" * 20, "null")]
        answers = [asking.get(path) for path in paths]
        shapes = {
            (one.status_code, one.content, tuple(one.headers.get(name) for name in SAME))
            for one in answers
        }
        assert len(shapes) == 1
        assert answers[0].status_code == 404
        listed = asking.get("/v1/withdrawals").json()["withdrawals"]
        assert [one["id"] for one in listed] == [made[reader]]
        for cursor in (made[owner], "wdr_" + "z" * 20, "999999"):
            told = asking.get(f"/v1/withdrawals?cursor={cursor}").json()
            assert told == {"withdrawals": []}


def test_without_a_token_or_the_scope_nothing_is_taken_back(givers):
    eve = givers["eve"]
    assert eve.gateway.http.post("/v1/withdrawals", json=body("person-51")).status_code == 401
    eve._token = eve.token(scope="extracts:read")
    assert eve.post("/v1/withdrawals", body("person-51")).status_code == 403
    assert eve.world.context.lake.count("cases")[0] == 55

"""A contributor over HTTP: what it gave is pulled by a partner, withdrawn, and gone; erased later.

With the store in SQLite and in PostgreSQL.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.audit_check import check_everything
from gateway.housekeeping import keep_house
from tests.conftest import FixedClock
from tests.http_fixtures import URL, Gateway
from tests.small_homes import NOON, copy_home, found_template, open_world, people, template_of


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request, tmp_path_factory, tmp_path, monkeypatch):
    """A home of the test's own."""
    if request.param == "sqlite":
        path = copy_home(template_of(tmp_path_factory), tmp_path)
    else:
        monkeypatch.setenv("WEIR_STORE_URL", request.getfixturevalue("postgres_url"))
        path = found_template(tmp_path, FixedClock(NOON))
    with open_world(path, FixedClock(NOON)) as opened:
        yield opened


@pytest.fixture
def asking(world):
    """A partner that pulls, and two contributors who know one person both."""
    gateway = Gateway(replace(world.context, public_url=URL))
    partners = {"willow": gateway.add_partner("willow")}
    for number, name in enumerate(("eve", "oak")):
        agreement = {
            "agreement": f"{name}-gives",
            "dataset": "cases",
            "submits": True,
            "starts": "2026-01-01",
            "ends": "2026-12-31",
        }
        partners[name] = gateway.add_partner(name, agreements=[agreement])
        rows = people(51 + number, 58 + number, case_id="")
        for row in rows:
            row["case_id"] = f"{name}-{row['person_id']}"
        world.load(rows, contributor=name)
    return partners


def pull(world, partner):
    """Ask over HTTP, let a worker make it, and return its links."""
    asked = partner.post("/v1/extracts", {"dataset": "cases", "purpose": "research"}).json()
    assert world.work(asked["id"]) == "ready"
    return f"/v1/extracts/{asked['id']}/content"


def rows_of(partner, content):
    answer = partner.get(content)
    assert answer.status_code == 200
    return len(answer.text.splitlines()) - 1


def test_pulled_withdrawn_gone_and_erased(world, asking):
    willow, eve = asking["willow"], asking["eve"]
    content = pull(world, willow)
    assert rows_of(willow, content) == 49
    named = {"person": {"domain": "person", "value": "person-51"}}  # eve alone knows it
    told = eve.post("/v1/withdrawals", {"dataset": "cases", **named}).json()
    assert (told["state"], told["records"]) == ("withdrawn", 1)
    assert willow.get(content).status_code == 410
    assert len(world.rows(world.partner("pine"))) == 48
    world.clock.move(days=31)
    keep_house(world.context)
    eve._token = eve.token()
    assert eve.get(told["links"]["self"]).json()["state"] == "erased"
    assert [entry["state"] for entry in world.entries("withdrawal")] == ["withdrawn", "erased"]
    assert len(world.rows(world.partner("larch"))) == 48
    assert check_everything(world.context)["broken"] == []


def test_a_person_whom_two_contributors_know_stops_and_stays_with_the_other(world, asking):
    named = {"person": {"domain": "person", "value": "person-55"}}
    asking["eve"].post("/v1/withdrawals", {"dataset": "cases", **named})
    assert world.context.lake.count("cases") == (55, 49)
    assert len(world.rows(world.partner("pine"))) == 48
    told = asking["oak"].get("/v1/withdrawals").json()
    assert told["withdrawals"] == []

"""Officers decide about people whom others' records know too."""

from __future__ import annotations

import pytest

from gateway.errors import ConflictError
from gateway.withdrawal_decisions import approve_withdrawal, refuse_withdrawal, waiting_items
from gateway.withdrawals import withdraw
from tests.small_homes import DATASET, people, person

VALUE = "person-55"


@pytest.fixture
def giving(world):
    """A home in which a contributor gave eight people's records."""
    world.contributor("giver")
    world.contributor("oak")
    world.load(people(51, 58), contributor="giver")
    return world


def take_person(world, value=VALUE, dataset="cases"):
    body = {"dataset": dataset, "person": {"domain": "person", "value": value}}
    return withdraw(world.context, "giver", body)


def test_a_person_whom_others_know_waits_for_an_officer(giving):
    giving.load([person(83, person_id=VALUE)], contributor="oak")
    view = take_person(giving)
    (item,) = waiting_items(giving.context)
    assert (item["id"], item["kind"]) == (view.id, "withdrawal")
    assert approve_withdrawal(giving.context, view.id, "olivia", "the person asked") == "approved"
    assert waiting_items(giving.context) == []
    giving.load([person(55)], contributor="giver")  # its own newer word lifts its own alone
    assert len(giving.rows("harbor")) == 47
    with pytest.raises(ConflictError):
        refuse_withdrawal(giving.context, view.id, "olivia", "twice")
    states = [(entry["state"], entry["id"]) for entry in giving.entries("review")]
    assert states == [("approve", view.id)]


def test_refusing_leaves_it_at_what_was_said(giving):
    giving.load([person(83, person_id=VALUE)], contributor="oak")
    view = take_person(giving)
    assert refuse_withdrawal(giving.context, view.id, "olivia", "one of theirs") == "refused"
    giving.load([person(55)], contributor="giver", again=True)
    assert len(giving.rows("harbor")) == 48
    with pytest.raises(ConflictError):
        approve_withdrawal(giving.context, view.id, "olivia", "twice")


@pytest.fixture
def published(world):
    """A dataset whose people nobody asked; two contributors gave the same twelve of them."""
    asked = [line for line in DATASET.splitlines() if "role: consent" not in line]
    world.declare(
        "\n".join([*asked, "consent: assumed", "consent_basis: published"]),
        name="dataset: cases -> dataset: published",
    )
    world.apply(
        name="policy: for-ngos -> policy: for-published",
        dataset="dataset: cases -> dataset: published",
    )
    for giver in ("giver", "oak"):
        world.contributor(giver, dataset="published")
        rows = [{**row, "case_id": f"{giver}-{row['case_id']}"} for row in people(1, 12)]
        names = [name for name in rows[0] if not name.startswith("consent")]
        lines = [",".join(names), *(",".join(row[name] for name in names) for row in rows)]
        file = world.folder / f"{giver}.csv"
        file.write_text("\n".join(lines), encoding="utf-8")
        world.load_file(file, "published", contributor=giver)
    return world


def rows_for(world, name):
    terms = {"dataset": "published", "policy": "for-published"}
    return len(world.rows(world.partner(name, agreement=terms), dataset="published"))


def test_an_approval_stops_records_whose_consent_is_assumed(published):
    before = rows_for(published, "pine")
    view = take_person(published, "person-2", "published")
    approve_withdrawal(published.context, view.id, "olivia", "the person asked")
    assert rows_for(published, "larch") < before

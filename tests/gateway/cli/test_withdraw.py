"""`weir withdraw`: on a home, by the operator; and what officers do with it."""

from __future__ import annotations

import pytest

from tests.small_homes import as_csv, person


@pytest.fixture
def giving(alone, through):
    with through() as world:
        world.contributor("giver")
        world.load([person(51), person(52)], contributor="giver")
    return alone


def test_the_operator_takes_back_its_own(giving):
    told = giving("withdraw", "--dataset", "cases", "--person", "person=person-1", "--json").json
    assert (told["state"], told["records"]) == ("withdrawn", 1)
    told = giving("withdraw", "--dataset", "cases", "--record", "case_id=case-2")
    assert "what of yours was there" in told.out
    assert giving("dataset", "show", "cases", "--json").json["records"] == 40


def test_for_a_contributor_on_its_behalf(giving):
    giving("withdraw", "--dataset", "cases", "--everything", "--yes", "--contributor", "giver")
    assert giving("dataset", "show", "cases", "--json").json["records"] == 40
    (row,) = giving("withdraw", "list", "--json").json["withdrawals"]
    shown = giving("withdraw", "show", row["id"]).out
    assert "contributor of giver from cases, withdrawn" in shown
    assert "nothing is due" not in giving("withdraw", "erase").out
    assert "Erased 1 withdrawal." in giving("withdraw", "erase", "--now").out
    assert giving("withdraw", "list", "--json").json["withdrawals"][0]["state"] == "erased"


def test_a_person_whom_others_know_is_listed_for_review(giving):
    file = giving.file("more.csv", as_csv([person(53, person_id="person-51")]))
    giving("dataset", "load", "cases", file)
    giving("withdraw", "--dataset", "cases", "--person", "person=person-51")
    giving("withdraw", "--dataset", "cases", "--person", "person=person-51")
    listed = giving("review", "list").out
    assert "a person whom others' records know, withdrawn by the operator" in listed
    item = listed.split(":")[0]
    assert "stops all their records" in giving(
        "review", "show", item, "--officer", "olivia"
    ).out.replace("\n  ", " ")
    decided = giving("review", "approve", item, "--officer", "olivia", "--reason", "she asked")
    assert decided.out == f"{item} is approved.\n"
    other = giving("review", "list", "--json").json
    for one in other:
        giving("review", "refuse", one["id"], "--officer", "olivia", "--reason", "ours")


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--dataset", "cases"],
        ["--dataset", "cases", "--everything"],
        ["--dataset", "cases", "--record", "case_id"],
        ["--dataset", "cases", "--submission", "sub_1", "--person", "person=x"],
        ["--dataset", "cases", "--server", "https://weir.example", "--submission", "sub_1"],
    ],
)
def test_what_is_no_withdrawal_is_a_usage_error(giving, options):
    ran = giving.run("withdraw", *options)
    assert ran.status == 2, ran.err

"""Tokens as partners get them: one person, one token, and nobody else can follow it."""

from __future__ import annotations

import re

import pytest

from gateway.reviews import approve
from tests.small_homes import DATASET, POLICY, as_csv, people, person

YEAR = "{pseudonymize: {epoch: year}}"


def approved(world, made):
    if made.state == "in_review":
        approve(world.context, made.id, "olivia", "an experiment")
    return made.id


def tokens(world, partner, **asked):
    """Return the set of tokens of a partner's file, approved where it needs to be."""
    table = world.table(partner, approved(world, world.extract(partner, **asked)))
    found = table.column("person_id").to_pylist()
    assert len(set(found)) == len(found)
    return set(found)


def test_a_token_has_the_form_of_the_contract(world):
    for token in tokens(world, "harbor"):
        assert re.fullmatch(r"person_[0-9A-HJKMNP-TV-Z]{26}", token)


def test_a_person_with_many_records_has_one_row_and_one_token(world):
    again = [person(100 + n, person_id="person-7", consent="pseudonymized") for n in range(50)]
    world.load([*again, person(200, person_id=" PERSON-7 ")])
    assert len(tokens(world, "harbor")) == 40


def test_a_persons_token_stays_within_epoch_and_agreement_whatever_is_asked(world):
    first = tokens(world, "harbor")
    second = tokens(world, "harbor", where=[{"column": "age", "in": ["30-34"]}])
    assert second < first
    world.load(people(41, 60))
    assert tokens(world, "harbor") > first


def test_tokens_of_two_partners_have_nothing_in_common(world):
    assert not tokens(world, "harbor") & tokens(world, "lantern")


def test_tokens_of_two_agreements_have_nothing_in_common(world):
    first = tokens(world, "harbor")
    world.partner("harbor", agreement={"agreement": "harbor-again"})
    assert not first & tokens(world, "harbor")


def test_tokens_of_two_years_have_nothing_in_common(world):
    world.partner("harbor", agreement={"ends": "2027-12-31"})
    first = tokens(world, "harbor")
    world.clock.moment = world.clock.moment.fromisoformat("2027-01-01T04:59:59+00:00")
    ages = [{"column": "age", "in": ["30-34"]}]
    assert tokens(world, "harbor", where=ages) < first  # still 2026 where the home is
    world.clock.move(seconds=1)
    ages = [{"column": "age", "in": ["40-44"]}]
    assert not first & tokens(world, "harbor", where=ages)


def test_tokens_of_two_datasets_have_nothing_in_common(world):
    other = {"name": "dataset: cases -> dataset: others"}
    world.declare(DATASET, **other)
    world.apply(POLICY, **other, policy="for-ngos -> for-others")
    file = world.folder / "others.csv"
    file.write_text(as_csv(people(1, 40)))
    world.load_file(file, "others")
    agreements = [
        {
            "agreement": "harbor-2026",
            "dataset": dataset,
            "policy": policy,
            "purposes": ["research"],
            "starts": "2026-01-01",
            "ends": "2026-12-31",
        }
        for dataset, policy in (("cases", "for-ngos"), ("others", "for-others"))
    ]
    agreements[1]["agreement"] = "harbor-others"
    world.partner("harbor", agreements=agreements)
    assert not tokens(world, "harbor") & tokens(world, "harbor", dataset="others")


@pytest.mark.parametrize(("epoch", "same"), [("release", False), ("agreement", True)])
def test_the_policy_says_how_long_a_token_lives(world, epoch, same):
    world.partner("harbor", agreement={"ends": "2027-12-31"})
    world.apply(epoch=f"{YEAR} -> {{pseudonymize: {{epoch: {epoch}}}}}")
    first = tokens(world, "harbor")
    world.clock.move(days=200)
    second = tokens(world, "harbor", where=[{"column": "age", "in": ["30-34"]}])
    assert (second < first) is same
    assert bool(second & first) is same


def test_a_token_per_release_is_the_same_in_every_format_of_it(world):
    world.apply(epoch=f"{YEAR} -> {{pseudonymize: {{epoch: release}}}}")
    made = world.extract("harbor")
    again = world.extract("harbor", format="jsonl")
    assert again.state == "ready"
    first = world.table("harbor", made.id).column("person_id").to_pylist()
    assert world.table("harbor", again.id, "jsonl").column("person_id").to_pylist() == first

"""Attack: a recipient that gives data asks by links who is in there, and who is the same.

It hands in one record under an invented name with the phone of one person, and another with that
of a second one: all of them become one person. In what it gets, two tokens would be one, one of
two rows would be missing, and what one of them took back would end its file of the other. The
controls count such links, and it does.
"""

from __future__ import annotations

import pytest

from gateway.errors import ExpiredError
from gateway.extracts import decide
from gateway.lake import stages, standing
from gateway.lake.consent import Terms
from gateway.lake.selection import Selection
from policies.consent import ConsentRules, ContributorTerms
from policies.requests import parse_request
from tests.attacks.linked_homes import ASKS, BY_PHONE, GIVES, links, phone, under
from tests.small_homes import NOON, REQUEST, person


@pytest.fixture
def home(world):
    """A home in which Harbor asks and gives."""
    world.declare(BY_PHONE)
    world.partner("harbor", agreements=[GIVES, ASKS])
    return world


def probe(world, *numbers):
    """Let Harbor hand in records of one invented name with these people's phones."""
    rows = [under(number, "x", case_id=f"x-{number}") for number in numbers]
    world.load(rows, contributor="harbor")


def rows_of(world, partner):
    made = world.extract(partner)
    table = world.table(partner, made.id)
    return sorted(tuple(row.values()) for row in table.to_pylist())


def test_a_probe_changes_nothing_in_what_its_sender_gets(home):
    probe(home, 1, 2, 3)
    assert len(links(home)) == 3
    rows = rows_of(home, "harbor")
    assert len(rows) == len({token for token, *_ in rows}) == 40


def test_control_links_of_the_senders_own_are_seen_in_its_file(home, monkeypatch):
    monkeypatch.setattr(stages, "seen_by", lambda records, *_: records)
    probe(home, 1, 2, 3)
    assert len(rows_of(home, "harbor")) == 38


def test_for_others_they_are_one_person(home):
    probe(home, 1, 2, 3)
    assert len(rows_of(home, "lantern")) == 38


def test_people_and_records_are_those_of_a_home_without_the_probe(home):
    """Which of somebody's records leaves, and under whose token, isn't Harbor's to turn."""
    home.load([person(n, case_id=f"more-{n}", state="NV") for n in range(1, 9)])
    without = selected(home)
    probe(home, 1, 2)
    assert selected(home) == without


def selected(world):
    """Return the records that Harbor's extract is made of now, with their people."""
    declared = world.context.registry.dataset("cases").document
    plan = decide(world.context, "harbor", parse_request(REQUEST)).plan
    with Selection(
        world.context.lake,
        declared,
        plan,
        snapshot=world.context.lake.dataset_snapshot("cases"),
        today=NOON.date(),
        terms=Terms(ConsentRules.of(declared), {"harbor": ContributorTerms()}),
    ) as selection:
        return sorted(
            tuple(row[name] for name in ("weir_person", "weir_record", "note"))
            for batch in selection.stream({}, ["note"])
            for row in batch.to_pylist()
        )


def held_by_harbor(world):
    """Let Harbor hold a file of 40; then somebody else, whose phone it knows, takes back."""
    made = world.extract("harbor")
    assert made.state == "ready"
    world.load([under(50, "zoe", consent="none", phone="2025559999")])
    world.load(
        [
            under(1, "x", case_id="x-1", phone=phone(1)),
            under(1, "x", case_id="x-2", phone="2025559999"),
        ],
        contributor="harbor",
    )
    return made.id


def test_no_download_ends_by_what_its_holder_linked(home):
    made = held_by_harbor(home)
    assert len(links(home)) == 2
    assert home.table("harbor", made).num_rows == 40


def test_control_counted_they_end_it(home, monkeypatch):
    monkeypatch.setattr(standing, "seen_by", lambda records, *_: records)
    made = held_by_harbor(home)
    with pytest.raises(ExpiredError):
        home.table("harbor", made)


def test_what_a_contributor_is_told_of_its_load_is_the_same_with_and_without_a_match(home):
    home.contributor("oak")
    told = [
        home.load([under(number, f"o{number}", phone=number_of)], contributor="oak")
        for number, number_of in ((1, phone(1)), (2, "2025558888"))
    ]
    assert len(links(home)) == 1
    differing = {"submission", "snapshot", "files"}
    first, second = ({k: v for k, v in one.items() if k not in differing} for one in told)
    assert first == second

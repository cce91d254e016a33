"""Attack: a contributor lifts a withdrawal that a person made elsewhere.

Contributors name people by identifiers that others use too. Whoever knows one hands in a later
row for that person that says `pseudonymized`: with intent, or because of an older form. If the
newest statement of all counted, what the person took back would leave again with the next extract.
The first control weighs statements like that, and it does. The second shows that a withdrawal can
be lifted: by whoever recorded it.
"""

from __future__ import annotations

import ibis
import pyarrow as pa
import pytest

from anonymizers.pseudonyms import roots
from gateway.lake import consent
from gateway.outcomes import CLASSES, folder_of, open_outcome
from gateway.release_ledger import read_classes
from tests.conftest import FixedClock
from tests.small_homes import NOON, copy_home, open_world, person, template_of

EVERYBODY = range(1, 41)
# Who recorded the withdrawal of these people, and who says later that they allow everything.
BY_OTHERS = {1: ("", "oak"), 2: ("oak", ""), 3: ("oak", "elm")}
BY_THE_SAME = {4: ("", ""), 5: ("oak", "oak"), 6: ("elm", "elm")}


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    """A home in which forty people are, six of them took back, and somebody lifted that."""
    path = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("lifted"))
    with open_world(path, FixedClock(NOON)) as opened:
        opened.contributor("oak")
        opened.contributor("elm")
        for turn, level in enumerate(("none", "pseudonymized")):
            for giver in ("", "oak", "elm"):
                say(opened, turn, level, giver)
        yield opened


def say(world, turn, level, giver):
    """Hand in what one organization says in its turn; contributors replace what they said."""
    rows = [
        person(number, case_id=f"{turn}-{giver}-{number}", consent=level)
        for number, givers in {**BY_OTHERS, **BY_THE_SAME}.items()
        if givers[turn] == giver
    ]
    world.load(rows, contributor=giver, mode="replace" if giver else "append")


def released(world, partner):
    """Return the numbers of the people in an extract."""
    made = world.row(world.extract(world.partner(partner)).id)
    key = open_outcome(world.context, made).classes_key
    ledger = read_classes(folder_of(world.context, made.id) / CLASSES, key)
    names = roots(
        pa.array([f"person-{number}" for number in EVERYBODY]),
        world.context.keys.domain("person"),
    )
    numbers = dict(zip(names.to_pylist(), EVERYBODY, strict=True))
    return {numbers[root] for root in ledger["person"].to_pylist()}


def test_nobody_but_who_recorded_it_lifts_a_withdrawal(records):
    assert released(records, "asks") == {*EVERYBODY} - BY_OTHERS.keys()


def test_control_by_the_newest_statement_of_all_anybody_would(records, monkeypatch):
    weigh = consent.statements_in_force

    def newest_of_all(statements):
        return weigh(statements.mutate(contributor=ibis.literal("")))

    monkeypatch.setattr(consent, "statements_in_force", newest_of_all)
    assert released(records, "asks-too") == {*EVERYBODY}


def test_control_whoever_recorded_it_does(records):
    assert BY_THE_SAME.keys() <= released(records, "asks-last")

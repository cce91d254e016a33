"""A contributor asks what became of its records: nothing tells whether others know its people.

Control: the number of its records that really were in the files, which others' words change.
"""

from __future__ import annotations

import pytest

from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import read_classes
from gateway.store.engine import reading
from gateway.store.tables import Release
from gateway.uses import view_uses
from tests.small_homes import people

OWN = people(41, 60)
OTHERS = {
    "nobody else knows them": [],
    "another knows them": people(41, 60, case_id="theirs"),
    "another's people said none": people(41, 60, consent="none"),
    "many look the same": people(61, 120),
}


def walked(world, others):
    world.contributor("shelter")
    world.contributor("oak")
    world.load(OWN, contributor="shelter")
    if others:
        world.load(
            [{**row, "case_id": f"oak-{n}"} for n, row in enumerate(others)], contributor="oak"
        )
    made = world.extract("harbor")
    return view_uses(world.context, "shelter", "cases"), made


def really_in(world, made):
    """How many of the shelter's records are in the file: what must not be told."""
    with reading(world.context.store) as session:
        release = session.get_one(Release, made.release_id)
    key = world.context.keys.content_key_unwrap(
        release.sealed_classes_key, f"release:{release.id}:classes"
    )
    released = read_classes(folder_of(world.context, made.id) / CLASSES, key)
    with world.context.lake.cursor() as cursor:
        cursor.register("released", released)
        return cursor.execute(
            "SELECT count(*) FROM lake.main.cases SEMI JOIN released ON weir_record = record "
            "WHERE weir_contributor = 'shelter'"
        ).fetchone()[0]


@pytest.mark.parametrize("case", list(OTHERS))
def test_a_use_count_is_the_same_whatever_others_know(world, case):
    uses, made = walked(world, OTHERS[case])
    assert [(one.made.purpose, one.records) for one in uses] == [("research", len(OWN))]
    if case == "another's people said none":
        assert really_in(world, made) == 0  # the control: a count of the file tells it

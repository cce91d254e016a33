"""One person more or less, whatever it is like: an answer looks the same from outside.

Keys, status, price, scale, charges and the estimate follow from the request and from what is
declared; a person alone in a cell, with NULLs, with amounts that aren't numbers or huge, with
codes nobody declared or with two hundred records changes numbers alone. What can be seen of an
answer is its shape: everything but its values. In bytes it differs by their digits only.

The control answers only the keys that occur.
"""

from __future__ import annotations

import json

import pytest

from gateway.aggregates import answering, contents, rendering
from gateway.aggregates.drawing import Noisy
from gateway.errors import RefusedError
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import neighbours, rules, see
from tests.counted_homes import NoNoise, template_of

PEOPLE = {
    "alone in a cell": [VICTIM],
    "nothing known": [VICTIM | dict.fromkeys(("state", "day", "kind", "controls", "debt", "age",
                                              "town"), "")],
    "amounts that aren't numbers": [VICTIM | {"debt": debt, "age": age} for debt, age in (
        ("NaN", "nan"), ("Infinity", "inf"), ("-inf", "-1"), ("1e400", "1e9"))],
    "huge amounts": [VICTIM | {"debt": debt, "age": age} for debt, age in (
        ("999999999.99", "999999999999999999"), ("-999999999.99", "-999999999999999999"),
        ("99999999999999999999999", "9223372036854775807"))],
    "codes nobody declared": [VICTIM | {"kind": kind, "controls": kind, "town": kind,
                                        "state": kind} for kind in (
        "null", "other", "*", "NULL", "Labour;Sexual", ";", " ", "\U0001d4dbab", "Lab\u0000our")],
    "two hundred records": [VICTIM | {"debt": str(n)} for n in range(200)],
    "every code at once": [VICTIM | {"controls": "Debt;Threats;Papers;Debt;New;;"}],
    "days beyond all bounds": [VICTIM | {"day": day} for day in (
        "0001-01-01", "9999-12-31", "2024-02-30", "not a day")],
    "no consent": [VICTIM | {"consent": "none"}],
}  # fmt: skip
MEASURES = (
    *("count_people", "count_records", {"sum": "debt"}, {"mean": "debt"}, {"median": "debt"}),
    *({"quantile": "day"}, {"distinct": "kind"}),
    {"histogram": {"column": "age", "level": "10-years"}},
)
ASKED = [
    {"group_by": ["kind", "town"], "totals": True},
    {"group_by": ["controls"]},
    {"group_by": [{"column": "state", "level": "us-region"}]},
    {"where": [{"column": "kind", "in": ["Marriage"]}], "clipped_share": True},
]


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Homes that differ in one person, by what that person is like."""
    folder, template = tmp_path_factory.mktemp("more"), template_of(tmp_path_factory)
    with neighbours(folder, template, [], *PEOPLE.values()) as worlds:
        yield dict(zip([NOBODY, *PEOPLE], worlds, strict=True))


NOBODY = "nobody"


READ_OFF = {"note-within-noise", "note-says-nothing", "note-negative"}
"""Notes on noisy values: they say no more than these."""


def shape(value):
    """Return a JSON value with its numbers, and texts that stand for them, left out."""
    if isinstance(value, dict):
        kept = {key: shape(inner) for key, inner in value.items() if key != "release"}
        named = {"value", "interval"} & value.keys()
        return kept | dict.fromkeys(named, "a number")
    if isinstance(value, list):
        return [shape(inner) for inner in value if not is_read_off(inner)]
    return value


def is_read_off(value):
    return isinstance(value, dict) and value.get("rule") in READ_OFF


def answered(world):
    """Return everything that can be seen of some answers but their values."""
    seen = []
    for asked in ASKED:
        terms = {**asked, "epsilon": 0.9}
        before = world.estimate_of("harbor", *MEASURES, **terms)
        told = world.ask_for("harbor", *MEASURES, **terms)
        after = world.estimate_of("harbor", *MEASURES, **terms)
        seen.append([before, shape(told.content), told.budget, after])
    return seen


@pytest.fixture(scope="module")
def without(homes):
    """What can be seen of answers without the person."""
    return answered(homes[NOBODY])


@pytest.mark.parametrize("person", PEOPLE)
def test_an_answer_looks_the_same_with_and_without_a_person(homes, without, person):
    found = answered(homes[person])
    assert opened(found) == opened(without)
    assert bare_sizes(found) == bare_sizes(without)


def opened(seen):
    """Return it as JSON, without the snapshot's opaque name: each home has a key of its own."""
    return json.loads(json.dumps(seen))


def bare_sizes(seen):
    return [len(json.dumps(content)) for _, content, *_ in seen]


UNSEEN = {"amounts that aren't numbers", "no consent"}
"""Those whose records are refused, or don't count."""


@pytest.mark.parametrize("person", sorted(PEOPLE.keys() - UNSEEN))
def test_the_person_is_there_to_be_seen(homes, person):
    asked = {"epsilon": 1}
    (one,), (other,) = (
        see(homes[name], "harbor", "count_people", **asked).exact for name in (NOBODY, person)
    )
    assert other - one == [1]


def test_refusals_are_the_same(homes):
    told = set()
    for world in homes.values():
        world.ask_for("lantern", "count_people", epsilon=4)
        with pytest.raises(RefusedError) as refused:
            world.ask_for("lantern", "count_people", group_by=["kind"], epsilon=0.01)
        told.add((*rules(refused.value.reasons),))
    assert told == {("budget-exhausted",)}


def test_control_where_only_keys_that_occur_answer_a_person_is_seen(homes, monkeypatch):
    rows_of = rendering.render_rows

    def rows_that_occur(plan, query, noisy, document):
        occurring = [Noisy(tuple(map(bool, part.values))) for part in noisy]
        marks = rows_of(plan, query, occurring, document)
        rows = rows_of(plan, query, noisy, document)
        pairs = zip(rows, marks, strict=True)
        return [row for row, mark in pairs if mark["count_people"]["value"]]

    monkeypatch.setattr(answering, "sampler_of", lambda _context: NoNoise())
    monkeypatch.setattr(contents, "render_rows", rows_that_occur)
    asked = {"group_by": ["kind"], "where": [{"column": "town", "in": ["A"]}], "epsilon": 0.2}
    one, other = (
        homes[name].ask_for("harbor", "count_people", **asked).content
        for name in (NOBODY, "alone in a cell")
    )
    assert shape(one["rows"]) != shape(other["rows"])

"""The auditor over whole answers: two homes that differ in one person, each counted as it is.

The person is the worst there can be: more records than count, in as many cells as can be, with
the largest amounts. What is drawn are all components of a question together; what is computed
from them afterwards shows no more, and is looked at as well where it is more than rendering.

Controls that it must catch: noise for one record less than counts, for one code of cells with
several, and private keys named from two people on.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from anonymizers.aggregates.consistency import Level, reconcile
from policies.aggregates import pricing, vectors
from tests.attacks.auditor import audit
from tests.attacks.views import neighbours, noised, see, views
from tests.counted_homes import DATASET, HEADER, POLICY, template_of

RUNS = 20_000
EPSILON = 2.0
DAYS = ("2024-02-03", "2024-11-30", "2025-06-01")
VICTIM = {
    **dict.fromkeys(HEADER, ""),
    "person_id": "victim",
    "state": "CA",
    "kind": "Marriage",
    "controls": "Debt;Threats;Papers",
    "day": DAYS[0],
    "debt": "5000",
    "age": "95",
    "town": "A",
    "consent": "aggregate",
}
SCATTERED = [VICTIM | {"kind": kind} for kind in ("Marriage", "Labour", "Sexual")]
ALIKE = [VICTIM] * 12

QUESTIONS = {
    # measures, what else is asked, the person's records, the least that must be shown
    "people": (["count_people"], {"group_by": ["kind", "controls"]}, SCATTERED, 0.8),
    "records": (["count_records"], {"group_by": ["kind"]}, ALIKE, 1.4),
    "codes": (["count_records"], {"group_by": ["controls"]}, ALIKE, 1.2),
    "sum": ([{"sum": "debt"}], {"group_by": ["kind"]}, ALIKE, 1.4),
    "mean": ([{"mean": "debt"}], {}, ALIKE, 1.2),
    "quantile": ([{"quantile": "age"}], {}, ALIKE, 1.2),
    "histogram": ([{"histogram": {"column": "age", "level": "10-years"}}], {}, ALIKE, 1.4),
    "distinct": ([{"distinct": "kind"}], {"group_by": ["day"]}, ALIKE, 0.3),
    "totals": (["count_records"], {"group_by": ["kind", "town"], "totals": True}, ALIKE, 1.0),
    "clipped share": ([{"sum": "debt"}], {"clipped_share": True}, ALIKE, 1.0),
    "all": (["count_people", "count_records", {"sum": "debt"}, {"mean": "debt"}], {}, ALIKE, 0.5),
}


@pytest.fixture(scope="module")
def homes(tmp_path_factory):
    """Return homes that differ in one person, by what its records are."""
    folder, template = tmp_path_factory.mktemp("audited"), template_of(tmp_path_factory)
    with neighbours(folder, template, [], SCATTERED, ALIKE) as (without, scattered, alike):
        yield {"nobody": without, 3: scattered, 12: alike}


def counted_both(homes, measures, asked, records):
    worlds = homes["nobody"], homes[len(records)]
    return [see(world, "harbor", *measures, epsilon=EPSILON, **asked) for world in worlds]


def shown(homes, name, runs=RUNS):
    measures, asked, records, _ = QUESTIONS[name]
    one, other = counted_both(homes, measures, asked, records)
    assert one.price() <= EPSILON
    return audit(*views(one, other), runs=runs)


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_whole_answer_shows_no_more_of_a_person_than_it_costs(homes, name, effort):
    assert QUESTIONS[name][-1] < shown(homes, name, RUNS * effort) <= EPSILON


def test_totals_that_agree_with_their_parts_show_no_more(homes):
    """Thousands of answers are reconciled at once: a forest with a tree for each."""
    measures, asked, records, _ = QUESTIONS["totals"]
    both = counted_both(homes, measures, asked, records)
    assert 0.2 < audit(*map(agreeing, both), runs=4000) <= EPSILON


def agreeing(seen):
    sizes = [len(values) for values in seen.exact]

    def run(count):
        levels = []
        for place, (part, values) in enumerate(zip(seen.components, seen.exact, strict=True)):
            noisy = noised(part, values.astype(np.int64), count)
            above = sizes[place + 1] if place + 1 < len(sizes) else 0
            parents = np.arange(noisy.size) * above // sizes[place] if above else None
            levels.append(Level(noisy.reshape(-1), parents, part.mechanism))
        agreed = reconcile(levels, Fraction(19, 20))
        return np.concatenate(
            [level.values.astype(np.int64).reshape(count, -1) for level in agreed], axis=1
        )

    return run


def one_record_less(records, codes, cells):
    return Honest(records - 1, codes, cells)


def one_code(records, _codes, cells):
    return Honest(records, 1, cells)


Honest = vectors.Contribution


@pytest.mark.parametrize(
    ("name", "fault"),
    [("records", one_record_less), ("sum", one_record_less), ("codes", one_code)],
)
def test_control_noise_for_less_than_a_person_brings_is_caught(homes, monkeypatch, name, fault):
    monkeypatch.setattr(vectors, "Contribution", fault)
    assert shown(homes, name) > 1.1 * EPSILON


DELTA = 1e-4
KIND = "group_by: [kind,"
PRIVATE = "group_by: [{column: kind, keys: private, delta: 1.0e-4},"


@pytest.fixture(scope="module")
def naming_homes(tmp_path_factory):
    """Return two homes in whose answers only kinds are named that enough people have."""
    folder, template = tmp_path_factory.mktemp("named"), template_of(tmp_path_factory)
    policy = POLICY.replace(KIND, PRIVATE).replace("delta: 1.0e-7", "delta: 1.0e-4")
    with neighbours(folder, template, [], SCATTERED) as worlds:
        for world in worlds:
            world.declare(DATASET.replace("delta: 1.0e-6", "delta: 1.0e-3"))
            world.apply(policy)
        yield worlds


def test_private_keys_show_no_more_than_their_epsilon_and_delta(naming_homes):
    assert 0.2 < audit(*naming(naming_homes), runs=RUNS, delta=DELTA) <= EPSILON


def test_control_keys_named_from_two_people_on_are_caught(naming_homes, monkeypatch):
    monkeypatch.setattr(pricing, "threshold_for", lambda *_told: 2)
    assert audit(*naming(naming_homes), runs=RUNS, delta=DELTA) > 1.5 * EPSILON


def naming(worlds):
    """Return what draws which kinds are named: nobody has married in one of the homes."""
    asked = {"group_by": ["kind"], "epsilon": EPSILON}
    return [named_kinds(see(world, "harbor", "count_people", **asked)) for world in worlds]


def named_kinds(seen):
    (part,), (values,) = seen.components, seen.exact
    forms = sorted(set(seen.tallying.prepared.values["kind"].drop_null().to_pylist()))
    told = dict(zip([*forms, "null"], values.tolist(), strict=True))
    exact = np.array([told.get(kind, 0) for kind in ("Labour", "Marriage", "Sexual", "null")])

    def run(count):
        noisy = noised(part, exact, count)
        return np.where((noisy >= part.threshold) & (exact > 0), noisy, -1)

    return run

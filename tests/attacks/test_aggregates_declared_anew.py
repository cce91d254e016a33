"""Declarations that change between two askings, over HTTP: no noise twice, and no budget anew.

Bounds, codes, levels, the records a person counts with, shares and names change; partners come
under new names and agreements. What was spent stays spent; what is another question is drawn and
paid; what is the same question by its definition is said again, to the digit, and paid by whoever
hadn't got it.

The control keeps answers under the words of the request alone: the noise of one definition then
stands on the values of another, in the open.
"""

from __future__ import annotations

import pytest

from gateway.aggregates import answering, questions
from gateway.errors import ConflictError
from tests.attacks.hostile_homes import GIVER, PARTNERS, figures, refusal
from tests.counted_homes import NoNoise, generated

SUMS = {"group_by": ["kind"], "epsilon": 0.5}
DECLARED = {
    "other bounds of an amount": {"of": "bounds: [0, 1000] -> bounds: [0, 999]"},
    "fewer codes to group by": {"codes": "[Labour, Sexual, Marriage] -> [Labour, Sexual]"},
    "codes in another order": {"codes": "[Labour, Sexual, Marriage] -> [Marriage, Sexual, Labour]"},
    "another list under a key": {"codes": "[Labour, Sexual, Marriage] -> [Labour, Nonsense]"},
}
APPLIED = {
    "more records a person": {"most": "max_records_per_person: 3 -> max_records_per_person: 4"},
    "fewer records a person": {"most": "max_records_per_person: 3 -> max_records_per_person: 1"},
    "bounded by query": {"how": "max_records_per_person: 3 -> "
                                "max_records_per_person: 3\n  bounding: per-query"},
}  # fmt: skip
SAME = {
    "a larger share": {"share": "epsilon: 4, -> epsilon: 6,"},
    "a smaller share": {"share": "epsilon: 4, -> epsilon: 3,"},
    "another policy version": {"purposes": "[research, planning] -> [planning, research]"},
    "more to group by": {"level": "level: quarter} -> level: quarter}, {column: age}"},
}


@pytest.fixture
def kept(hostile):
    return hostile.dataset(generated(1, 20))


def sums(kept, partner="harbor", **asked):
    return figures(kept.ask(partner, {"sum": "debt"}, **SUMS | asked), "sum:debt")


@pytest.mark.parametrize("change", DECLARED)
def test_another_declaration_is_another_question(kept, change):
    before = sums(kept)
    kept.declare(**DECLARED[change])
    assert not kept.estimate("harbor", {"sum": "debt"}, **SUMS)["cached"]
    after = sums(kept)
    assert not set(before) & set(after)  # cents, with noise about ten thousand cents wide
    assert kept.spent() == 1.0
    kept.declare()
    assert sums(kept) == before
    assert kept.spent() == kept.spent("partner") == 1.0


@pytest.mark.parametrize("change", APPLIED)
def test_another_bound_on_people_is_another_question(kept, change):
    before = sums(kept)
    kept.apply(**APPLIED[change])
    assert not set(before) & set(sums(kept))
    assert kept.spent() == kept.spent("partner") == 1.0


@pytest.mark.parametrize("change", SAME)
def test_another_policy_is_no_new_budget(kept, change):
    before = sums(kept)
    kept.apply(**SAME[change])
    assert sums(kept) == before
    assert kept.spent() == kept.spent("partner") == 0.5


def test_new_names_are_no_new_budget(hostile, kept):
    before = sums(kept)
    for number, name in enumerate(("harbor-two", "harbor-three", "harbor-four"), start=2):
        hostile.agree(name, kept.name, policy=f"counts-{kept.name}", purposes=["planning"])
        assert sums(kept, name, purpose="planning") == before
        assert kept.spent() == 0.5
        assert kept.spent("partner") == 0.5 * number
    for place, name in enumerate(("harbor", "harbor-two", "harbor-three"), start=1):
        kept.ask(name, "count_people", purpose="planning", epsilon=3 + place / 1000)
    assert 6.5 < kept.spent() <= 8


def test_an_agreement_by_another_name_goes_on_with_the_same_budget(hostile, kept):
    assert kept.ask("harbor", "count_people", epsilon=3).status_code == 200
    hostile.amend("harbor", kept.name, agreement="renewed")
    again = kept.ask("harbor", "count_people", epsilon=3)
    assert again.status_code == 200
    assert refusal(kept.ask("harbor", "count_records", epsilon=1.5)) == ["budget-exhausted"]


GROUPED = {"group": "privacy_unit: person_id -> privacy_unit: person_id\nbudget_group: people"}


def test_the_same_people_in_two_datasets_of_a_group_have_one_budget(hostile):
    one, other = (hostile.dataset(generated(1, 20), **GROUPED) for _ in range(2))
    for partner in PARTNERS:
        for kept in (one, other):
            assert kept.ask(partner, "count_people", epsilon=2).status_code == 200
        for kept in (one, other):
            told = kept.ask(partner, "count_records", epsilon=0.1)
            assert refusal(told) == ["budget-exhausted"]
    assert one.spent() == other.spent() == 4  # the second partner got what the first had got


def test_a_group_cannot_be_left_or_joined_to_begin_anew(hostile, kept):
    leavers = {"group": GROUPED["group"].replace("people", "leavers")}
    grouped = hostile.dataset(generated(1, 20), **leavers)
    for one in (kept, grouped):
        assert one.ask("harbor", "count_records", epsilon=0.01).status_code == 200
    elsewhere = GROUPED["group"].replace("people", "others")
    attempts = [
        (kept, GROUPED),
        (kept, {"budget": "epsilon: 8, -> epsilon: 9,"}),
        (kept, {"budget": "delta: 1.0e-6 -> delta: 1.0e-5"}),
        (kept, {"budget": "budget: {epsilon: 8, delta: 1.0e-6}\n -> "}),
        (grouped, {}),
        (grouped, {"group": elsewhere}),
    ]
    for one, changes in attempts:
        with pytest.raises(ConflictError):
            one.declare(**changes)


def test_what_a_contributor_agreed_to_outlives_its_agreement(hostile, kept):
    hostile.amend(GIVER, kept.name, budget={"epsilon": 0.6, "delta": 1e-7}, ends="2026-02-01")
    more = {"agreement": f"{GIVER}-later", "budget": {"epsilon": 5, "delta": 1e-7}}
    hostile.agree(GIVER, kept.name, submits=True, **more)
    assert sums(kept)
    assert refusal(kept.ask("lantern", "count_people", epsilon=0.5)) == ["budget-exhausted"]
    assert kept.spent("contributor") == 0.5


def test_control_answers_kept_by_their_words_stand_on_other_values(kept, monkeypatch):
    def by_words(context, basis, part, document):
        told = {**basis, "max_records": 0}
        return context.keys.fingerprint(questions.canonical_bytes(told | {"part": part.statistic}))

    monkeypatch.setattr(answering, "sampler_of", lambda _context: NoNoise())
    monkeypatch.setattr(questions, "_name", by_words)
    before = sums(kept)
    kept.apply(**APPLIED["fewer records a person"])
    assert sums(kept) == before

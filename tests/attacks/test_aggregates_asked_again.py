"""Averaging the noise away: the same question, again and again, in every spelling there is.

Answers are kept by what they are made of. A thousand variants of a question, from two partners,
are made of the same few components: each drawn once, and charged once to each cap.
"""

from __future__ import annotations

import random
import secrets
from fractions import Fraction

import numpy as np
from sqlmodel import select

from gateway.aggregates import answering, questions
from gateway.aggregates.asking import ask, permitted
from gateway.store.engine import reading
from gateway.store.tables import AggregateAnswer, BudgetCap, BudgetCharge
from tests.counted_homes import question, values

VARIANTS, ASKED_EVERY = 200, 9  # a thousand with full effort
PARTNERS = ("harbor", "lantern")
COMPONENTS = 6
SPENT = Fraction("3.8")
PEOPLE, RECORDS = "count_people", "count_records"
KEYS = ("kind", "town")


def each_spelt(rng, words):
    """Spell each name plainly, or as what it stands for."""
    return [rng.choice([word, {word: {}}]) for word in words]


def keys_spelt(rng, names):
    return [
        rng.choice([name, {"column": name}, {"column": name, "level": "exact"}]) for name in names
    ]


def where_spelt(rng):
    """Spell the same two conditions: in any order, with forms in any order, some of them twice."""
    days = ["2024-Q1", "2024-Q4", "2025"]
    clauses = [
        {"column": "day", "in": rng.sample(days * 2, 6)},
        {"column": "town", "in": rng.sample(["A", "B", "B"], 3)},
    ]
    return rng.sample(clauses * 2, 4)


def keys_shuffled(rng):
    return keys_spelt(rng, rng.sample(KEYS, 2))


def both(rng):
    """Ask for people and records at once."""
    words = rng.sample([PEOPLE, RECORDS, PEOPLE, RECORDS], 4)
    return {"measures": each_spelt(rng, words), "group_by": keys_shuffled(rng), "epsilon": 1.8}


def one(rng):
    word = rng.choice([PEOPLE, RECORDS])
    asked = {"measures": each_spelt(rng, [word] * rng.randint(1, 3)), "epsilon": 0.9}
    return {**asked, "group_by": keys_shuffled(rng)}


def with_shares(rng):
    """Ask for both and a clipped share, a tenth dearer; a whole number is a float or isn't."""
    return {**both(rng), "epsilon": rng.choice([2, 2.0]), "clipped_share": True}


def with_totals(rng):
    """Ask for records with their totals, or for one level of them as a table of its own."""
    depth = rng.choice([0, 1, "totals"])
    if depth != "totals":
        keys = keys_spelt(rng, KEYS[:depth])
        return {"measures": each_spelt(rng, [RECORDS]), "group_by": keys, "epsilon": 0.9}
    asked = {"measures": each_spelt(rng, [RECORDS]), "group_by": keys_spelt(rng, KEYS)}
    return {**asked, "totals": True, "epsilon": rng.choice([2.7, 0.9 + 0.9 + 0.9])}


def as_batch(rng):
    """Ask for people and records in two queries, or each of them twice over."""
    words = rng.choice([[PEOPLE, RECORDS], [RECORDS, PEOPLE], [PEOPLE, RECORDS, PEOPLE]])
    queries = [
        {"measures": each_spelt(rng, [word]), "group_by": keys_shuffled(rng), "where": where}
        for word, where in ((word, where_spelt(rng)) for word in words)
    ]
    return {"queries": queries, "epsilon": 1.8}


def variant(rng):
    make = rng.choice([both, one, with_shares, with_totals, as_batch])
    asked = make(rng) | {"non_negative": rng.random() < 0.3}
    if "queries" not in asked:
        asked["where"] = where_spelt(rng)
    return question(**asked)


def everything(world, partner):
    """Ask for all that variants are made of: six components."""
    where = where_spelt(random.Random(1))
    terms = {"group_by": KEYS, "where": where}
    world.ask_for(partner, PEOPLE, RECORDS, **terms, epsilon=2, clipped_share=True)
    world.ask_for(partner, RECORDS, **terms, epsilon=2.7, totals=True)


def told(answered):
    """Yield every value: of which measure, at which key, whether totals were asked for as well."""
    tables = answered.content.get("queries", [answered.content])
    for table in tables:
        totals = any("*" in row["keys"].values() for row in table["rows"])
        for row in table["rows"]:
            keys = tuple(sorted(row["keys"].items()))
            for name in row.keys() - {"keys"}:
                yield (name, keys, totals), row[name]["value"]


def test_a_thousand_variants_have_one_answer_and_one_charge_for_each_component(counted, effort):
    rng = random.Random(4)
    names, seen = set(), {}
    for partner in PARTNERS:
        everything(counted, partner)
    for number in range(VARIANTS * effort):
        partner, body = PARTNERS[number % 2], variant(rng)
        names |= set(permitted(counted.context, partner, body)[1].names)
        if number % ASKED_EVERY:
            continue
        for place, value in told(ask(counted.context, partner, body)):
            seen.setdefault(place, set()).add(max(value, 0))  # as `non_negative` shows it
    assert len(names) == COMPONENTS
    assert all(len(found) == 1 for found in seen.values())
    assert charges(counted) == {
        "dataset:debts": (COMPONENTS, SPENT),
        "partner:harbor:dataset:debts": (COMPONENTS, SPENT),
        "partner:lantern:dataset:debts": (COMPONENTS, SPENT),
    }


def charges(world):
    """Return how often each cap was charged, and how much of it is spent."""
    with reading(world.context.store) as session:
        rows = session.exec(select(BudgetCharge)).all()
        caps = session.exec(select(BudgetCap)).all()
        assert len(session.exec(select(AggregateAnswer)).all()) == COMPONENTS
    return {
        cap.id: (sum(row.cap_id == cap.id for row in rows), Fraction(cap.epsilon, 10**9))
        for cap in caps
    }


def ask_often(world, times):
    """Ask for one number at the least price; return what was answered."""
    answers = []
    for number in range(times):
        told = world.ask_for(PARTNERS[number % 2], PEOPLE, epsilon=0.01, where=where(number))
        answers.append(values(told, PEOPLE)[()])
    return answers


def where(number):
    return [{"column": "town", "in": ["A", "B"] if number % 4 < 2 else ["B", "A", "B"]}]


EXACT, TIMES, SCALE = 54, 40, 100


def test_averaging_many_answers_leaves_the_noise_of_one(counted):
    answers = ask_often(counted, TIMES)
    assert len(set(answers)) == 1
    assert abs(np.mean(answers) - answers[0]) == 0


def test_control_where_every_answer_is_drawn_afresh_the_noise_averages_out(counted, monkeypatch):
    monkeypatch.setattr(questions, "_name", lambda *_told: secrets.token_hex(16))
    reserve = answering.reserve

    def without_caps(context, session, _caps, prices, **told):
        reserve(context, session, [], prices, **told)

    monkeypatch.setattr(answering, "reserve", without_caps)
    answers = ask_often(counted, TIMES)
    assert len(set(answers)) > TIMES / 2
    assert abs(np.mean(answers) - EXACT) < 6 * np.sqrt(2) * SCALE / np.sqrt(TIMES)
    assert np.std(answers) > SCALE / 2

"""Every transform at once, over HTTP: what each changed column promises, checked on the bytes.

Each generated person has a stay of a length of its own, and lengths don't change when dates move:
so the tests know whose each row is, as would anybody who knows how long somebody stayed. (The lint
warns of that.)
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from types import SimpleNamespace

import pytest
import yaml

from tests.journeys.operators import codebook_of, columns_of, dumped, rows_of

PEOPLE, LATER, K = 240, 30, 11
DATASET = yaml.safe_load("""
dataset: stays
privacy_unit: person_id
record_key: [case_id]
consent: assumed
consent_basis: generated people
columns:
  case_id:   {type: string,  role: direct_identifier, domain: case}
  person_id: {type: string,  role: direct_identifier, domain: person}
  state:     {type: string,  role: quasi_identifier, ladder: us-state}
  debt:      {type: decimal, role: sensitive, bounds: [0, 100000], unit: USD, scale: 2}
  months:    {type: integer, role: sensitive, bounds: [0, 600]}
  loan:      {type: decimal, role: sensitive, bounds: [0, 10000], unit: USD, scale: 2}
  entered:   {type: date,    role: sensitive}
  left:      {type: date,    role: insensitive}
  income:    {type: integer, role: sensitive, bounds: [0, 100000], unit: USD}
  visits:    {type: integer, role: sensitive, bounds: [0, 10000]}
  harm:      {type: string,  role: sensitive, codes: [Labour, Sexual, Marriage]}
  means:     {type: string,  role: sensitive, codes: [Debt, Threats, Papers, Charm], multiple: ";"}
  controls:  {type: string,  role: sensitive, codes: [Debt, Threats, Papers], multiple: ";"}
  work:      {type: string,  role: sensitive, codes: [Fruit, Fish, Floors], multiple: ";",
              ladder: trades}
  contacts:  {type: string,  role: sensitive, codes: [Police, Clinic, Union], multiple: ";"}
ladders:
  trades: {text: "Fruit;Food\\nFish;Food\\nFloors;Houses\\n"}
""")
CHANGES = {
    "debt": {"round": {"base": 100}},
    "months": {"limit": {"bottom": 1, "top": 60}},
    "loan": {"noise": {"scale": 50}},
    "entered": {"shift_dates": {"days": 30}},
    "left": {"shift_dates": {"days": 30}},
    "income": {"microaggregate": {"k": K}},
    "visits": {"swap": {"share": 0.05}},
    "harm": {"randomize": {"keep": 0.8}},
    "means": {"sets": {"m": 2, "k": K}},
    "controls": "split",
    "work": {"group": {"level": "level-1"}},
    "contacts": "count",
}
SAYS = {
    "person_id": r"random token for person, the same within agreement lab-changed",
    "state": r"coarsened to us-(state|region)",
    "debt": r"rounded to the nearest multiple of 100",
    "months": r"limited: 1 stands for it and everything below; 60 stands for it and .* above",
    "loan": r"discrete Laplace noise of scale 50 added, then limited to 0(\.00)? to 10000.*",
    "entered": r"moved by up to 30 days, never by none; all of one person's dates by the same.*",
    "left": r"moved by up to 30 days, never by none.*",
    "income": r".*mean.* at least 11 people.*",
    "visits": r"another person's, who is at most 5 % of all ranks away.*",
    "harm": r"randomized: each code stays with chance 0\.8 .*to correct a count, take .*",
    "means": r"sets: every combination of up to 2 codes that occurs is had by at least 11 people.*",
    "controls_Papers": r"split: whether the cell holds the code Papers",
    "controls_other": r"split: whether the cell holds the code other \(any that isn't listed\)",
    "work": r"grouped: each code by its group on level-1, each group once",
    "contacts": r"counted: how many codes the cell holds, not which",
}


def policy(tokens):
    columns = {"person_id": {"pseudonymize": {"tokens": tokens}}, "state": "coarsen", **CHANGES}
    return {
        "policy": "changed",
        "dataset": "stays",
        "classes": ["ngo"],
        "purposes": ["research"],
        "extract": {"columns": columns, "protect": {"k": K, "l": {"debt": 5, "work": 2}}},
    }


def person(number):
    """Return one generated person's record: alike in state, alone in length of stay."""
    entered = date(2020, 1, 1) + timedelta(number % 28)
    contacts = ["Police", "Clinic", "Union"][: number % 4]
    return {
        "case_id": f"GEN-C{number}",
        "person_id": f"GEN-P{number}",
        "state": "CA" if number % 2 else "TX",
        "debt": f"{1000 * (number % 10) + 137.25 * (number % 7):.2f}",
        "months": str(number % 80),
        "loan": f"{500 + 7.25 * number:.2f}",
        "entered": entered.isoformat(),
        "left": (entered + timedelta(number + 1)).isoformat(),
        "income": str(1000 + 13 * number),
        "visits": str(3 * number),
        "harm": "Sexual" if number % 3 else "Labour",
        "means": ";".join(["Debt", "Threats", *(["Charm"] if number in (5, 6, 7) else ["Papers"])]),
        "controls": ["Debt;Threats", "Papers", "", "Debt"][number % 4],
        "work": ["Fruit;Fish", "Floors", "Fish;Floors"][number % 3],
        "contacts": ";".join(contacts),
    }


@pytest.fixture(scope="module")
def walk(operator):
    """A partner pulls; people are added; it pulls again, and again under derived tokens."""
    operator.declare(DATASET)
    operator.load("stays", [person(number) for number in range(PEOPLE)])
    operator.permit(policy("vaulted"))
    seen = SimpleNamespace(first=operator.pull("changed", "stays", name="first.csv"))
    operator.load("stays", [person(number) for number in range(PEOPLE, PEOPLE + LATER)])
    seen.again = approved(operator, "again.csv")
    operator.weir("policy", "apply", operator.file("derived.yaml", dumped(policy("derived"))))
    seen.derived = approved(operator, "derived.csv")
    return seen


def approved(operator, name):
    with operator.asking("changed", "stays", name=name) as (pulling, waiting):
        assert operator.decide("approve", waiting) == "ready"
        return pulling.result(timeout=60)


def by_person(pulled):
    """Return each row beside the number of its person, by the length of stay."""
    return {length(row) - 1: row for row in rows_of(pulled)}


def length(row):
    return (date.fromisoformat(row["left"]) - date.fromisoformat(row["entered"])).days


@pytest.fixture(scope="module")
def pairs(walk):
    """Every person's stored record beside the released row."""
    found = by_person(walk.first)
    assert sorted(found) == list(range(PEOPLE))
    return [(person(number), row) for number, row in sorted(found.items())]


def test_the_files_verify(operator, walk):
    for pulled in (walk.first, walk.again, walk.derived):
        assert operator.verify(pulled.files.file) == 0


def test_rounded_amounts_are_the_nearest_multiples(pairs):
    for stored, row in pairs:
        assert Decimal(row["debt"]) % 100 == 0
        assert abs(Decimal(row["debt"]) - Decimal(stored["debt"])) <= 50


def test_limited_numbers_stay_within_and_are_exact_between(pairs):
    for stored, row in pairs:
        assert int(row["months"]) == min(max(int(stored["months"]), 1), 60)


def test_noise_has_its_scale_and_keeps_to_cents_and_bounds(pairs):
    moves = [Decimal(row["loan"]) - Decimal(stored["loan"]) for stored, row in pairs]
    assert all(re.fullmatch(r"\d+(\.\d\d?)?", row["loan"]) for _, row in pairs)
    assert all(Decimal(row["loan"]) <= 10_000 for _, row in pairs)
    # the mean distance is the scale; its standard error with 240 people is 50 / 15.5
    assert 30 < sum(map(abs, moves)) / len(moves) < 70
    assert abs(sum(moves) / len(moves)) < 25


def test_dates_of_one_person_move_together_and_never_stand_still(pairs):
    moved = []
    for stored, row in pairs:
        moves = {
            (date.fromisoformat(row[name]) - date.fromisoformat(stored[name])).days
            for name in ("entered", "left")
        }
        assert len(moves) == 1
        moved += moves
    assert 0 not in moved
    assert max(map(abs, moved)) <= 30
    assert len(set(moved)) > 40
    assert min(moved) < 0 < max(moved)


def test_micro_groups_have_eleven_neighbours_and_their_mean(pairs):
    groups = {}
    for stored, row in sorted(pairs, key=lambda pair: int(pair[0]["income"])):
        groups.setdefault(row["income"], []).append(int(stored["income"]))
    assert list(map(int, groups)) == sorted(map(int, groups))
    for mean, members in groups.items():
        assert len(members) >= K
        assert abs(sum(members) / len(members) - int(mean)) <= 0.5
        assert members == list(range(members[0], members[-1] + 1, 13))


def test_swapped_values_are_the_very_same_and_hardly_anybody_s_own(pairs):
    true, released = ([int(one["visits"]) for one in ones] for ones in zip(*pairs, strict=True))
    assert sorted(true) == sorted(released)
    farthest = max(abs(a - b) // 3 for a, b in zip(true, released, strict=True))
    assert 1 <= farthest <= 0.05 * PEOPLE
    assert sum(a == b for a, b in zip(true, released, strict=True)) < 0.1 * PEOPLE


def test_randomized_codes_can_be_counted_as_the_codebook_says(walk, pairs):
    stays = sum(row["harm"] == stored["harm"] for stored, row in pairs)
    assert 0.65 * PEOPLE < stays < 0.93 * PEOPLE
    told = codebook_of(walk.first)["harm"]
    assert {row["harm"] for _, row in pairs} <= {*told["values"].split("; ")}
    said = re.search(r"take \(count - (\S+) x rows with a value\) / (\S+)$", told["released_as"])
    chance, divisor = map(float, said.groups())
    counted = sum(row["harm"] == "Sexual" for _, row in pairs)
    corrected = (counted - chance * len(pairs)) / divisor
    assert abs(corrected - sum(stored["harm"] == "Sexual" for stored, _ in pairs)) < 45


def test_no_two_codes_that_occur_are_had_by_fewer_than_eleven(pairs):
    found = Counter()
    for _, row in pairs:
        codes = sorted(row["means"].split(";"))
        found.update((*combinations(codes, 1), *combinations(codes, 2)))
    assert min(found.values()) >= K
    assert {code for codes in found for code in codes} == {"Debt", "Threats", "Papers"}


def test_each_code_is_answered_in_a_column_of_its_own(pairs):
    for stored, row in pairs:
        has = set(filter(None, stored["controls"].split(";")))
        for code in ("Debt", "Threats", "Papers"):
            answer = ("yes" if code in has else "no") if has else ""
            assert row[f"controls_{code}"] == answer
        assert row["controls_other"] == ("no" if has else "")


def test_groups_and_counts_stand_for_the_codes(pairs):
    trades = {"Fruit": "Food", "Fish": "Food", "Floors": "Houses"}
    for stored, row in pairs:
        assert {*row["work"].split(";")} == {trades[one] for one in stored["work"].split(";")}
        assert len(row["work"].split(";")) == len({*row["work"].split(";")})
        contacts = [one for one in stored["contacts"].split(";") if one]
        assert row["contacts"] == (str(len(contacts)) if contacts else "")


def test_the_codebook_tells_how_to_read_each_column(walk):
    told = codebook_of(walk.first)
    assert list(told) == list(rows_of(walk.first)[0])
    for name, words in SAYS.items():
        assert re.fullmatch(words, told[name]["released_as"]), told[name]["released_as"]
    assert told["controls_Papers"]["values"] == "yes; no"
    assert told["work"]["values"] == "Food; Houses; other"
    assert told["contacts"]["values"].startswith("1; 2; 3")
    assert told["loan"]["meaning"] == "sensitive, in USD"
    several = {name for name, row in told.items() if "in a cell, separated by ;" in row["meaning"]}
    assert several == {"means", "work"}


def test_the_manifest_says_what_was_done(walk):
    actions = {name: column["action"] for name, column in columns_of(walk.first).items()}
    for name, rule in CHANGES.items():
        action = rule if isinstance(rule, str) else next(iter(rule))
        made = [actions[one] for one in actions if one.split("_")[0] == name]
        assert made
        assert set(made) == {action}
    assert any("no differential privacy" in limit for limit in walk.first.manifest["limits"])


def test_a_partner_reads_of_every_change_before_it_asks(operator, walk):
    with operator.session("changed") as session:
        (offer,) = session.get("/v1/datasets/stays").json()["offers"]
    told = {column["name"]: column["reason"]["message"] for column in offer["columns"]}
    plain = {"debt": "multiple of 100", "income": "mean of at least 11", "left": "by up to 30 days"}
    plain |= {"visits": "at most 5 % of all ranks", "controls": "controls_ and the code"}
    for name, words in plain.items():
        assert words in told[name]
    assert all(told[name].startswith(f"{name}: ") for name in CHANGES)


def test_lint_warns_of_what_changes_do_not_protect(operator):
    warned, _ = operator.says("policy", "check", operator.folder / "changed.yaml")
    for words in ("four for 98 %", "no differential privacy guarantee", "entered, left"):
        assert words in warned


def test_asked_again_everybody_has_the_same_token_noise_and_move(walk):
    first, again = by_person(walk.first), by_person(walk.again)
    assert sorted(again) == list(range(PEOPLE + LATER))
    for number, row in first.items():
        for name in ("person_id", "loan", "entered", "harm"):
            assert again[number][name] == row[name]


def test_random_tokens_have_nothing_in_common_with_derived_ones(walk):
    random, derived = by_person(walk.again), by_person(walk.derived)
    tokens = [{row["person_id"] for row in rows.values()} for rows in (random, derived)]
    assert [len(one) for one in tokens] == [PEOPLE + LATER] * 2
    assert not set.intersection(*tokens)
    orders = [sorted(rows, key=lambda n: rows[n]["person_id"]) for rows in (random, derived)]
    assert orders[0] != orders[1]
    assert codebook_of(walk.derived)["person_id"]["released_as"].startswith("token for person")

"""A small home that answers in numbers: debts of generated people, two partners, one policy."""

from __future__ import annotations

import csv
import io
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from gateway.aggregates.asking import Answered, ask
from gateway.aggregates.estimating import estimate
from gateway.context import open_context
from gateway.declarations import add_partner
from gateway.founding import found_home
from policies.documents import parse_partner
from tests.conftest import FixedClock
from tests.journeys.served_homes import partner_document
from tests.small_homes import NOON, ZONE, World, copy_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

HEADER = ("person_id", "state", "day", "kind", "controls", "debt", "age", "town", "consent")
DATASET = """
dataset: debts
title: {en: Debts}
privacy_unit: person_id
consent_default: none
budget: {epsilon: 8, delta: 1.0e-6}
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  state:    {type: string,  role: quasi_identifier, ladder: us-state}
  day:      {type: date,    role: quasi_identifier, ladder: date, bounds: [2024-01-01, 2025-12-31]}
  kind:     {type: string,  role: sensitive, codes: [Labour, Sexual, Marriage]}
  controls: {type: string,  role: sensitive, codes: [Debt, Threats, Papers], multiple: ";",
             max_codes: 2}
  debt:     {type: decimal, role: sensitive, bounds: [0, 1000], scale: 2, unit: USD}
  age:      {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  town:     {type: string,  role: insensitive, codes: [A, B]}
  consent:  {type: string,  role: consent}
"""
POLICY = """
policy: counts
dataset: debts
classes: [ngo, government]
purposes: [research, planning]
aggregate:
  measures:
    - count_people
    - count_records
    - {sum: debt}
    - {mean: debt}
    - {quantile: debt}
    - {quantile: age}
    - {quantile: day}
    - {histogram: {column: age, level: 10-years}}
    - {distinct: kind}
  group_by: [kind, controls, town, {column: day, level: quarter}, {column: state, level: us-region}]
  max_records_per_person: 3
  budget: {epsilon: 4, delta: 1.0e-7, per: partner, rho: true}
"""
ASKED = {"dataset": "debts", "purpose": "research"}


def record(number: int, rng: random.Random) -> dict[str, str]:
    """Return one generated record; person n has n % 5 + 1 of them."""
    return {
        "person_id": f"person-{number}",
        "state": rng.choice(["CA", "TX", "NY", "", "??"]),
        "day": rng.choice(["2024-02-03", "2024-11-30", "2025-06-01", "2031-01-01", ""]),
        "kind": rng.choice(["Labour", "Sexual", "Nonsense", ""]),
        "controls": rng.choice(["Debt", "Threats;Debt", "Papers;Threats;Debt", "New", ""]),
        "debt": rng.choice(["12.34", "999.99", "5000", "-3.5", ""]),
        "age": rng.choice(["17", "25", "44", "95", "130", ""]),
        "town": rng.choice(["A", "B"]),
        "consent": "aggregate" if number % 10 else "none",
    }


def generated(first: int, last: int, seed: int = 7) -> list[dict[str, str]]:
    """Return records of generated people."""
    rng = random.Random(seed)
    return [record(n, rng) for n in range(first, last + 1) for _ in range(n % 5 + 1)]


@dataclass
class Counted(World):
    """An open home, and hands to ask it."""

    def load_rows(
        self, rows: Sequence[Mapping[str, str]], dataset: str = "debts", **terms: Any
    ) -> dict[str, Any]:
        """Load records into `debts`."""
        self.loads += 1
        file = self.folder / f"debts-{self.loads}.csv"
        out = io.StringIO()
        writer = csv.DictWriter(out, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.write_text(out.getvalue(), encoding="utf-8")
        return self.load_file(file, dataset, **terms)

    def asker(self, name: str, **changes: Any) -> str:
        """Add a partner that may ask."""
        return self.partner(name, agreement={"dataset": "debts", "policy": "counts"}, **changes)

    def ask_for(self, partner: str, *measures: Any, **asked: Any) -> Answered:
        """Ask, at epsilon 1 unless something else is said."""
        return ask(self.context, partner, question(*measures, **asked))

    def estimate_of(self, partner: str, *measures: Any, **asked: Any) -> dict[str, Any]:
        """Ask what it would cost."""
        return estimate(self.context, partner, question(*measures, **asked))


def question(*measures: Any, **asked: Any) -> dict[str, Any]:
    """Return the body of a question."""
    priced = asked.keys() & {"epsilon", "rho", "half_width"}
    body = {**ASKED, **({} if priced else {"epsilon": 1.0}), **asked}
    return body if "queries" in asked else {"measures": [*measures], **body}


def values(answered: Answered, name: str) -> dict[tuple[str, ...], Any]:
    """Return a measure's values by key."""
    return {tuple(row["keys"].values()): row[name]["value"] for row in answered.content["rows"]}


def truth(rows: Sequence[Mapping[str, str]], by: str) -> Counter[str]:
    """Count people who allow it by one column's codes, without any bound."""
    people = defaultdict(set)
    for row in rows:
        if row["consent"] == "aggregate":
            people[row[by]].add(row["person_id"])
    return Counter({code: len(found) for code, found in people.items()})


class NoNoise:
    """Draws zeros: what is left to see is how answers are counted."""

    name = "batch"

    def draws(self, _mechanism: Any) -> bool:
        return True

    def draw(self, _mechanism: Any, count: int) -> Any:
        import numpy as np

        return np.zeros(count, dtype=np.int64)

    def distance(self, _mechanism: Any) -> Any:
        from fractions import Fraction

        return Fraction(0)


@pytest.fixture
def no_noise(monkeypatch) -> None:
    """Let this test see exact values; nothing in the gateway can ask for that."""
    from gateway.aggregates import answering

    monkeypatch.setattr(answering, "sampler_of", lambda _context: NoNoise())


def found_counted(folder: Path, clock: FixedClock) -> Path:
    """Found the home, with sixty people."""
    path = folder / "home"
    found_home(path, name="Small Test Home", origin="weir.example/log", timezone=ZONE)
    with open_context(path, clock=clock) as context:
        world = Counted(context, folder, clock)
        world.declare(DATASET)
        world.apply(POLICY)
        world.load_rows(generated(1, 60))
        world.asker("harbor")
        world.asker("lantern")
    return path


_templates: dict[str, Path] = {}


def template_of(factory: pytest.TempPathFactory) -> Path:
    """Return the one template of this run, to be copied."""
    if "counted" not in _templates:
        folder = factory.mktemp("counted-template")
        _templates["counted"] = found_counted(folder, FixedClock(NOON))
    return _templates["counted"]


@pytest.fixture
def counted(tmp_path_factory, tmp_path) -> Iterator[Counted]:
    """A home of the test's own."""
    path = copy_home(template_of(tmp_path_factory), tmp_path)
    clock = FixedClock(NOON)
    with open_context(path, clock=clock) as context:
        yield Counted(context, tmp_path, clock)


def found_for_http(path: Path, folder: Path, people: int, partners: Sequence[str]) -> None:
    """Found a home at `path` with generated people, for partners whose keys lie in `folder`."""
    found_home(path, name="Counted Test Home", origin="weir.example/log", timezone=ZONE)
    with open_context(path) as context:
        world = Counted(context, folder, FixedClock(NOON))
        world.declare(DATASET)
        world.apply(POLICY)
        world.load_rows(generated(1, people))
        for name in partners:
            document = partner_document(name, folder)
            document["agreements"][0] |= {"dataset": "debts", "policy": "counts"}
            add_partner(context, parse_partner(document))

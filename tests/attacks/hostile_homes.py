"""A gateway served over HTTP to partners who mean harm, in a home whose exact data a test knows.

One home serves a whole file of tests; each test has a dataset, and so a budget, of its own.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gateway.aggregates import padding
from gateway.budgets import show_budgets
from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.founding import found_home
from gateway.server import Listening, serving
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.conftest import FixedClock
from tests.counted_homes import DATASET, POLICY, Counted, question
from tests.journeys.served_homes import partner_document
from tests.small_homes import NOON, ZONE, changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PARTNERS = ("harbor", "lantern")
GIVER = "mallory"
CELLS = {"group_by": [{"column": "day", "level": "quarter"}, {"column": "state"}, "town"]}
"""Many cells at once: 10 quarters x 7 regions x 4 towns."""


@dataclass
class Hostile:
    """The served home, and what its partners do with it.

    Attributes:
        world: the home from inside: the operator's hands, and the truth.
        documents: of the partners, as they were added.
    """

    url: str
    world: Counted
    tokens: dict[str, str] = field(default_factory=dict)
    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def dataset(self, rows: Sequence[Mapping[str, str]], **changes: str) -> Kept:
        """Declare a dataset of the test's own, with a policy and agreements of all partners."""
        name = f"debts-{next(self.numbers)}"
        kept = Kept(self, name)
        kept.declare(**changes)
        kept.apply()
        for partner in PARTNERS:
            self.agree(partner, name, policy=f"counts-{name}", purposes=["research", "planning"])
        self.agree(GIVER, name, submits=True)
        kept.load(rows)
        return kept

    def agree(self, partner: str, dataset: str, **terms: Any) -> None:
        """Add an agreement to a partner's others."""
        if partner not in self.documents:
            self.documents[partner] = partner_document(partner, self.world.folder)
            self.documents[partner]["agreements"].clear()
        known = {"starts": "2026-01-01", "ends": "2099-12-31"}
        agreement = {"agreement": f"{partner}-{dataset}", "dataset": dataset, **known, **terms}
        self.documents[partner]["agreements"].append(agreement)
        self._add(partner)

    def amend(self, partner: str, dataset: str, **terms: Any) -> None:
        """Change a partner's agreement on a dataset."""
        for agreement in self.documents[partner]["agreements"]:
            if agreement["dataset"] == dataset:
                agreement.update(terms)
        self._add(partner)

    def _add(self, partner: str) -> None:
        add_partner(self.world.context, parse_partner(self.documents[partner]))

    def http(self, partner: str) -> httpx.Client:
        """Return a client with the partner's token."""
        if partner not in self.tokens:
            key = load_partner_key(self.world.folder / f"{partner}.pem")
            with Session(self.url, partner, key) as session:
                session.get("/v1/releases")
                self.tokens[partner] = str(session._token)
        headers = {"Authorization": f"Bearer {self.tokens[partner]}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)


@dataclass
class Kept:
    """One dataset of the home."""

    hostile: Hostile
    name: str

    def declare(self, text: str = DATASET, **changes: str) -> None:
        """Declare it, anew if it was."""
        own = changed(text, changes).replace("dataset: debts", f"dataset: {self.name}")
        declare_dataset(self.hostile.world.context, parse_dataset(own))

    def apply(self, text: str = POLICY, **changes: str) -> None:
        """Apply its policy, anew if it was."""
        own = changed(text, changes).replace("dataset: debts", f"dataset: {self.name}")
        own = own.replace("policy: counts", f"policy: counts-{self.name}")
        apply_policy(self.hostile.world.context, parse_policy(own))

    def load(self, rows: Sequence[Mapping[str, str]], **terms: Any) -> dict[str, Any]:
        """Load records, as `weir dataset load` does."""
        return self.hostile.world.load_rows(rows, self.name, **terms)

    def body(self, *measures: Any, **asked: Any) -> dict[str, Any]:
        """Return a question about it."""
        return question(*measures, **{"dataset": self.name, **asked})

    def ask(self, partner: str, *measures: Any, **asked: Any) -> httpx.Response:
        """Ask over HTTP."""
        with self.hostile.http(partner) as http:
            return http.post("/v1/aggregates", json=self.body(*measures, **asked))

    def estimate(self, partner: str, *measures: Any, **asked: Any) -> dict[str, Any]:
        """Ask over HTTP what it would cost."""
        with self.hostile.http(partner) as http:
            told = http.post("/v1/aggregates/estimate", json=self.body(*measures, **asked))
            assert told.status_code == 200, told.text
            return dict(told.json())

    def spent(self, kind: str = "dataset") -> float:
        """Return the epsilon that the caps of one kind were charged, as the operator sees it."""
        (budget,) = show_budgets(self.hostile.world.context, self.name)
        return float(sum(cap["spent"]["epsilon"] for cap in budget["caps"] if cap["kind"] == kind))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """Serve a home to the tests of a file; answers leave as soon as they are there."""
    folder = tmp_path_factory.mktemp("hostile")
    path = folder / "home"
    found_home(path, name="Hostile Test Home", origin="weir.example/log", timezone=ZONE)
    with pytest.MonkeyPatch.context() as patch, serving(path, Listening(port=0)) as running:
        patch.setattr(padding, "_TICKS", ())
        patch.setattr(padding, "_LONGEST", 0.001)
        yield Hostile(running.url, Counted(running.context, folder, FixedClock(NOON)))


def figures(told: httpx.Response, measure: str = "count_people") -> list[int]:
    """Return one measure's values, in the order of the answer."""
    assert told.status_code == 200, told.text
    return [row[measure]["value"] for row in told.json()["rows"]]


def refusal(told: httpx.Response) -> list[str]:
    """Return the rules of a refusal."""
    assert told.status_code == 403, told.text
    return [reason["rule"] for reason in told.json()["reasons"]]

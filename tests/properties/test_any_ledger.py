"""Any history of a ledger, against an oracle that keeps exact fractions and adds them up anew.

The oracle knows nothing of units, caps' rows or the conversion that the ledger uses: it converts
with another library, and decides each question from every charge there was.
"""

from __future__ import annotations

import math
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from dp_accounting import GaussianDpEvent, NeighboringRelation
from dp_accounting.rdp import RdpAccountant
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from anonymizers.accounting.charges import Charge
from anonymizers.accounting.limits import limit_of
from gateway.caps import Cap, Lifetime
from gateway.errors import BudgetExhaustedError
from gateway.store.engine import open_store
from gateway.store.migrations import migrate
from gateway.store.tables import AggregateAnswer, BudgetCap, BudgetCharge
from tests.gateway.ledgers import Ledger

EPSILONS = {"dataset:cases": "1", "partner:a": "0.6", "partner:b": "0.6", "contributor:c": "0.9"}
DELTA = Fraction(1, 10**6)
PRICES = [
    *(("epsilon", Fraction(e), Fraction(d)) for e in ("1/20", "1/3", "3/5") for d in (0, "2e-7")),
    *(("rho", Fraction(r), Fraction(d)) for r in ("1/3000", "1/150") for d in (0, "1e-7")),
]
COMPONENTS = {f"component-{number}": PRICES[number % len(PRICES)] for number in range(24)}
NEAR = 1e-3  # how far another library's conversion may be from ours


@cache
def _orders():
    return [1 + math.exp(step / 40) for step in range(-40, 280)]


@cache
def converted(rho: Fraction) -> float:
    """Convert a sum of rho to epsilon at half of delta, by another library."""
    if rho == 0:
        return 0.0
    accountant = RdpAccountant(_orders(), NeighboringRelation.ADD_OR_REMOVE_ONE)
    accountant.compose(GaussianDpEvent(math.sqrt(1 / (2 * rho))))
    return float(accountant.get_epsilon(float(DELTA / 2)))


@dataclass
class Oracle:
    """Keeps which component was charged to which cap, and decides from that alone."""

    periods: int = 1
    charged: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in EPSILONS})

    def room(self, cap: str, components: set[str]) -> float:
        """Return how far from its limit a cap would be: below 0 it has no room."""
        prices = [COMPONENTS[name] for name in self.charged[cap] | components]
        epsilon = Fraction(EPSILONS[cap]) * (self.periods if cap[0] in "dp" else 1)
        if sum((price[2] for price in prices), Fraction(0)) > self.delta(cap):
            return -1.0
        pure = sum((price[1] for price in prices if price[0] == "epsilon"), Fraction(0))
        rho = sum(
            (p[1] if p[0] == "rho" else p[1] ** 2 / 2 for p in prices),
            Fraction(0),
        )
        # Several periods: rho grows as often, not faster.
        by_rho = float(epsilon) / (converted(rho / self.times(cap)) * self.times(cap) or 1e-9) - 1
        if all(price[0] == "epsilon" for price in prices):
            # 0 where a third three times makes 1: charges are rounded up, and don't.
            return max(by_rho, float(1 - pure / epsilon))
        return by_rho

    def times(self, cap: str) -> int:
        return self.periods if cap[0] in "dp" else 1

    def delta(self, cap: str) -> Fraction:
        return self.times(cap) * DELTA / 2


class AnyLedger(RuleBasedStateMachine):
    """Partners ask, answers are settled or left behind, periods are opened."""

    url = ""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        url = self.url or f"sqlite:///{Path(self.folder.name) / 'store.sqlite'}"
        self.ledger = Ledger(open_store(url))
        migrate(self.ledger.store)
        for table in (BudgetCharge, BudgetCap, AggregateAnswer):
            with self.ledger.store.begin() as connection:
                connection.execute(table.__table__.delete())
        self.oracle, self.settled = Oracle(), set()

    def cap(self, name):
        times = self.oracle.times(name)
        limit = limit_of(Fraction(EPSILONS[name]), DELTA, times)
        lifetime = Lifetime(times * Fraction(EPSILONS[name]), times * DELTA)
        return Cap(name, name.partition(":")[0], "dataset:cases", limit, lifetime)

    @rule(
        partner=st.sampled_from(["partner:a", "partner:b"]),
        contributed=st.booleans(),
        asked=st.sets(st.sampled_from(sorted(COMPONENTS)), min_size=1, max_size=4),
    )
    def ask(self, partner, contributed, asked):
        names = ["dataset:cases", partner, *(["contributor:c"] if contributed else [])]
        rooms = [self.oracle.room(name, asked) for name in names]
        charges = [(name, priced(COMPONENTS[name])) for name in sorted(asked)]
        refused = self.refused([self.cap(name) for name in names], charges)
        for name, room in zip(names, rooms, strict=True):
            assert room < NEAR if name in refused else room > -NEAR
        for name in () if refused else names:
            self.oracle.charged[name] |= asked

    def refused(self, caps, charges):
        """Ask; return the caps that refused."""
        try:
            self.ledger.ask(caps, *charges)
        except BudgetExhaustedError as error:
            return error.caps
        return ()

    @rule(component=st.sampled_from(sorted(COMPONENTS)))
    def settle(self, component):
        reserved = component in set().union(*self.oracle.charged.values())
        first = self.ledger.settle(component, component.encode())
        assert first == (reserved and component not in self.settled)
        if reserved:
            self.settled.add(component)

    @rule()
    def open_a_period(self):
        if self.oracle.periods < 3:
            self.oracle.periods += 1

    @invariant()
    def what_was_spent_is_the_sum_of_what_was_charged(self):
        charged = {(row.cap_id, row.component) for row in self.ledger.rows(BudgetCharge)}
        assert charged == {(c, part) for c, parts in self.oracle.charged.items() for part in parts}
        for row in self.ledger.rows(BudgetCap):
            prices = [priced(COMPONENTS[part]) for part in self.oracle.charged[row.id]]
            assert row.epsilon == sum(price.epsilon for price in prices)
            assert row.rho == sum(price.rho for price in prices)
            assert row.delta == sum(price.delta for price in prices)
            assert row.mixed == any(not price.pure for price in prices)

    @invariant()
    def one_answer_is_kept_for_each_component_that_was_charged(self):
        answers = {row.fingerprint: row.state for row in self.ledger.rows(AggregateAnswer)}
        assert answers.keys() == set().union(*self.oracle.charged.values())
        assert {name for name, state in answers.items() if state == "settled"} == self.settled
        for row in self.ledger.rows(BudgetCharge):
            assert row.settled == (row.component in self.settled)

    def teardown(self):
        self.ledger.store.dispose()
        self.folder.cleanup()


def priced(price):
    kind, amount, delta = price
    return (Charge.of_epsilon if kind == "epsilon" else Charge.of_rho)(amount, delta)


def histories(count):
    return settings(
        max_examples=count,
        stateful_step_count=25,
        phases=[Phase.generate],  # a history says enough as it is; shorter ones take long to find
        suppress_health_check=[HealthCheck.too_slow],
    )


def test_no_history_spends_more_than_an_oracle_allows(effort):
    run_state_machine_as_test(AnyLedger, settings=histories(8 * effort))


def test_no_history_on_postgresql_does(effort, postgres_url):
    machine = type("AnyPostgresLedger", (AnyLedger,), {"url": postgres_url})
    run_state_machine_as_test(machine, settings=histories(4 * effort))


def test_an_oracle_that_converts_otherwise_would_be_noticed(monkeypatch):
    real = converted
    monkeypatch.setattr(f"{__name__}.converted", lambda rho: real(rho) * 1.3)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(AnyLedger, settings=histories(40))

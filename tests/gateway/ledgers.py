"""A ledger without a home: a store, a clock, and hands to ask."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

from anonymizers.accounting.charges import Charge
from anonymizers.accounting.limits import Limit, limit_of
from gateway.caps import Cap, Lifetime
from gateway.ledger import reserve, settle, spent
from gateway.store.engine import reading, writing
from tests.conftest import FixedClock
from tests.small_homes import NOON

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from gateway.context import Context

ONE = limit_of(Fraction(1), Fraction(1, 10**6))
_LIFETIME = Lifetime(Fraction(1), Fraction(1, 10**6))


def cap(name: str, limit: Limit = ONE) -> Cap:
    """Return a cap; its id says its kind."""
    kind: Any = name.partition(":")[0]
    return Cap(name, kind, "dataset:cases", limit, _LIFETIME)


def pure(epsilon: str, delta: str = "0") -> Charge:
    """Price a pure answer."""
    return Charge.of_epsilon(Fraction(epsilon), Fraction(delta))


def zcdp(rho: str, delta: str = "0") -> Charge:
    """Price an answer with Gaussian noise."""
    return Charge.of_rho(Fraction(rho), Fraction(delta))


@dataclass
class Ledger:
    """Asks and settles, each in a transaction of its own."""

    store: Engine

    @property
    def context(self) -> Context:
        """What of an open home a ledger needs."""
        return cast("Context", SimpleNamespace(store=self.store, clock=FixedClock(NOON)))

    def ask(self, caps: list[Cap], *charges: tuple[str, Charge]) -> None:
        """Reserve."""
        with writing(self.store) as session:
            reserve(self.context, session, caps, charges, dataset="cases", snapshot=1)

    def settle(self, fingerprint: str, sealed: bytes = b"values") -> bool:
        """Keep values."""
        with writing(self.store) as session:
            return settle(self.context, session, fingerprint, sealed)

    def spent(self, name: str) -> Charge:
        """Return what a cap was charged."""
        with reading(self.store) as session:
            return spent(session, name)

    def rows(self, table: Any) -> list[Any]:
        """Return a table."""
        from sqlmodel import select

        with reading(self.store) as session:
            return list(session.exec(select(table)))

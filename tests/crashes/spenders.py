"""Processes that spend from a budget, each with a store of its own, so that they can be killed."""

from __future__ import annotations

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from types import SimpleNamespace

from sqlmodel import select

from anonymizers.accounting.charges import Charge
from anonymizers.accounting.filters import fits
from anonymizers.accounting.limits import limit_of
from gateway.caps import Cap, Lifetime
from gateway.clock import Clock
from gateway.errors import BudgetExhaustedError
from gateway.ledger import reserve, settle, spent
from gateway.store.engine import open_store, reading, writing
from gateway.store.tables import BudgetCap

TENTH = Charge.of_epsilon(Fraction(1, 10), Fraction(0))
LIFETIME = Lifetime(Fraction(1), Fraction(1, 10**6))
LIMIT = limit_of(*vars(LIFETIME).values())
IDS = ("dataset:cases", "partner:harbor:dataset:cases")
CAPS = [Cap(name, name.split(":")[0], "dataset:cases", LIMIT, LIFETIME) for name in IDS]


class Spender:
    """Acts on one store."""

    def __init__(self, url):
        self.store = open_store(url)
        self.context = SimpleNamespace(store=self.store, clock=Clock())

    def ask(self, component):
        try:
            with writing(self.store) as session:
                charges = [(component, TENTH)]
                reserve(self.context, session, CAPS, charges, dataset="cases", snapshot=1)
        except BudgetExhaustedError:
            return False
        return True

    def ask_naively(self, _component):
        """Read, decide, write: what a ledger must not do."""
        with reading(self.store) as session:
            held = [spent(session, cap.id) for cap in CAPS]
        if not all(fits(one, TENTH, LIMIT) for one in held):
            return False
        time.sleep(0.02)  # as long as drawing may take
        with writing(self.store) as session:
            for cap in CAPS:
                query = select(BudgetCap).where(BudgetCap.id == cap.id).with_for_update()
                row = session.exec(query).one()
                row.epsilon, row.rho = row.epsilon + TENTH.epsilon, row.rho + TENTH.rho
                session.add(row)
        return True

    def ask_all(self, name, count, act="ask"):
        """Ask for different components at once, in several threads; count what was granted."""
        names = [f"{name}-{number}" for number in range(count)]
        with ThreadPoolExecutor(8) as threads:
            return sum(threads.map(getattr(self, act), names))

    def die_between(self, component):
        """Reserve, and end as a power cut would before anything is settled."""
        self.ask(component)
        os.kill(os.getpid(), signal.SIGKILL)

    def die_inside(self, component):
        """End within the transaction."""
        with writing(self.store) as session:
            reserve(self.context, session, CAPS, [(component, TENTH)], dataset="c", snapshot=1)
            os.kill(os.getpid(), signal.SIGKILL)

    def take_over(self, component):
        """Ask for what may have been left behind, draw, settle."""
        if not self.ask(component):
            return False
        with writing(self.store) as session:
            return settle(self.context, session, component, str(os.getpid()).encode())


class Process:
    """A fork that waits, acts once it is let go, and tells what came of it.

    It uses nothing of what was open before, and ends without cleaning up after it.
    """

    def __init__(self, url, act, *told):
        (self._said, say), (wait, self._go) = os.pipe(), os.pipe()
        self.pid = os.fork()
        if self.pid:
            os.close(say), os.close(wait)
            return
        try:
            os.close(self._said), os.close(self._go)
            spender = Spender(url)
            os.read(wait, 1)
            os.write(say, json.dumps(getattr(spender, act)(*told)).encode())
        finally:
            os._exit(0)

    def let_go(self):
        os.write(self._go, b"!")  # not closed: later forks hold this end, too
        os.close(self._go)

    def told(self):
        """Wait for its end; return what it said, None where it was killed."""
        with os.fdopen(self._said, "rb") as said:
            text = said.read()
        _, status = os.waitpid(self.pid, 0)
        self.killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        return json.loads(text) if text else None

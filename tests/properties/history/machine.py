"""The machine that draws histories: each rule is something that somebody does to a home."""

from __future__ import annotations

import functools
import shutil
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.founding import found_home
from tests.properties.history import strategies as some
from tests.properties.history.declarations import (
    PURPOSES,
    Agreement,
    Dataset,
    Partner,
    Policy,
)
from tests.properties.history.history import WORK, ZONE, Beginning, History
from tests.properties.history.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

# How often each thing may happen in one history, so that what costs time leaves some to the rest.
MOST = {"load": 6, "suspend": 2, "wait": 6, "house": 4, "die": 3, "back up": 1, "turn back": 1}
somebody = st.sampled_from((*some.ASKING, *some.ASKING, some.GIVING))
places = st.integers(0, 5)


def seldom(what: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a rule happen at most as often as `MOST` says."""

    def limit(rule: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(rule)
        def counted(self: AnyHistory, **drawn: object) -> None:
            self.times[what] += 1
            rule(self, **drawn)

        return precondition(lambda self: self.times[what] < MOST[what])(counted)

    return limit


class AnyHistory(RuleBasedStateMachine):
    """Draws what happens; `History` does it and holds it against the oracle."""

    beginning: ClassVar[Beginning]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="weir-history-"))
        self.history = History(self.beginning, self.folder / "life")
        self.times: Counter[str] = Counter()

    def teardown(self) -> None:
        try:
            self.history.end()
        finally:
            shutil.rmtree(self.folder)

    @invariant()
    def holds(self) -> None:
        self.history.check()

    def _extract(self, place: int, state: str = "") -> str:
        """An extract, the newest first; one in that state where there is one."""
        known = self.history.extracts.known
        waiting = [name for name, asked in known.items() if asked.state == state] or [*known]
        return waiting[-1 - place % len(waiting)]

    @initialize(partner=st.sampled_from(some.ASKING), request=some.usual_requests)
    def begin(self, partner, request):
        self.pull(partner, request)

    @rule(what=st.one_of(some.datasets, some.policies, some.partners, some.partners))
    def declare(self, what):
        self.history.declare(what)

    @rule(partner=somebody)
    @seldom("suspend")
    def suspend(self, partner):
        self.history.suspend(partner)

    @precondition(lambda self: self.history.world.suspended)
    @rule()
    def resume(self):
        self.history.resume(min(self.history.world.suspended))

    @rule(
        rows=some.sources,
        giver=st.sampled_from(("", "", some.GIVING)),
        mode=st.sampled_from(("append", "append", "append", "replace")),
    )
    @seldom("load")
    def load(self, rows, giver, mode):
        self.history.load(rows, giver, mode)

    @precondition(lambda self: self.history.files)
    @rule(place=places, mode=st.sampled_from(("append", "replace")))
    @seldom("load")
    def load_again(self, place, mode):
        rows, giver = self.history.files[-1 - place % len(self.history.files)]
        self.history.load(rows, giver, mode)

    @rule(partner=somebody, request=some.requests)
    def ask(self, partner, request):
        self.history.ask(partner, request)

    @rule(partner=somebody, request=some.requests)
    def pull(self, partner, request):
        extract = self.history.ask(partner, request)
        if extract is not None:
            self.history.work(extract)
            self.history.check()
            self.history.download(extract, partner)

    @precondition(lambda self: self.history.extracts.known)
    @rule(place=places)
    def pull_again(self, place):
        asked = self.history.extracts.known[self._extract(place)]
        self.pull(asked.permitted.partner, asked.request)

    @precondition(lambda self: self.history.extracts.known)
    @rule(place=places, steps=st.integers(1, len(WORK)))
    def work(self, place, steps):
        """A worker begins, or begins again after it died, and comes so far."""
        self.history.work(self._extract(place), *WORK[:steps])

    @precondition(lambda self: self.history.extracts.known)
    @rule(
        place=places,
        officer=st.sampled_from(("olivia", "omar")),
        verdict=st.sampled_from(("approve", "approve", "approve", "refuse")),
    )
    def vote(self, place, officer, verdict):
        self.history.vote(self._extract(place, "in_review"), officer, verdict)

    @precondition(lambda self: self.history.extracts.known)
    @rule()
    def download_everything(self):
        for extract, asked in [*self.history.extracts.known.items()]:
            self.history.download(extract, asked.permitted.partner)
            self.history.check()

    @precondition(lambda self: self.history.extracts.known)
    @rule(place=places, partner=st.sampled_from((*some.ASKING, some.GIVING, "nobody")))
    def download(self, place, partner):
        self.history.download(self._extract(place, "ready"), partner)

    @rule(days=st.sampled_from((1, 1, 5, 20, 31, 200)))
    @seldom("wait")
    def wait(self, days):
        self.history.wait(days)

    @rule()
    @seldom("house")
    def keep_house(self):
        self.history.keep_house()

    @rule(seams=st.integers(0, 24))
    @seldom("die")
    def die(self, seams):
        """Die now, or at the seam of that number in what is done next."""
        if seams:
            self.history.home.arm(seams)
        else:
            self.history.kill()

    @rule()
    @seldom("back up")
    def back_up_and_go_on_elsewhere(self):
        if self.history.back_up():
            self.history.restore(-1)

    @precondition(lambda self: self.history.backups)
    @rule()
    @seldom("turn back")
    def restore_an_old_backup(self):
        self.history.restore(0)


def begin(folder: Path) -> Beginning:
    """Found a home with a dataset, a policy, three partners and twenty-four people."""
    founded = folder / "founded"
    found_home(founded, name="History", origin="weir.example/log", timezone=ZONE)
    history = History(Beginning(founded, World()), folder / "first")
    history.declare(Dataset())
    history.declare(Policy())
    for name in some.ASKING:
        asking = Agreement(f"{name}-0", some.day(-300), some.day(365), PURPOSES)
        history.declare(Partner(name, agreements=(asking,)))
    giving = Agreement(f"{some.GIVING}-0", some.day(-300), some.day(365))
    history.declare(Partner(some.GIVING, agreements=(giving,)))
    history.load(some.people(1, 24))
    history.check()
    return Beginning(history.home.leave(), history.world)

"""kill -9 at every stop of the corridor: no bytes without entry and receipt, nothing lost."""

from __future__ import annotations

import itertools
import random
import time

from tests.crashes.homes import make_home, requests
from tests.crashes.kills import CORRIDOR, MENDING, REVIEW, Kill, both_moments, random_kills
from tests.crashes.promises import broken_promises, ready_bytes, see

SEED = 20_260_701
LONGEST_SECONDS = 1.0
NEVER = Kill("gateway.backups:back_up")
CI_KILLS = 120


def plan_kills(effort):
    """Choose the kills, each with whether its partner is new (its extract needs no review)."""
    times = random_kills(random.Random(SEED), LONGEST_SECONDS)
    if effort == 1:
        yield from ((kill, True) for kill in CORRIDOR[::3])
        yield from ((kill, False) for kill in REVIEW[1::3])
        yield from ((kill, True) for kill in MENDING[1::3])
        yield from ((kill, True) for kill in itertools.islice(times, 2))
        return
    places = both_moments(CORRIDOR)
    planned = [
        *((kill, True) for kill in places),
        *((kill, False) for kill in both_moments(CORRIDOR + REVIEW)),
        *((kill, True) for kill in both_moments(MENDING)),
    ]
    yield from planned
    for kill, number in zip(times, range(CI_KILLS - len(planned)), strict=False):
        yield kill, number % 2 == 0


class Witness:
    """Looks at a home between two lives, and remembers which bytes were ready."""

    def __init__(self, home):
        self.home = home
        self.ready = {}

    def look(self, place):
        seen = see(self.home)
        assert broken_promises(seen) == [], place
        now = ready_bytes(seen)
        lost = {name: sha for name, sha in self.ready.items() if now.get(name) != sha}
        assert not lost, f"ready before, and not the same now: {lost}; {place}"
        self.ready = now


def test_no_kill_in_the_corridor_breaks_a_promise(zygote, tmp_path, effort):
    kills = list(plan_kills(effort))
    home = make_home(tmp_path, partners=len(kills) + 1)
    witness, asked = Witness(home), requests()
    killed, started = [], time.perf_counter()
    for number, (kill, new_partner) in enumerate([*kills, (NEVER, True)]):
        partner = f"shelter-{number if new_partner else 0}"
        life = zygote.live("extract", kill, home=str(home), partner=partner, request=next(asked))
        place = f"kill {number}: {kill}; it said {life.said}"
        assert life.ended != "failed", place
        if life.ended == "killed":
            killed.append(kill)
        elif kill.place:
            assert kill is NEVER, f"never came by: {place}"
        assert not any(itertools.chain(*life.heard("broken"))), place
        for states in life.heard("went_on"):
            assert set(states.values()) <= {"ready"}, place
        witness.look(place)
    seconds = time.perf_counter() - started
    print(f"{len(killed)} kills in {seconds:.0f} s, {len(witness.ready)} extracts ready")
    assert len(killed) >= (100 if effort > 1 else 9)
    assert len(witness.ready) == len(see(home).extracts)

"""How long an answer takes must not say who is in the data: answers leave at ticks.

Two homes differ in one person, alone in the cell that is asked for. Whoever measures answers of
both, new questions each time, can't tell them apart, not even where the person makes counting
slower. What others got before comes no sooner either, and a refusal for want of budget no later or
sooner: only what this partner itself got before comes at once. The controls answer as soon as they
can, and all of that shows.

Nor does a question say how long the one before it was worked on: each holds its place until its
tick. In that control a place is free as soon as the work is done.
"""

from __future__ import annotations

import time
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import anyio
import pytest
from scipy.stats import mannwhitneyu

from gateway.aggregates import padding
from gateway.aggregates.padding import PLACES, Ticks, tick_seconds
from gateway.aggregates.tallying import Tallying
from tests.attacks.test_aggregates_pipeline_audited import VICTIM
from tests.attacks.views import neighbours
from tests.counted_homes import question, template_of
from tests.http_fixtures import URL, Gateway

TIMES = 9
STARTS = (0, 10, 20)  # other work on the machine blurs a try
TELLING = 1e-4
TICK, SLOW = 0.5, 0.2
MARRIED = [{"column": "kind", "in": ["Marriage"]}]


@pytest.fixture(scope="module")
def gateways(tmp_path_factory):
    """Two gateways, one without the person, each with two partners."""
    folder, template = tmp_path_factory.mktemp("timed"), template_of(tmp_path_factory)
    with neighbours(folder, template, [], [VICTIM]) as worlds:
        for world in worlds:
            world.clock.moment = datetime.now(UTC)  # the clock of the library that reads tokens
        yield [[asking(world.context, name) for name in ("mallory", "eve")]
               for world in worlds]  # fmt: skip


@pytest.fixture(autouse=True)
def slow_ticks(monkeypatch):
    """Let ticks be twice as long, so that other work on the machine seldom overruns one."""
    assert tick_seconds(1) == TICK / 2
    monkeypatch.setattr(padding, "_TICKS", ((1_000, TICK),))


def asking(context, name):
    gateway = Gateway(replace(context, public_url=URL))
    agreement = {"agreement": name, "dataset": "debts", "policy": "counts"}
    ends = f"{datetime.now(UTC).year + 1}-12-31"
    terms = {"purposes": ["research"], "starts": "2026-01-01", "ends": ends}
    partner = gateway.add_partner(name, agreements=[agreement | terms])
    partner.bearer()
    return partner


def seconds(partner, number):
    """Return how long the answer to a question takes; each number is a question of its own."""
    return seconds_at(partner, round(0.01 + number / 1000, 3), 200)


def seconds_at(partner, epsilon, status):
    body = question("count_people", where=MARRIED, epsilon=epsilon)
    begun = time.perf_counter()
    told = partner.post("/v1/aggregates", body)
    taken = time.perf_counter() - begun
    assert told.status_code == status, told.text
    return taken


def told_apart(gateways, start):
    """Return the chance that answers of equal gateways differ so much in time."""
    taken = [[], []]
    for number in range(start, start + TIMES):
        for times, (mallory, _) in zip(taken, gateways, strict=True):
            times.append(seconds(mallory, number))
    return mannwhitneyu(*taken, method="exact").pvalue


@contextmanager
def slower_with_the_person(patch):
    """Let counting take longer where the cell isn't empty, as careless code does."""
    exact = Tallying.exact

    def slow(tallying, parts):
        values = exact(tallying, parts)
        time.sleep(SLOW if any(one.any() for one in values) else 0)
        return values

    with patch.context() as within:
        within.setattr(Tallying, "exact", slow)
        yield


def test_the_time_of_an_answer_does_not_tell_who_is_in_the_data(gateways, monkeypatch):
    with slower_with_the_person(monkeypatch):
        assert any(told_apart(gateways, start) > TELLING for start in STARTS)


def test_control_without_ticks_the_time_tells(gateways, monkeypatch):
    monkeypatch.setattr(Ticks, "wait_seconds", lambda *_told: 0.0)
    with slower_with_the_person(monkeypatch):
        assert any(told_apart(gateways, 30 + start) < TELLING for start in STARTS)


def test_what_others_got_before_comes_no_sooner(gateways):
    (mallory, eve), _ = gateways
    assert seconds(mallory, 60) >= TICK
    assert seconds(eve, 60) >= TICK
    at_once = min(seconds(eve, 60) for _ in range(5))
    assert at_once < TICK / 2


@contextmanager
def slow_to_draw(patch):
    """Let everything that is drawn take long: what is kept is there much sooner."""
    exact = Tallying.exact

    def slow(tallying, parts):
        time.sleep(SLOW)
        return exact(tallying, parts)

    with patch.context() as within:
        within.setattr(Tallying, "exact", slow)
        yield


def kept_comes_sooner(gateways, start):
    """Answer whether eve's time tells which questions mallory asked before her."""
    (mallory, eve), _ = gateways
    for number in range(start, start + 5):
        seconds(mallory, number)
    asked = [seconds(eve, number) for number in range(start, start + 5)]
    unasked = [seconds(eve, number) for number in range(start + 5, start + 10)]
    return max(asked) < min(unasked) - SLOW / 2


def test_the_time_of_an_answer_does_not_tell_that_others_asked_it(gateways, monkeypatch):
    with slow_to_draw(monkeypatch):
        assert not all(kept_comes_sooner(gateways, start) for start in (100, 110))


def test_control_without_ticks_the_time_tells_that_others_asked(gateways, monkeypatch):
    monkeypatch.setattr(Ticks, "wait_seconds", lambda *_told: 0.0)
    with slow_to_draw(monkeypatch):
        assert any(kept_comes_sooner(gateways, start) for start in (120, 130, 140))


def test_a_refusal_for_want_of_budget_leaves_at_its_tick(gateways):
    (mallory, _), _ = gateways
    assert seconds_at(mallory, 4, 403) >= TICK


def test_control_without_ticks_a_refusal_comes_at_once(gateways, monkeypatch):
    (mallory, _), _ = gateways
    monkeypatch.setattr(Ticks, "wait_seconds", lambda *_told: 0.0)
    assert min(seconds_at(mallory, 4, 403) for _ in range(3)) < TICK / 2


def leaving(ticks, worked, partners=("mallory",)):
    """Return after how many seconds questions are answered that came at once, by partner."""
    told = {name: [] for name in partners}

    async def ask(name, begun):
        async with ticks.padded(name, 1):
            await anyio.sleep(worked)
        told[name].append(time.monotonic() - begun)

    async def all_at_once():
        begun = time.monotonic()
        async with anyio.create_task_group() as group:
            for name in (partners[0],) * (2 * PLACES) + partners[1:]:
                group.start_soon(ask, name, begun)

    anyio.run(all_at_once)
    return told


class Careless(Ticks):
    """Frees a place when its work is done, and pads afterwards."""

    @asynccontextmanager
    async def padded(self, partner, cells):
        begun = time.monotonic()
        async with self._places[partner]:
            yield
        await anyio.sleep(self.wait_seconds(cells, time.monotonic() - begun))


def overrun_by_adding_up(ticks):
    """Answer whether many questions at once show a little work that one alone doesn't show."""
    return leaving(ticks, TICK * 0.6)["mallory"][-1] > leaving(ticks, 0)["mallory"][-1] + TICK / 2


def test_many_questions_at_once_do_not_add_up_to_a_tick():
    assert not overrun_by_adding_up(Ticks())


def test_control_places_that_are_free_at_once_add_up():
    assert overrun_by_adding_up(Careless())


def test_a_partner_waits_for_its_own_questions_alone():
    told = leaving(Ticks(), 0.01, ("mallory", "eve"))
    assert max(told["mallory"]) >= 2 * TICK
    assert max(told["eve"]) < 1.5 * TICK

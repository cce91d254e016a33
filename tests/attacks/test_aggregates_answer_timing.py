"""How long an answer takes must not say who is in the data: answers leave at ticks.

Two homes differ in one person, alone in the cell that is asked for. Whoever measures answers of
both, new questions each time, can't tell them apart, not even where the person makes counting
slower. The control answers as soon as it can. What others got before comes no sooner either: only
what this partner itself got before comes at once.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from scipy.stats import mannwhitneyu

from gateway.aggregates import padding
from gateway.aggregates.padding import Ticks, tick_seconds
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
    body = question("count_people", where=MARRIED, epsilon=round(0.01 + number / 1000, 3))
    begun = time.perf_counter()
    told = partner.post("/v1/aggregates", body)
    taken = time.perf_counter() - begun
    assert told.status_code == 200, told.text
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

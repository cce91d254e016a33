"""Large bodies come at a pace, or not at all."""

from __future__ import annotations

import asyncio

import pytest
from starlette.exceptions import HTTPException

from gateway import streams
from gateway.streams import BrokenOffError, read_paced


def coming(*parts, every=0.0):
    """A connection on which these parts come, so many seconds apart."""
    waiting = list(parts)

    async def receive():
        await asyncio.sleep(every)
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    return receive


def taken(receive, limit=1 << 20):
    async def whole():
        return b"".join([part async for part in read_paced(receive, limit)])

    return asyncio.run(whole())


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(streams, "PACE_SECONDS", 0.2)


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("parts", [[b"x"] * 100, [b""] * 100], ids=["drops", "nothing at all"])
def test_a_body_that_drips_is_cut_off(parts):
    with pytest.raises(HTTPException) as refused:
        taken(coming(*parts, every=0.05))
    assert (refused.value.status_code, refused.value.headers) == (408, {"Connection": "close"})


@pytest.mark.usefixtures("hurried")
def test_a_body_that_keeps_the_pace_may_take_its_time(monkeypatch):
    monkeypatch.setattr(streams, "PACE_BYTES", 10)
    parts = [b"x" * 10] * 10
    assert taken(coming(*parts, every=0.05)) == b"".join(parts)  # two and a half spans


def test_a_body_that_is_longer_than_it_may_be_is_refused():
    assert taken(coming(b"x" * 50, b"x" * 50), limit=100) == b"x" * 100
    with pytest.raises(HTTPException) as refused:
        taken(coming(b"x" * 50, b"x" * 51), limit=100)
    assert refused.value.status_code == 413


def test_whoever_goes_away_is_no_error_of_the_gateway():
    with pytest.raises(BrokenOffError):
        taken(gone())


def gone():
    told = [{"type": "http.request", "body": b"x", "more_body": True}, {"type": "http.disconnect"}]

    async def receive():
        return told.pop(0)

    return receive

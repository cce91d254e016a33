from __future__ import annotations

import asyncio
import json

import pytest

from gateway.limits import MAX_BODY_BYTES, BodyLimit


async def _echo(scope, receive, send):
    message = await receive()
    assert message["more_body"] is False
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})


def _send(chunks, headers=(), *, delay=0.0):
    """Send a body in chunks; return status and body of the answer."""
    answer = []
    waiting = list(chunks)

    async def receive():
        await asyncio.sleep(delay)
        chunk = waiting.pop(0) if waiting else None
        if chunk is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    async def send(message):
        answer.append(message)

    scope = {"type": "http", "headers": list(headers)}
    asyncio.run(BodyLimit(_echo, seconds=0.2)(scope, receive, send))
    return answer[0]["status"], b"".join(message.get("body", b"") for message in answer[1:])


def test_a_body_in_pieces_arrives_whole():
    assert _send([b"a", b"b", b"c"]) == (200, b"abc")


def test_a_body_of_exactly_the_limit_passes():
    assert _send([b"x" * MAX_BODY_BYTES])[0] == 200


def test_a_body_over_the_limit_is_refused_whatever_it_says_of_itself():
    status, body = _send([b"x" * MAX_BODY_BYTES, b"x", b"x"], [(b"content-length", b"10")])
    assert status == 413
    assert json.loads(body)["type"] == "urn:weir:problem:too-large"


def test_a_body_that_says_it_is_too_large_is_not_read():
    declared = str(MAX_BODY_BYTES + 1).encode()
    assert _send([], [(b"content-length", declared)])[0] == 413


@pytest.mark.parametrize("length", [b"-1", b"1e3", b"abc", "²".encode()])
def test_a_length_that_is_none_is_refused(length):
    assert _send([b"x"], [(b"content-length", length)])[0] == 400


def test_a_body_that_trickles_is_given_up():
    assert _send([b"x"] * 20, delay=0.05)[0] == 408


def test_a_body_that_breaks_off_reaches_nobody():
    assert _send([b"x", b"y", None])[0] == 400

from __future__ import annotations

import pytest
from sqlmodel import select

from gateway.errors import IdempotencyError, InProgressError, InvalidRequestError
from gateway.idempotency import Answer, answer_once, forget_expired, read_key
from gateway.store.engine import reading
from gateway.store.tables import IdempotentAnswer
from tests.http_fixtures import open_home
from tests.racing import at_once

ACCEPTED = Answer(202, (("location", "/v1/extracts/ext_1"),), b'{"id": "ext_1"}')


@pytest.fixture
def home(tmp_path, clock, store_url):
    context = open_home(tmp_path, clock, store_url)
    yield context
    context.store.dispose()


class Counted:
    """Makes an answer and counts how often."""

    def __init__(self, answer=ACCEPTED):
        self.answer = answer
        self.times = 0

    def __call__(self):
        self.times += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def _ask(home, make, *, client="harbor", key="k", request="POST /v1/extracts", body=b"{}"):
    return answer_once(home, client=client, key=key, request=request, body=body, make=make)


def test_without_a_key_every_request_is_carried_out(home):
    make = Counted()
    _ask(home, make, key=None)
    _ask(home, make, key=None)
    assert make.times == 2


def test_a_request_sent_again_gets_the_first_answer(home):
    make = Counted()
    assert [_ask(home, make), _ask(home, make)] == [ACCEPTED, ACCEPTED]
    assert make.times == 1


def test_a_refusal_is_an_answer_too(home):
    make = Counted(Answer(403, (), b"no"))
    assert [_ask(home, make).status, _ask(home, make).status] == [403, 403]
    assert make.times == 1


@pytest.mark.parametrize("changes", [{"body": b"{ }"}, {"request": "POST /v1/other"}])
def test_a_key_used_for_another_request_is_refused(home, changes):
    _ask(home, Counted())
    with pytest.raises(IdempotencyError):
        _ask(home, Counted(), **changes)


def test_keys_of_two_clients_never_meet(home):
    first, second = Counted(), Counted(Answer(200, (), b"other"))
    _ask(home, first)
    assert _ask(home, second, client="other", body=b"else").body == b"other"


@pytest.mark.parametrize("failure", [RuntimeError(), Answer(503, (), b"")])
def test_a_failure_is_not_kept(home, failure):
    failing, working = Counted(failure), Counted()
    if isinstance(failure, Exception):
        with pytest.raises(RuntimeError):
            _ask(home, failing)
    else:
        _ask(home, failing)
    assert _ask(home, working) == ACCEPTED


def test_while_the_first_is_carried_out_the_second_is_told_so(home):
    def inner():
        with pytest.raises(InProgressError):
            _ask(home, Counted())
        return ACCEPTED

    assert _ask(home, inner) == ACCEPTED


def test_another_body_is_refused_even_while_the_first_is_carried_out(home):
    def inner():
        with pytest.raises(IdempotencyError):
            _ask(home, Counted(), body=b"else")
        return ACCEPTED

    _ask(home, inner)


def test_of_many_at_once_one_is_carried_out(home):
    make = Counted()
    outcomes = at_once(*[lambda: _ask(home, make)] * 6)
    assert (make.times, ACCEPTED in outcomes) == (1, True)
    assert all(one == ACCEPTED or isinstance(one, InProgressError) for one in outcomes)


def _abandon(home):
    """Leave a claim as a worker that was killed does."""

    def killed():
        raise SystemExit

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("gateway.idempotency._give_back", lambda *_: None)
        with pytest.raises(SystemExit):
            _ask(home, killed)


def test_an_abandoned_claim_is_taken_over_after_a_minute(home):
    _abandon(home)
    make = Counted()
    home.clock.move(seconds=59)
    with pytest.raises(InProgressError):
        _ask(home, make)
    home.clock.move(seconds=2)
    assert _ask(home, make) == ACCEPTED
    assert make.times == 1


def test_who_was_overtaken_changes_nothing(home):
    def slow():
        home.clock.move(seconds=61)
        _ask(home, Counted())
        return Answer(200, (), b"late")

    _ask(home, slow)
    assert _ask(home, Counted()) == ACCEPTED


def test_after_a_day_a_key_is_free_again(home):
    make = Counted()
    _ask(home, make)
    home.clock.move(hours=25)
    _ask(home, make, body=b"else")
    assert make.times == 2


def test_neither_key_nor_answer_can_be_read_in_the_store(home):
    _ask(home, Counted(Answer(200, (), b"planted-answer")), key="planted-key")
    with reading(home.store) as session:
        row = session.exec(select(IdempotentAnswer)).one()
    assert "planted" not in repr(row.model_dump())


@pytest.mark.parametrize("key", ["", "x" * 256, "a\nb", "é", "a\x7f"])
def test_a_key_is_short_and_printable(key):
    with pytest.raises(InvalidRequestError):
        read_key([key])


def test_one_key_at_most():
    assert read_key([]) is None
    assert read_key(["x" * 255]) == "x" * 255
    with pytest.raises(InvalidRequestError):
        read_key(["a", "a"])


def test_housekeeping_forgets_answers_of_clients_that_never_come_again(home):
    _ask(home, Counted())
    home.clock.move(hours=23)
    forget_expired(home)
    with reading(home.store) as session:
        assert len(session.exec(select(IdempotentAnswer)).all()) == 1
    home.clock.move(hours=2)
    forget_expired(home)
    with reading(home.store) as session:
        assert session.exec(select(IdempotentAnswer)).all() == []

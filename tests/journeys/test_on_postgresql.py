"""What only a database with concurrent writers can get wrong."""

from __future__ import annotations

import pytest

from gateway.context import open_context
from gateway.corridor import make
from gateway.errors import ConflictError, HomeError
from gateway.founding import found_home
from gateway.releases import settle
from gateway.reviews import approve
from tests.conftest import FixedClock
from tests.racing import at_once
from tests.small_homes import NOON, as_csv, found_template, open_world, people

ROUNDS = 4


@pytest.fixture(scope="module")
def on_postgres(tmp_path_factory, postgres):
    """A small home whose store is PostgreSQL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIR_STORE_URL", postgres.new_database())
        clock = FixedClock(NOON)
        path = found_template(tmp_path_factory.mktemp("postgres"), clock)
        with open_world(path, clock) as world:
            assert world.context.store.dialect.name == "postgresql"
            yield world


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_of_two_views_settled_at_once_one_waits_for_an_officer(on_postgres, round_):
    world = on_postgres
    partner = world.partner(f"racer-{round_}")
    asked = [world.ask(partner).id, world.ask(partner, columns=["age"]).id]
    for extract_id in asked:
        make(world.context, extract_id)
    states = at_once(*(lambda e=extract_id: settle(world.context, e) for extract_id in asked))
    assert sorted(map(str, states)) == ["in_review", "settled"]


def test_the_same_request_at_once_is_one_extract(on_postgres):
    partner = on_postgres.partner("twin")
    found = at_once(*[lambda: on_postgres.ask(partner).id] * 6)
    assert len(found) == 6
    assert len(set(map(str, found))) == 1


def test_one_officers_votes_at_once_count_once(on_postgres):
    world = on_postgres
    world.apply(review="retention_days: 365 -> retention_days: 365\nreview: {extract: 2}")
    waiting = world.extract(world.partner("voted"))
    votes = at_once(*[lambda: approve(world.context, waiting.id, "olivia", "yes")] * 4)
    assert sorted(type(vote).__name__ for vote in votes) == [*["ConflictError"] * 3, "str"]
    assert isinstance(next(v for v in votes if not isinstance(v, str)), ConflictError)
    assert world.state(waiting.id) == "in_review"
    world.apply()


def test_declarations_at_once_leave_one_active(on_postgres):
    world = on_postgres
    titles = [f"title: {{en: Cases, es: Casos}} -> title: {{en: T{n}, es: T{n}}}" for n in range(4)]
    outcomes = at_once(*(lambda t=title: world.declare(title=t) for title in titles))
    assert outcomes == [None] * 4
    assert world.context.registry.datasets() == ["cases"]
    limits = [f"k: 3, l: -> k: {n}, l:" for n in range(4, 8)]
    assert at_once(*(lambda k=k: world.apply(k=k) for k in limits)) == [None] * 4
    assert len(world.context.registry.policies_for("cases")) == 1
    world.declare()
    world.apply()


def test_the_log_is_whole_after_all_of_it(on_postgres):
    on_postgres.context.log.sign()
    report = on_postgres.context.log.check()
    assert report.first_break is None
    assert report.size == len(on_postgres.entries())


def test_a_store_that_holds_another_home_is_left_to_it(tmp_path, postgres_url, monkeypatch):
    def found(name):
        return found_home(tmp_path / name, name=name, origin="", timezone="UTC")

    monkeypatch.delenv("WEIR_STORE_URL", raising=False)
    found("second")
    monkeypatch.setenv("WEIR_STORE_URL", postgres_url)
    found("first")
    with pytest.raises(HomeError, match="another home"):
        found("third")
    assert not (tmp_path / "third").exists()
    with pytest.raises(HomeError, match="another home"), open_context(tmp_path / "second"):
        pass
    with open_context(tmp_path / "first") as context:
        assert len(context.log.entries()) == 1
        assert context.log.check().first_break is None


def test_of_two_local_extracts_settled_at_once_one_meets_the_other(on_postgres):
    world = on_postgres
    world.declare(name="dataset: cases -> dataset: others")
    file = world.folder / "others.csv"
    file.write_text(as_csv(people(1, 40)))
    world.load_file(file, "others")
    world.apply(
        name="policy: for-ngos -> policy: for-others",
        dataset="dataset: cases -> dataset: others",
        recoding="max_suppressed: 0.1 -> max_suppressed: 0.1, recoding: local",
    )
    terms = {"dataset": "others", "policy": "for-others"}
    asked = [
        world.ask(world.partner(name, agreement=terms), dataset="others").id
        for name in ("first-local", "second-local")
    ]
    for extract_id in asked:
        make(world.context, extract_id)
    states = at_once(*(lambda e=extract_id: settle(world.context, e) for extract_id in asked))
    assert sorted(map(str, states)) == ["in_review", "settled"]
    (waiting,) = [e for e in asked if world.state(e) == "in_review"]
    assert approve(world.context, waiting, "olivia", "look") == "refused"

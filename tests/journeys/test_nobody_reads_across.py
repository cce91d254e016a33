"""Partner by endpoint by object: each sees its own, and everything else is absent alike."""

from __future__ import annotations

import itertools

import pytest

PARTNERS = ("harbor", "lantern", "shelter")
BY_EXTRACT = ("", "/content", "/codebook")
BY_RELEASE = ("", "/manifest", "/receipt")
SAME = ("content-type", "content-length", "content-language", "vary", "cache-control")


@pytest.fixture
def world(gateway):
    """Three partners, each with a release and a queued extract of its own."""
    world = {}
    for name in PARTNERS:
        asking = gateway.add_partner(name)
        ready = gateway.add_ready_extract(name)
        queued = asking.post("/v1/extracts", {"dataset": "cases", "purpose": "research"}).json()
        world[name] = (asking, ready, queued["id"])
    return world


def _paths(ready, queued):
    release = ready.replace("ext_", "rel_")
    yield f"/v1/extracts/{queued}"
    yield from (f"/v1/extracts/{ready}{part}" for part in BY_EXTRACT)
    yield from (f"/v1/releases/{release}{part}" for part in BY_RELEASE)


def _shape(answer):
    return answer.status_code, answer.content, tuple(answer.headers.get(name) for name in SAME)


def test_each_partner_reads_all_of_its_own(world):
    for asking, ready, queued in world.values():
        statuses = {path: asking.get(path).status_code for path in _paths(ready, queued)}
        assert set(statuses.values()) == {200}, statuses


def test_no_partner_reads_anything_of_another(world):
    for reader, owner in itertools.permutations(PARTNERS, 2):
        asking = world[reader][0]
        for path in _paths(*world[owner][1:]):
            never = asking.get(path.replace("ext_0", "ext_z").replace("rel_0", "rel_z"))
            malformed = asking.get(path.replace("ext_", "ext-").replace("rel_", "rel-"))
            shapes = {_shape(answer) for answer in (asking.get(path), never, malformed)}
            assert len(shapes) == 1, path
            assert never.status_code == 404


def test_lists_hold_ones_own_alone(world):
    for asking, ready, _ in world.values():
        releases = asking.get("/v1/releases").json()["releases"]
        assert [release["extract"] for release in releases] == [ready]


def test_another_partners_cursor_shows_nothing_of_it(world):
    asking, ready, _ = world["shelter"]
    for cursor in ("0", "1", "5", "999999999"):
        for release in asking.get(f"/v1/releases?cursor={cursor}").json()["releases"]:
            assert release["extract"] == ready


def test_without_a_token_everything_of_a_partner_answers_alike(gateway, world):
    shapes = set()
    for _, ready, queued in world.values():
        for path in (*_paths(ready, queued), "/v1/extracts/ext_none", "/v1/releases"):
            answer = gateway.http.get(path)
            shapes.add((answer.status_code, answer.content, answer.headers["www-authenticate"]))
    assert len(shapes) == 1
    assert shapes.pop()[0] == 401


def test_a_partner_without_the_scope_reads_nothing(world):
    asking, ready, queued = world["harbor"]
    asking._token = asking.token(scope="extracts:write")
    for path in _paths(ready, queued):
        assert asking.get(path).status_code == 403


def test_ids_that_are_none_are_absent(world):
    asking = world["harbor"][0]
    for name in ("ext_", "rel_", "null", "%00", "..", "ext_" + "0" * 5000, "é", "%F0%9F%92%A9"):
        for path in (f"/v1/extracts/{name}", f"/v1/releases/{name}", f"/v1/datasets/{name}"):
            assert asking.get(path).status_code == 404, path

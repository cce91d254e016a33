"""Partner by endpoint by object: each sees its own, and everything else is absent alike."""

from __future__ import annotations

import itertools

import pytest

from gateway.submissions.ending import refuse
from policies.reasons import Reason

PARTNERS = ("harbor", "lantern", "shelter")
BY_EXTRACT = ("", "/content", "/codebook")
BY_RELEASE = ("", "/manifest", "/receipt")
BY_SUBMISSION = ("", "/report")
CONTRIBUTORS = ("haven", "refuge")
SUBMITS = {
    "agreement": "gives",
    "dataset": "cases",
    "submits": True,
    "starts": "2026-01-01",
    "ends": "2026-12-31",
}
RECIPE = {"dataset": "cases", "columns": {"person_id": "Nombre"}}
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


@pytest.fixture
def contributors(gateway):
    """Two contributors, each with a recipe, and a submission that was refused with a report."""
    found = {}
    for name in CONTRIBUTORS:
        asking = gateway.add_partner(name, agreements=[SUBMITS])
        document = {"recipe": f"of-{name}", **RECIPE}
        headers = asking.bearer()
        saved = gateway.http.put(f"/v1/recipes/of-{name}", json=document, headers=headers)
        assert saved.status_code == 200
        files = {"file": ("a.csv", name.encode())}
        sent = gateway.http.post(
            "/v1/submissions", data={"dataset": "cases"}, files=files, headers=headers
        )
        submission = sent.json()["id"]
        refuse(gateway.context, submission, {}, (Reason("upload-lost", {}),))
        found[name] = (asking, submission)
    return found


def test_contributors_read_their_own_alone(contributors):
    for reader, owner in itertools.product(CONTRIBUTORS, CONTRIBUTORS):
        asking, submission = contributors[reader][0], contributors[owner][1]
        absent = asking.get("/v1/submissions/sub_zzzzzzzzzzzzzzzzzzzz")
        paths = [f"/v1/submissions/{submission}{part}" for part in BY_SUBMISSION]
        for path in (*paths, f"/v1/recipes/of-{owner}"):
            answer = asking.get(path)
            if reader == owner:
                assert answer.status_code == 200, path
            else:
                assert _shape(answer) == _shape(absent), path
        listed = asking.get("/v1/submissions").json()["submissions"]
        assert [one["id"] for one in listed] == [contributors[reader][1]]


def test_contributors_change_nothing_of_each_other(contributors):
    (haven, mine), (refuge, _) = contributors["haven"], contributors["refuge"]
    before = haven.get(f"/v1/submissions/{mine}").json()
    here = f"/v1/submissions/{mine}"
    answers = [
        refuge.get(here, method="DELETE"),
        refuge.post(f"{here}/decision", {"go": True}),
        refuge.get(f"{here}/content", method="DELETE", headers={"Tus-Resumable": "1.0.0"}),
        refuge.get("/v1/submissions/sub_zzzzzzzzzzzzzzzzzzzz"),
    ]
    assert len({_shape(answer) for answer in answers}) == 1
    assert haven.get(here).json() == before


def test_whoever_only_asks_or_lacks_the_scope_hands_in_nothing(gateway, contributors):
    asking, submission = contributors["haven"]
    asking._token = asking.token(scope="extracts:read extracts:write")
    for path in ("/v1/submissions", f"/v1/submissions/{submission}", "/v1/recipes"):
        assert asking.get(path).status_code == 403
    harbor = gateway.add_partner("harbor")
    assert harbor.get("/v1/submissions").json() == {"submissions": []}

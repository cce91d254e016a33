"""Questions in numbers over HTTP: asked, priced, repeated, read again, checked, refused."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy.engine import make_url

from gateway.aggregates.padding import tick_seconds
from gateway.audit.verifier import verify_release
from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.server import Listening, serving
from tests.counted_homes import found_for_http, question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTNERS = ("harbor", "lantern")
KIND = {"group_by": ["kind"]}
_steps = itertools.count(10)


def price() -> float:
    """Return a price that nobody asked at before: a question of the test's own."""
    return next(_steps) / 1000


class Served:
    """A gateway, and partners that ask it."""

    def __init__(self, url: str, home: Path, folder: Path, metrics_url: str) -> None:
        self.url, self.home, self.folder, self.metrics_url = url, home, folder, metrics_url

    def client(self, partner: str) -> httpx.Client:
        key = load_partner_key(self.folder / f"{partner}.pem")
        with Session(self.url, partner, key) as session:
            session.get("/v1/releases")
            headers = {"Authorization": f"Bearer {session._token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def ask(self, partner: str, *measures: Any, **asked: Any) -> httpx.Response:
        with self.client(partner) as http:
            return http.post("/v1/aggregates", json=question(*measures, **asked))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def served(request, tmp_path_factory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served-counts")
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "postgresql":
            url = request.getfixturevalue("postgres").new_database()
            assert make_url(url).get_backend_name() == "postgresql"
            patch.setenv("WEIR_STORE_URL", url)
        path = folder / "home"
        found_for_http(path, folder, 60, PARTNERS)
        with serving(path, Listening(port=0, metrics_port=0)) as running:
            yield Served(running.url, path, folder, running.metrics_url)


def test_an_answer_can_be_read_again_and_checked_offline(served, tmp_path) -> None:
    epsilon = price()
    told = served.ask("harbor", "count_people", **KIND, epsilon=epsilon)
    assert told.status_code == 200
    answer = told.json()
    assert [row["keys"]["kind"] for row in answer["rows"]][-2:] == ["null", "other"]
    assert answer["guarantee"]["epsilon"] == epsilon
    assert answer["guarantee"]["release"] == answer["release"]
    with served.client("harbor") as http:
        content = http.get(answer["links"]["content"]).content
        file = tmp_path / "answer.json"
        file.write_bytes(content)
        for link, suffix in (("manifest", ".manifest.json"), ("receipt", ".tlog-proof")):
            (tmp_path / f"answer.json{suffix}").write_bytes(http.get(answer["links"][link]).content)
        again = http.get(answer["links"]["self"]).json()
        vkey = http.get("/vkey").text
        releases = http.get("/v1/releases").json()["releases"]
    assert verify_release(file, vkey).outcome == "verified"
    manifest = json.loads((tmp_path / "answer.json.manifest.json").read_text())
    assert manifest["content_sha256"] == hashlib.sha256(content).hexdigest()
    assert again["rows"] == answer["rows"] == json.loads(content)["rows"]
    assert releases[0]["id"] == answer["release"]
    file.write_bytes(content.replace(b"Labour", b"Harbor"))
    assert verify_release(file, vkey).outcome == "broken"


def test_an_estimate_spends_nothing_and_notes_are_worded(served) -> None:
    with served.client("harbor") as http:
        before = http.get("/v1/budget").json()["budgets"][0]["spent"]
        body = question({"sum": "debt"}, **KIND, epsilon=price())
        spanish = {"Accept-Language": "es"}
        told = http.post("/v1/aggregates/estimate", json=body, headers=spanish).json()
        after = http.get("/v1/budget").json()["budgets"][0]["spent"]
    assert before == after
    assert told["cells"] == 5
    assert told["measures"]["sum:debt"]["half_width"] > 0
    assert any("pregunta nueva" in note["message"] for note in told["notes"])


def test_sixteen_who_ask_the_same_at_once_get_one_answer(served) -> None:
    epsilon = price()
    with ThreadPoolExecutor(16) as pool:
        asked = [
            pool.submit(served.ask, PARTNERS[number % 2], "count_records", **KIND, epsilon=epsilon)
            for number in range(16)
        ]
        told = [one.result().json() for one in asked]
    assert len({json.dumps(answer["rows"]) for answer in told}) == 1
    assert len({answer["release"] for answer in told}) == 2  # one for each partner


def test_what_others_may_see_and_what_is_absent_look_the_same(served) -> None:
    answer = served.ask("harbor", "count_people", epsilon=price()).json()
    absent = "/v1/aggregates/agg_00000000000000000000"
    with served.client("lantern") as http:
        for path in (answer["links"]["self"], answer["links"]["content"]):
            theirs, nobodys = http.get(path), http.get(absent)
            assert theirs.status_code == nobodys.status_code == 404
            assert theirs.content == nobodys.content
        assert http.get("/v1/aggregates/nonsense").content == theirs.content


def test_an_idempotency_key_repeats_the_answer_and_its_charge(served) -> None:
    body = question("count_people", **KIND, epsilon=price())
    headers = {"Idempotency-Key": "once"}
    with served.client("harbor") as http:
        first = http.post("/v1/aggregates", json=body, headers=headers)
        second = http.post("/v1/aggregates", json=body, headers=headers)
        other = http.post("/v1/aggregates", json={**body, "epsilon": price()}, headers=headers)
    assert first.content == second.content
    assert other.status_code == 422


def test_refusals_say_every_reason_and_are_problems(served) -> None:
    told = served.ask("harbor", {"sum": "age"}, group_by=["person_id"], epsilon=price())
    assert told.status_code == 403
    assert told.headers["content-type"] == "application/problem+json"
    rules = {reason["rule"] for reason in told.json()["reasons"]}
    assert rules == {"measure-not-allowed", "key-not-allowed"}
    assert served.ask("harbor", "count_people", epsilon=0).status_code == 400
    assert served.ask("harbor", "count_people", dataset="absent").status_code == 404
    spent = served.ask("harbor", "count_people", epsilon=4)
    assert spent.status_code == 403
    assert [reason["rule"] for reason in spent.json()["reasons"]] == ["budget-exhausted"]


def test_new_answers_leave_at_a_tick_and_own_ones_at_once(served) -> None:
    epsilon = price()

    def seconds(partner: str) -> float:
        with served.client(partner) as http:
            begun = time.monotonic()
            told = http.post(
                "/v1/aggregates", json=question("count_people", **KIND, epsilon=epsilon)
            )
            assert told.status_code == 200
            return time.monotonic() - begun

    tick = tick_seconds(5)
    ours, theirs, again = seconds("harbor"), seconds("lantern"), seconds("harbor")
    assert ours >= tick
    assert theirs >= tick  # though it was there already, for somebody else
    assert again < tick
    told = httpx.get(served.metrics_url).text
    assert 'weir_aggregates_answered_total{tick="first"}' in told


def test_the_whole_is_sound_afterwards(served) -> None:
    from gateway.control import call

    found = call(served.home / "weir.sock", "audit.check", {}, lambda _text, _share: None)
    assert found["broken"] == []
    assert found["releases"] > 3

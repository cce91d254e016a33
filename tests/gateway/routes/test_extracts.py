from __future__ import annotations

import pytest
from sqlmodel import select

from gateway.store.engine import reading, writing
from gateway.store.tables import Extract

REQUEST = {"dataset": "cases", "purpose": "research"}


def _extracts(gateway):
    with reading(gateway.context.store) as session:
        return list(session.exec(select(Extract)))


def test_a_request_is_accepted_and_says_where_to_wait(harbor):
    answer = harbor.post("/v1/extracts", REQUEST)
    body = answer.json()
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/v1/extracts/{body['id']}"
    assert body == {
        "id": body["id"],
        "dataset": "cases",
        "state": "queued",
        "progress": 0.0,
        "links": {"self": f"/v1/extracts/{body['id']}"},
    }
    assert harbor.get(answer.headers["location"]).json() == body


def test_a_ready_extract_links_to_what_it_became(gateway, harbor):
    extract_id = gateway.add_ready_extract("harbor")
    body = harbor.get(f"/v1/extracts/{extract_id}").json()
    assert (body["state"], body["progress"]) == ("ready", 1.0)
    assert sorted(body["links"]) == [
        "codebook",
        "content",
        "manifest",
        "receipt",
        "release",
        "self",
    ]
    for link in body["links"].values():
        assert harbor.get(link).status_code == 200


def test_a_refused_extract_says_why_in_the_language_asked_for(gateway, harbor):
    extract_id = harbor.post("/v1/extracts", REQUEST).json()["id"]
    with writing(gateway.context.store) as session:
        extract = session.get_one(Extract, extract_id)
        extract.state = "refused"
        extract.reasons = '[{"rule": "review-refused", "params": {"dataset": "cases"}}]'
        session.add(extract)
    answers = [
        harbor.get(f"/v1/extracts/{extract_id}", headers={"Accept-Language": language})
        for language in ("en", "es")
    ]
    messages = [answer.json()["reasons"][0]["message"] for answer in answers]
    assert messages[0] != messages[1]


def test_a_refusal_names_every_reason(harbor):
    answer = harbor.post("/v1/extracts", {**REQUEST, "purpose": "marketing"})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:weir:problem:refused"
    assert answer.json()["reasons"][0]["rule"] == "purpose-not-agreed"


def test_an_unknown_key_is_named_with_the_nearest(harbor):
    answer = harbor.post("/v1/extracts", {**REQUEST, "colums": ["age"]})
    reason = answer.json()["reasons"][0]
    assert answer.status_code == 400
    assert reason["params"]["key"] == "colums"
    assert reason["params"]["nearest"] == "columns"


@pytest.mark.parametrize("body", [b"", b"[]", b'{"dataset": "a", "dataset": "b"}', b"\xff"])
def test_a_body_that_is_no_object_is_refused(harbor, body):
    answer = harbor.post("/v1/extracts", body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:weir:problem:invalid-request")


def test_an_unknown_dataset_and_one_of_others_are_equally_absent(gateway, harbor):
    other = gateway.add_partner("other", agreements=[])
    absent = gateway.http.get("/nothing").content
    answers = [
        harbor.post("/v1/extracts", {**REQUEST, "dataset": "elsewhere"}),
        other.post("/v1/extracts", REQUEST),
        other.post("/v1/extracts", {**REQUEST, "dataset": "elsewhere"}),
    ]
    assert [(a.status_code, a.content) for a in answers] == [(404, absent)] * 3


def test_a_request_sent_again_with_its_key_gets_the_same_answer(gateway, harbor):
    headers = {"Idempotency-Key": "one"}
    first = harbor.post("/v1/extracts", REQUEST, headers=headers)
    again = harbor.post("/v1/extracts", REQUEST, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert len(_extracts(gateway)) == 1


def test_a_refusal_sent_again_with_its_key_is_the_same_and_logged_once(gateway, harbor):
    headers = {"Idempotency-Key": "one"}
    body = {**REQUEST, "purpose": "marketing"}
    answers = [harbor.post("/v1/extracts", body, headers=headers) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["content-type"] == "application/problem+json"
    assert len(gateway.context.log.entries("refusal")) == 1


def test_a_key_with_another_body_is_refused(harbor):
    headers = {"Idempotency-Key": "one"}
    harbor.post("/v1/extracts", REQUEST, headers=headers)
    answer = harbor.post("/v1/extracts", {**REQUEST, "columns": ["age"]}, headers=headers)
    assert answer.status_code == 422
    assert answer.json()["type"] == "urn:weir:problem:idempotency-key-reused"


def test_a_key_of_another_partner_is_another_key(gateway, harbor):
    other = gateway.add_partner("other")
    headers = {"Idempotency-Key": "one"}
    first = harbor.post("/v1/extracts", REQUEST, headers=headers).json()["id"]
    assert other.post("/v1/extracts", REQUEST, headers=headers).json()["id"] != first


def test_a_key_that_is_too_long_is_refused(harbor):
    answer = harbor.post("/v1/extracts", REQUEST, headers={"Idempotency-Key": "x" * 300})
    assert answer.json()["reasons"][0]["rule"] == "idempotency-key-invalid"

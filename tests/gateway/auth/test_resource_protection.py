from __future__ import annotations

from gateway.declarations import suspend_partner


def test_a_token_opens_the_interface(harbor):
    assert harbor.get("/v1/datasets").status_code == 200


def test_no_token_is_told_to_bring_one(gateway):
    answer = gateway.http.get("/v1/datasets")
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="weir"'
    assert answer.json()["type"] == "urn:weir:problem:unauthenticated"


def test_a_bad_token_is_told_that_it_is_bad(gateway):
    answer = gateway.http.get("/v1/datasets", headers={"Authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="weir", error="invalid_token"'


def test_another_scheme_is_refused(gateway):
    answer = gateway.http.get("/v1/datasets", headers={"Authorization": "Basic aGFyYm9yOng="})
    assert answer.status_code == 401


def test_two_tokens_are_refused(gateway, harbor):
    header = ("Authorization", f"Bearer {harbor.token()}")
    assert gateway.http.get("/v1/datasets", headers=[header, header]).status_code == 401


def test_a_token_in_the_query_is_not_looked_at(gateway, harbor):
    answer = gateway.http.get("/v1/datasets", params={"access_token": harbor.token()})
    assert answer.status_code == 401


def test_a_token_ends_after_five_minutes(gateway, harbor):
    token = {"Authorization": f"Bearer {harbor.token()}"}
    gateway.clock.move(seconds=299)
    assert gateway.http.get("/v1/datasets", headers=token).status_code == 200
    gateway.clock.move(seconds=1)
    assert gateway.http.get("/v1/datasets", headers=token).status_code == 401


def test_a_partner_suspended_after_it_got_a_token_stops_at_its_next_request(gateway, harbor):
    assert harbor.get("/v1/datasets").status_code == 200
    suspend_partner(gateway.context, "harbor")
    answer = harbor.get("/v1/datasets")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_a_token_without_the_scope_is_told_which_one_is_missing(gateway, harbor):
    token = {"Authorization": f"Bearer {harbor.token(scope='extracts:read')}"}
    answer = gateway.http.post("/v1/extracts", json={}, headers=token)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:weir:problem:insufficient-scope"
    assert 'scope="extracts:write"' in answer.headers["www-authenticate"]

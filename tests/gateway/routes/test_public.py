from __future__ import annotations

import re

import pytest
from sqlalchemy import text

from gateway.version import VERSION
from tests.http_fixtures import Gateway


def test_the_log_can_be_read_by_anybody(gateway, harbor):
    gateway.context.log.sign()
    checkpoint = gateway.http.get("/checkpoint")
    origin, size, *_ = checkpoint.text.split("\n")
    assert checkpoint.headers["content-type"].startswith("text/plain")
    assert origin == "weir.example/log"
    tile = gateway.http.get(f"/tile/0/000.p/{size}")
    assert len(tile.content) == 32 * int(size)
    assert "immutable" in tile.headers["cache-control"]
    assert gateway.http.get(f"/tile/entries/000.p/{size}").status_code == 200
    assert gateway.http.get("/vkey").text.startswith(f"{origin}+")


@pytest.mark.parametrize("path", ["0/000", "0/999", "x", "0/../../keys.json", "entries/", "64/000"])
def test_tiles_that_do_not_exist_are_absent(gateway, path):
    assert gateway.http.get(f"/tile/{path}").status_code == 404


def test_health_and_readiness(gateway):
    assert gateway.http.get("/healthz").json() == {"status": "ok"}
    assert gateway.http.get("/readyz").json() == {"status": "ready"}


def test_without_its_store_the_gateway_is_alive_and_not_ready(gateway, monkeypatch):
    from sqlalchemy.exc import OperationalError

    def fail(_engine):
        raise OperationalError("planted-statement", {}, Exception("planted-reason"))

    monkeypatch.setattr("gateway.routes.health.reading", fail)
    answer = gateway.http.get("/readyz")
    assert gateway.http.get("/healthz").status_code == 200
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:weir:problem:unavailable"
    assert "planted" not in answer.text


def test_metrics_count_answers_and_open_extracts(gateway, harbor):
    harbor.post("/v1/extracts", {"dataset": "cases", "purpose": "research"})
    gateway.http.get("/nothing")
    metrics = gateway.metrics.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'weir_http_answers_total{class="2xx"} 2' in metrics.text
    assert 'weir_http_answers_total{class="4xx"} 1' in metrics.text
    assert 'weir_extracts_open{state="queued"} 1' in metrics.text


def test_metrics_name_nobody_and_nothing(gateway, harbor):
    gateway.add_ready_extract("harbor")
    metrics = gateway.metrics.get("/metrics").text
    assert "harbor" not in metrics
    assert "cases" not in metrics
    labels = set(re.findall(r'\{(\w+)="', metrics))
    assert labels == {"class", "state", "tick"}


def test_partners_read_which_gateway_it_is_and_no_more(gateway, harbor):
    told = gateway.http.get("/metrics")
    assert told.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = [line for line in told.text.splitlines() if not line.startswith("#")]
    assert samples == [f'weir_info{{version="{VERSION}"}} 1']
    harbor.get("/v1/datasets")
    assert gateway.http.get("/metrics").text == told.text


@pytest.mark.parametrize("path", ["/metrics/", "//metrics", "/v1/metrics"])
def test_partners_find_no_other_metrics(gateway, path):
    asked, unknown = gateway.http.get(path), gateway.http.get("/nothing")
    assert (asked.status_code, asked.content) == (404, unknown.content)
    assert asked.headers == unknown.headers


def test_metrics_stand_alone_and_are_not_counted(gateway):
    assert gateway.metrics.get("/healthz").status_code == 404
    assert gateway.metrics.get("/v1/datasets").status_code == 404
    assert 'weir_http_answers_total{class="4xx"} 0' in gateway.metrics.get("/metrics").text


@pytest.mark.parametrize("name", ["weir.example", "rebound.example", "10.0.0.1"])
def test_metrics_answer_to_no_name_but_this_machines(gateway, name):
    told = gateway.metrics.get("/metrics", headers={"Host": name})
    assert told.status_code == 400
    assert "weir_" not in told.text


def test_openapi_describes_every_route_of_the_contract(gateway):
    document = gateway.http.get("/openapi.json").json()
    assert {
        "/oauth/token",
        "/.well-known/oauth-authorization-server",
        "/.well-known/jwks.json",
        "/v1/datasets",
        "/v1/datasets/{dataset}",
        "/v1/extracts",
        "/v1/extracts/{extract_id}",
        "/v1/extracts/{extract_id}/content",
        "/v1/extracts/{extract_id}/codebook",
        "/v1/aggregates",
        "/v1/aggregates/estimate",
        "/v1/aggregates/{aggregate_id}",
        "/v1/aggregates/{aggregate_id}/content",
        "/v1/budget",
        "/v1/releases",
        "/v1/releases/{release_id}",
        "/v1/releases/{release_id}/manifest",
        "/v1/releases/{release_id}/receipt",
        "/v1/submissions",
        "/v1/submissions/{submission_id}",
        "/v1/submissions/{submission_id}/content",
        "/v1/submissions/{submission_id}/report",
        "/v1/submissions/{submission_id}/decision",
        "/v1/recipes",
        "/v1/recipes/{name}",
        "/checkpoint",
        "/tile/{path}",
        "/vkey",
        "/healthz",
        "/readyz",
        "/metrics",
    } == set(document["paths"])
    assert "http://" not in str(document)
    assert "cdn" not in str(document)


def test_openapi_says_which_calls_need_a_token(gateway):
    paths = gateway.http.get("/openapi.json").json()["paths"]
    guarded = {path for path, calls in paths.items() if "security" in str(calls)}
    assert guarded == {path for path in paths if path.startswith("/v1/")}
    assert paths["/v1/extracts"]["post"]["security"] == [{"partner": ["extracts:write"]}]


def test_each_home_has_its_own_gateway(gateway):
    again = Gateway(gateway.context)
    again.http.get("/healthz")
    assert again.app.state.counts.totals()["2xx"] == 1
    assert gateway.app.state.counts.totals()["2xx"] == 0


def test_the_store_is_asked_with_parameters_alone(gateway, harbor):
    hostile = "x' OR '1'='1"
    assert harbor.get(f"/v1/extracts/{hostile}").status_code == 404
    assert harbor.get(f"/v1/datasets/{hostile}").status_code == 404
    with gateway.context.store.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM partner")).scalar() == 1

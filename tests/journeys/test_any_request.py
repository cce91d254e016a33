"""Requests made up from `/openapi.json`: whatever is sent, nothing fails and nobody gets in."""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

CALLS = (
    "GET /v1/datasets/{dataset}",
    "GET /v1/extracts/{extract_id}",
    "GET /v1/extracts/{extract_id}/content",
    "GET /v1/releases",
    "GET /v1/releases/{release_id}/receipt",
    "GET /tile/{path}",
    "POST /oauth/token",
    "POST /v1/extracts",
    "GET /v1/submissions",
    "GET /v1/submissions/{submission_id}",
    "POST /v1/submissions",
    "POST /v1/submissions/{submission_id}/decision",
    "PUT /v1/recipes/{name}",
)
EXPECTED = {200, 202, 400, 403, 404, 409, 412, 413, 415, 422}


@pytest.mark.parametrize("call", CALLS)
def test_no_request_makes_the_gateway_fail(gateway, harbor, call, effort):
    method, path = call.split(" ")
    schema = schemathesis.openapi.from_asgi("/openapi.json", gateway.app)
    headers = harbor.bearer() if path.startswith("/v1/") else {}

    @settings(
        max_examples=15 * effort,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method].as_strategy())
    def ask(case):
        assert case.call(headers=headers).status_code in EXPECTED
        if headers:
            assert case.call(headers={"Authorization": ""}).status_code == 401

    ask()

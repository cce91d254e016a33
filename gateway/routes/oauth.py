"""Tokens, and what a client must know to get them."""

from typing import Any, cast

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from gateway.access_tokens import public_keys
from gateway.oauth_server import FORM, TokenServer, server_metadata
from gateway.routes.dependencies import OpenHome, Responses

router = APIRouter(tags=["oauth"])
_CACHED = {"Cache-Control": "public, max-age=300"}
_FORM_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "required": ["grant_type", "client_assertion_type", "client_assertion"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_assertion_type": {"type": "string"},
                        "client_assertion": {"type": "string"},
                        "scope": {"type": "string"},
                    },
                },
            },
        },
    },
}


_ANSWERS: Responses = {
    200: {"description": "An access token (RFC 6749 section 5.1)."},
    400: {
        "description": "An error (RFC 6749 section 5.2).",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["error"],
                    "properties": {
                        "error": {"type": "string"},
                        "error_description": {"type": "string"},
                    },
                },
            },
        },
    },
}


@router.post("/oauth/token", openapi_extra=_FORM_BODY, responses=_ANSWERS)
async def token(request: Request) -> Response:
    """Exchange a signed assertion for an access token; errors are as RFC 6749 has them."""
    server = cast("TokenServer", request.app.state.token_server)
    headers, body = request.headers, await request.body()
    content_type, authorization = headers.get("content-type", ""), headers.get("authorization")
    answer = await run_in_threadpool(server.answer, content_type, authorization, body)
    return JSONResponse(answer.body, answer.status)


@router.get("/.well-known/oauth-authorization-server")
def metadata(context: OpenHome) -> JSONResponse:
    """Return the metadata of the token server (RFC 8414)."""
    return JSONResponse(server_metadata(context.public_url), headers=_CACHED)


@router.get("/.well-known/jwks.json")
def keys(context: OpenHome) -> JSONResponse:
    """Return the public keys that verify access tokens (RFC 7517)."""
    document: dict[str, Any] = public_keys(context.keys.token_signing())
    return JSONResponse(document, headers=_CACHED)

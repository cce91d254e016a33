"""What routes ask for: the open home, the caller, the body."""

from typing import Annotated, Any, cast

from fastapi import Depends, Request, Security
from fastapi.security import OAuth2, SecurityScopes
from starlette.exceptions import HTTPException

from gateway.authentication import Authenticator
from gateway.context import Context
from gateway.errors import NotFoundError
from gateway.identifiers import is_id
from gateway.permissions import READ, SEE_SUBMISSIONS, SUBMIT, WRITE, Caller

_SCHEME = OAuth2(
    flows={
        "clientCredentials": {
            "tokenUrl": "/oauth/token",
            "scopes": {
                READ: "See datasets, extracts and releases, and download.",
                WRITE: "Ask for extracts.",
                SEE_SUBMISSIONS: "See one's own submissions and recipes.",
                SUBMIT: "Hand in data, decide about it, take it back.",
            },
        },
    },
    scheme_name="partner",
    description="client_credentials with private_key_jwt; the token lasts five minutes.",
    auto_error=False,
)


async def _context(request: Request) -> Context:
    return cast("Context", request.app.state.context)


def _caller(
    request: Request,
    security: SecurityScopes,
    _token: Annotated[str | None, Depends(_SCHEME)],
) -> Caller:
    authenticator = cast("Authenticator", request.app.state.authenticator)
    return authenticator.authenticate(request.headers.getlist("authorization"), *security.scopes)


async def _json_body(request: Request) -> bytes:
    """Return the body of a JSON request as it was sent.

    Raises:
        HTTPException: it says to be something else.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415)
    return await request.body()


def _extract_id(extract_id: str) -> str:
    """Return the id of a path; what can't be one is as absent as any other."""
    if not is_id("ext", extract_id):
        raise NotFoundError
    return extract_id


def _release_id(release_id: str) -> str:
    if not is_id("rel", release_id):
        raise NotFoundError
    return release_id


def _submission_id(submission_id: str) -> str:
    if not is_id("sub", submission_id):
        raise NotFoundError
    return submission_id


Responses = dict[int | str, dict[str, Any]]
OpenHome = Annotated[Context, Depends(_context)]
Reader = Annotated[Caller, Security(_caller, scopes=[READ])]
Writer = Annotated[Caller, Security(_caller, scopes=[WRITE])]
Contributor = Annotated[Caller, Security(_caller, scopes=[SUBMIT])]
Submitted = Annotated[Caller, Security(_caller, scopes=[SEE_SUBMISSIONS])]
JsonBody = Annotated[bytes, Depends(_json_body)]
ExtractId = Annotated[str, Depends(_extract_id)]
ReleaseId = Annotated[str, Depends(_release_id)]
SubmissionId = Annotated[str, Depends(_submission_id)]

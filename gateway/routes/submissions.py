"""Submissions: handed in as a form, watched, decided about, cancelled."""

import json
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.bodies import read_json_object
from gateway.context import Context
from gateway.errors import NotFoundError
from gateway.idempotency import Answer, answer_once, read_key
from gateway.identifiers import is_id
from gateway.languages import language_of
from gateway.permissions import Caller
from gateway.routes.dependencies import (
    Contributor,
    JsonBody,
    OpenHome,
    Responses,
    SubmissionId,
    Submitted,
)
from gateway.routes.once import answer_of, respond_once
from gateway.routes.submission_answers import (
    SubmissionAnswer,
    SubmissionsAnswer,
    submission_answer,
    worded_report,
)
from gateway.routes.submission_schemas import DECISION_BODY, SUBMISSION_BODY
from gateway.routes.uploads import TUS, create_upload
from gateway.streams import BrokenOffError
from gateway.submissions.deciding import decide, parse_decision, take_back
from gateway.submissions.forms import receive_form
from gateway.submissions.quality_reports import MEDIA_TYPES, write_report
from gateway.submissions.receiving import finish_receiving
from gateway.submissions.trends import read_quality_report
from gateway.submissions.viewing import list_submissions, view_submission

router = APIRouter(prefix="/v1/submissions", tags=["submissions"])
AcceptLanguage = Annotated[str, Header()]
Cursor = Annotated[str | None, Query(max_length=40)]
Format = Annotated[Literal["json", "html", "xlsx"], Query(alias="format")]
Limit = Annotated[int, Query(ge=1, le=100)]
_REPORT: Responses = {
    200: {"description": "The quality report.", "content": {"application/json": {}}}
}


@router.post(
    "",
    status_code=202,
    response_model=SubmissionAnswer,
    response_model_exclude_none=True,
    openapi_extra=SUBMISSION_BODY,
    responses={201: {"description": "An upload was begun (tus); send its bytes to Location."}},
)
async def submit(
    request: Request,
    context: OpenHome,
    caller: Contributor,
    accept_language: AcceptLanguage = "",
) -> Response:
    """Hand in files: as one form, or the beginning of a resumable upload (tus 1.0.0)."""
    if TUS in request.headers:
        return await create_upload(request, context, caller, accept_language)
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise HTTPException(415)
    key = read_key(request.headers.getlist("idempotency-key"))
    try:
        received = await receive_form(request, context, caller.partner)
    except BrokenOffError:
        raise HTTPException(400) from None
    return await run_in_threadpool(_finish_once, context, caller, received, key, accept_language)


def _finish_once(
    context: Context,
    caller: Caller,
    received: tuple[str, bytes],
    key: str | None,
    accept_language: str,
) -> Response:
    """Count what came as received; where its key was used before, it is dropped again."""
    submission_id, digest = received
    made = False

    def make() -> Answer:
        nonlocal made
        made = True
        return _finish(context, caller, submission_id, accept_language)

    try:
        answer = answer_once(
            context,
            client=caller.partner,
            key=key,
            request="POST /v1/submissions",
            body=digest,
            make=make,
        )
    finally:
        if not made:
            take_back(context, caller.partner, submission_id)
    return Response(answer.body, answer.status, dict(answer.headers))


def _finish(context: Context, caller: Caller, submission_id: str, accept_language: str) -> Answer:
    counts = finish_receiving(context, submission_id)
    return answer_of(_told(context, caller, counts, accept_language))


def _told(context: Context, caller: Caller, submission_id: str, accept_language: str) -> Response:
    language = language_of(accept_language)
    view = view_submission(context, caller.partner, submission_id)
    body = submission_answer(view, language).model_dump_json(exclude_none=True)
    headers = {"Location": f"/v1/submissions/{view.id}", "Content-Language": language}
    return Response(body, 202, headers, "application/json")


@router.get("", response_model_exclude_none=True)
def page(
    context: OpenHome,
    caller: Submitted,
    cursor: Cursor = None,
    limit: Limit = 20,
    accept_language: AcceptLanguage = "",
) -> SubmissionsAnswer:
    """Return a page of one's own submissions, and the cursor of the next."""
    if cursor is not None and not is_id("sub", cursor):
        cursor = ""
    views, following = list_submissions(context, caller.partner, cursor, limit)
    language = language_of(accept_language)
    return SubmissionsAnswer(
        submissions=[submission_answer(view, language) for view in views], cursor=following
    )


@router.get("/{submission_id}", response_model_exclude_none=True)
def view(
    response: Response,
    context: OpenHome,
    caller: Submitted,
    submission_id: SubmissionId,
    accept_language: AcceptLanguage = "",
) -> SubmissionAnswer:
    """Return what became of a submission."""
    language = language_of(accept_language)
    response.headers["Content-Language"] = language
    return submission_answer(view_submission(context, caller.partner, submission_id), language)


@router.get("/{submission_id}/report", response_class=Response, responses=_REPORT)
def report(
    context: OpenHome,
    caller: Submitted,
    submission_id: SubmissionId,
    fmt: Format = "json",
    accept_language: AcceptLanguage = "",
) -> Response:
    """Return the quality report: kinds of problems and where they are, never a value."""
    language = language_of(accept_language)
    seen = view_submission(context, caller.partner, submission_id)
    if not seen.report:
        raise NotFoundError
    headers = {"Content-Language": language}
    if fmt == "json":
        body = json.dumps(worded_report(seen.report, language), ensure_ascii=False).encode()
        return Response(body, 200, headers, "application/json")
    if "rows_read" not in seen.report:
        raise NotFoundError
    made = write_report(read_quality_report(context, seen.id), fmt, language)
    headers["Content-Disposition"] = f'attachment; filename="{seen.id}.{fmt}"'
    return Response(made, 200, headers, MEDIA_TYPES[fmt])


@router.post(
    "/{submission_id}/decision",
    status_code=202,
    response_model=SubmissionAnswer,
    response_model_exclude_none=True,
    openapi_extra=DECISION_BODY,
)
def decision(  # noqa: PLR0913, PLR0917 - what a request brings
    request: Request,
    context: OpenHome,
    caller: Contributor,
    submission_id: SubmissionId,
    body: JsonBody,
    accept_language: AcceptLanguage = "",
) -> Response:
    """Decide what a check asked; the submission is then checked again."""
    return respond_once(
        *(request, context, caller, body, accept_language),
        lambda: _decide(context, caller, submission_id, body, accept_language),
    )


def _decide(
    context: Context, caller: Caller, submission_id: str, body: bytes, accept_language: str
) -> Response:
    decide(context, caller.partner, submission_id, parse_decision(read_json_object(body)))
    return _told(context, caller, submission_id, accept_language)


@router.delete("/{submission_id}", status_code=204)
def cancel(context: OpenHome, caller: Contributor, submission_id: SubmissionId) -> None:
    """Cancel a submission that isn't accepted yet; nothing of it is kept."""
    take_back(context, caller.partner, submission_id)

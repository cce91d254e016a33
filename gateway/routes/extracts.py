"""Extracts: asked for, waited for."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from gateway.bodies import read_json_object
from gateway.context import Context
from gateway.errors import WeirError
from gateway.extracts import request_extract, view_extract
from gateway.idempotency import Answer, answer_once, read_key
from gateway.languages import language_of
from gateway.permissions import Caller
from gateway.problems import problem_of, problem_response
from gateway.routes.dependencies import ExtractId, JsonBody, OpenHome, Reader, Writer
from gateway.routes.schemas import EXTRACT_BODY, ExtractAnswer, extract_answer

router = APIRouter(prefix="/v1/extracts", tags=["extracts"])
AcceptLanguage = Annotated[str, Header()]
_KEPT_HEADERS = ("content-type", "content-language", "location", "vary")
_SERVER_ERROR = 500


@router.post(
    "",
    status_code=202,
    response_model=ExtractAnswer,
    response_model_exclude_none=True,
    openapi_extra=EXTRACT_BODY,
)
def request(
    request: Request,
    context: OpenHome,
    caller: Writer,
    body: JsonBody,
    accept_language: AcceptLanguage = "",
) -> Response:
    """Ask for records; the answer says where to wait for them."""
    answer = answer_once(
        context,
        client=caller.partner,
        key=read_key(request.headers.getlist("idempotency-key")),
        request="POST /v1/extracts",
        body=body,
        make=lambda: _make(context, caller, body, accept_language),
    )
    return Response(answer.body, answer.status, dict(answer.headers))


def _make(context: Context, caller: Caller, body: bytes, accept_language: str) -> Answer:
    """Carry the request out; a refusal is an answer too, and kept like one."""
    try:
        view = request_extract(context, caller.partner, read_json_object(body))
    except WeirError as error:
        if error.status >= _SERVER_ERROR:
            raise
        return _kept(problem_response(problem_of(error), accept_language))
    language = language_of(accept_language)
    document = extract_answer(view, language).model_dump_json(exclude_none=True)
    headers = {"Location": f"/v1/extracts/{view.id}", "Content-Language": language}
    return _kept(Response(document, 202, headers, "application/json"))


def _kept(response: Response) -> Answer:
    headers = tuple(
        (name, response.headers[name]) for name in _KEPT_HEADERS if name in response.headers
    )
    return Answer(response.status_code, headers, bytes(response.body))


@router.get("/{extract_id}", response_model_exclude_none=True)
def view(
    response: Response,
    context: OpenHome,
    caller: Reader,
    extract_id: ExtractId,
    accept_language: AcceptLanguage = "",
) -> ExtractAnswer:
    """Return what became of a request."""
    language = language_of(accept_language)
    response.headers["Content-Language"] = language
    return extract_answer(view_extract(context, caller.partner, extract_id), language)

"""Extracts: asked for, waited for."""

from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.responses import Response

from gateway.bodies import read_json_object
from gateway.context import Context
from gateway.extracts import request_extract, view_extract
from gateway.languages import language_of
from gateway.permissions import Caller
from gateway.routes.dependencies import ExtractId, JsonBody, OpenHome, Reader, Writer
from gateway.routes.once import respond_once
from gateway.routes.schemas import EXTRACT_BODY, ExtractAnswer, extract_answer

router = APIRouter(prefix="/v1/extracts", tags=["extracts"])
AcceptLanguage = Annotated[str, Header()]


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
    return respond_once(
        *(request, context, caller, body, accept_language),
        lambda: _make(context, caller, body, accept_language),
    )


def _make(context: Context, caller: Caller, body: bytes, accept_language: str) -> Response:
    view = request_extract(context, caller.partner, read_json_object(body))
    language = language_of(accept_language)
    document = extract_answer(view, language).model_dump_json(exclude_none=True)
    headers = {"Location": f"/v1/extracts/{view.id}", "Content-Language": language}
    return Response(document, 202, headers, "application/json")


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

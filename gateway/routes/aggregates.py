"""Aggregates: questions in numbers, what they would cost, and what came of them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.aggregates.asking import Answered, ask, ask_again, find_answer, read_answer
from gateway.aggregates.estimating import estimate
from gateway.aggregates.padding import Ticks
from gateway.bodies import read_json_object
from gateway.context import Context
from gateway.errors import NotFoundError, WeirError
from gateway.idempotency import Answer, answer_once, read_key
from gateway.identifiers import is_id
from gateway.languages import language_of
from gateway.permissions import Caller
from gateway.problems import problem_of, problem_response, worded
from gateway.routes.dependencies import JsonBody, OpenHome, Reader, Responses, Writer
from gateway.routes.schemas import AGGREGATE_BODY
from policies.reasons import Reason

router = APIRouter(prefix="/v1/aggregates", tags=["aggregates"])
AcceptLanguage = Annotated[str, Header()]
_SERVER_ERROR = 500
_JSON = "application/json"
_ANSWERED: Responses = {200: {"description": "The answer.", "content": {_JSON: {}}}}


def _aggregate_id(aggregate_id: str) -> str:
    if not is_id("agg", aggregate_id):
        raise NotFoundError
    return aggregate_id


AggregateId = Annotated[str, Depends(_aggregate_id)]


class _NewQuestion(Exception):  # noqa: N818 - not an error: it takes its own way
    """A question that this partner hasn't got an answer to."""

    def __init__(self, cells: int) -> None:
        super().__init__(cells)
        self.cells = cells


@dataclass(frozen=True)
class _Call:
    """One question as it was asked."""

    context: Context
    caller: Caller
    body: bytes
    language: str
    key: str | None = None

    def ask(self) -> dict[str, Any]:
        """Answer it."""
        answered = ask(self.context, self.caller.partner, read_json_object(self.body))
        return _document(answered, self.language)

    def ask_again(self) -> dict[str, Any]:
        """Answer it as it was answered before; raises `_NewQuestion` where it wasn't."""
        found = ask_again(self.context, self.caller.partner, read_json_object(self.body))
        if isinstance(found, int):
            raise _NewQuestion(found)
        return _document(found, self.language)

    def estimate(self) -> dict[str, Any]:
        """Say what it would cost."""
        told = estimate(self.context, self.caller.partner, read_json_object(self.body))
        return {**told, "notes": _worded(told["notes"], self.language)}

    async def once(self, make: Callable[[], dict[str, Any]]) -> Answer:
        """Carry it out once for its key."""
        return await run_in_threadpool(
            answer_once,
            self.context,
            client=self.caller.partner,
            key=self.key,
            request="POST /v1/aggregates",
            body=self.body,
            make=lambda: self.answer(make),
        )

    def answer(self, make: Callable[[], dict[str, Any]]) -> Answer:
        """Carry it out; a refusal is an answer too, and kept like one."""
        try:
            document = make()
        except WeirError as error:
            if error.status >= _SERVER_ERROR:
                raise
            response = problem_response(problem_of(error), self.language)
            headers = tuple((name, response.headers[name]) for name in ("content-type", "vary"))
            return Answer(response.status_code, headers, bytes(response.body))
        content = _json_bytes(document)
        headers = (("content-type", _JSON), ("content-language", language_of(self.language)))
        return Answer(200, headers, content)


@router.post("", response_class=Response, responses=_ANSWERED, openapi_extra=AGGREGATE_BODY)
async def answer(
    request: Request,
    context: OpenHome,
    caller: Writer,
    body: JsonBody,
    accept_language: AcceptLanguage = "",
) -> Response:
    """Answer a question in numbers, noised and charged; a new one leaves at a tick (`padding`)."""
    key = read_key(request.headers.getlist("idempotency-key"))
    call = _Call(context, caller, body, accept_language, key)
    try:
        answered = await call.once(call.ask_again)
    except _NewQuestion as new:
        ticks = cast("Ticks", request.app.state.ticks)
        async with ticks.padded(caller.partner, new.cells):
            answered = await call.once(call.ask)
    return Response(answered.body, answered.status, dict(answered.headers))


@router.post(
    "/estimate", response_class=Response, responses=_ANSWERED, openapi_extra=AGGREGATE_BODY
)
def price(
    context: OpenHome, caller: Reader, body: JsonBody, accept_language: AcceptLanguage = ""
) -> Response:
    """Say what a question would cost, and how exact its answer would be; nothing is spent."""
    call = _Call(context, caller, body, accept_language)
    told = call.answer(call.estimate)
    return Response(told.body, told.status, dict(told.headers))


@router.get("/{aggregate_id}", response_class=Response, responses=_ANSWERED)
def view(
    context: OpenHome,
    caller: Reader,
    aggregate_id: AggregateId,
    accept_language: AcceptLanguage = "",
) -> Response:
    """Return an answer once more, worded and with its links."""
    answered = find_answer(context, caller.partner, aggregate_id)
    document = _document(answered, accept_language)
    headers = {"content-language": language_of(accept_language)}
    return Response(_json_bytes(document), 200, headers, _JSON)


@router.get("/{aggregate_id}/content", response_class=Response, responses=_ANSWERED)
def content(context: OpenHome, caller: Reader, aggregate_id: AggregateId) -> Response:
    """Return an answer once more: the very bytes that its manifest names."""
    return Response(read_answer(context, caller.partner, aggregate_id), media_type=_JSON)


def _json_bytes(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _document(answered: Answered, language: str) -> dict[str, Any]:
    """Word an answer, and put beside it what is this partner's alone."""
    here, release = f"/v1/aggregates/{answered.id}", f"/v1/releases/{answered.release_id}"
    told = dict(answered.content)
    return {
        **_with_worded_notes(told, language),
        "guarantee": {**told["guarantee"], "cached": answered.cached},
        **({"budget": answered.budget} if answered.budget else {}),
        "release": answered.release_id,
        "links": {
            "self": here,
            "content": f"{here}/content",
            "release": release,
            "manifest": f"{release}/manifest",
            "receipt": f"{release}/receipt",
        },
    }


def _with_worded_notes(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    if "queries" in told:
        tables = [_with_worded_notes(table, language) for table in told["queries"]]
        return {**told, "queries": tables}
    return {**told, "notes": _worded(told["notes"], language)}


def _worded(notes: list[dict[str, Any]], language: str) -> list[dict[str, Any]]:
    reasons = tuple(Reason(note["rule"], note["params"]) for note in notes)
    return worded(reasons, language_of(language))

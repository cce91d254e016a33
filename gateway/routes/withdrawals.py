"""Withdrawals: a contributor takes back what it gave, and sees what became of that."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.bodies import read_json_object
from gateway.context import Context
from gateway.languages import language_of
from gateway.permissions import Caller
from gateway.routes.dependencies import Contributor, JsonBody, OpenHome, Submitted
from gateway.routes.once import respond_once
from gateway.withdrawals import WithdrawalView, list_own, view_withdrawal, withdraw

router = APIRouter(prefix="/v1/withdrawals", tags=["withdrawals"])
AcceptLanguage = Annotated[str, Header()]
Cursor = Annotated[str | None, Query(max_length=40)]
Limit = Annotated[int, Query(ge=1, le=100)]
_TEXTS = {"type": "object", "additionalProperties": {"type": "string"}}
_PERSON = {
    "type": "object",
    "properties": {"domain": {"type": "string"}, "value": {"type": "string"}},
    "required": ["domain", "value"],
}
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "dataset": {"type": "string"},
                        "person": _PERSON,
                        "record_key": _TEXTS,
                        "submission": {"type": "string"},
                        "contributor": {"const": True},
                    },
                    "required": ["dataset"],
                },
            },
        },
    },
}


class WithdrawalAnswer(BaseModel):
    """A withdrawal of this contributor.

    Attributes:
        withdraws: person, record, submission or contributor.
        state: received, withdrawn or erased.
        records: of the contributor's own, that were taken back.
    """

    id: str
    dataset: str
    withdraws: str
    state: str
    records: int | None = None
    requested_at: str
    erased_at: str | None = None
    links: dict[str, str]


class WithdrawalsAnswer(BaseModel):
    """A page of withdrawals, and the cursor of the next."""

    withdrawals: list[WithdrawalAnswer]
    cursor: str | None = None


@router.post(
    "",
    status_code=201,
    response_model=WithdrawalAnswer,
    response_model_exclude_none=True,
    openapi_extra=BODY,
)
def request(
    request: Request,
    context: OpenHome,
    caller: Contributor,
    body: JsonBody,
    accept_language: AcceptLanguage = "",
) -> Response:
    """Take back a person, a record, a submission, or all that this contributor gave."""
    return respond_once(
        *(request, context, caller, body, accept_language),
        lambda: _make(context, caller, body, accept_language),
    )


def _make(context: Context, caller: Caller, body: bytes, accept_language: str) -> Response:
    view = withdraw(context, caller.partner, read_json_object(body), follow_now=False)
    document = _answer(view).model_dump_json(exclude_none=True)
    headers = {
        "Location": f"/v1/withdrawals/{view.id}",
        "Content-Language": language_of(accept_language),
    }
    return Response(document, 201, headers, "application/json")


@router.get("", response_model_exclude_none=True)
def page(
    context: OpenHome, caller: Submitted, cursor: Cursor = None, limit: Limit = 50
) -> WithdrawalsAnswer:
    """Return a page of this contributor's withdrawals, newest first, and the next one's cursor."""
    views, following = list_own(context, caller.partner, cursor, limit)
    return WithdrawalsAnswer(withdrawals=[_answer(view) for view in views], cursor=following)


@router.get("/{withdrawal_id}", response_model_exclude_none=True)
def view(context: OpenHome, caller: Submitted, withdrawal_id: str) -> WithdrawalAnswer:
    """Return one withdrawal."""
    return _answer(view_withdrawal(context, caller.partner, withdrawal_id))


def _answer(view: WithdrawalView) -> WithdrawalAnswer:
    return WithdrawalAnswer(
        id=view.id,
        dataset=view.dataset,
        withdraws=view.kind,
        state=view.state,
        records=view.records,
        requested_at=view.requested_at,
        erased_at=view.erased_at,
        links={"self": f"/v1/withdrawals/{view.id}"},
    )

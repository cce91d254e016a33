"""Releases: what a partner received, with the evidence."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import PlainTextResponse, Response

from gateway.releases import list_releases, manifest_bytes, receipt_text, view_release
from gateway.routes.dependencies import OpenHome, Reader, ReleaseId, Responses
from gateway.routes.schemas import ReleaseAnswer, ReleasesAnswer, release_answer

router = APIRouter(prefix="/v1/releases", tags=["releases"])
Cursor = Annotated[str | None, Query(pattern=r"^[0-9]{1,18}$")]
Limit = Annotated[int, Query(ge=1, le=100)]
_JSON_BYTES: Responses = {
    200: {"description": "The manifest.", "content": {"application/json": {}}}
}


@router.get("", response_model_exclude_none=True)
def page(
    context: OpenHome, caller: Reader, cursor: Cursor = None, limit: Limit = 50
) -> ReleasesAnswer:
    """Return a page of this partner's releases, and the cursor of the next."""
    views, following = list_releases(context, caller.partner, cursor, limit)
    return ReleasesAnswer(releases=[release_answer(view) for view in views], cursor=following)


@router.get("/{release_id}", response_model_exclude_none=True)
def view(context: OpenHome, caller: Reader, release_id: ReleaseId) -> ReleaseAnswer:
    """Return one release."""
    return release_answer(view_release(context, caller.partner, release_id))


@router.get("/{release_id}/manifest", response_class=Response, responses=_JSON_BYTES)
def manifest(context: OpenHome, caller: Reader, release_id: ReleaseId) -> Response:
    """Return the manifest, the very bytes that the log's entry names."""
    return Response(
        manifest_bytes(context, caller.partner, release_id),
        media_type="application/json",
    )


@router.get("/{release_id}/receipt", response_class=PlainTextResponse)
def receipt(context: OpenHome, caller: Reader, release_id: ReleaseId) -> PlainTextResponse:
    """Return the receipt (c2sp.org/tlog-proof)."""
    return PlainTextResponse(receipt_text(context, caller.partner, release_id))

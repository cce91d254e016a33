"""The audit log as anybody may read it (c2sp.org/tlog-tiles)."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, Response

from gateway.errors import NotFoundError
from gateway.routes.dependencies import OpenHome, Responses

router = APIRouter(tags=["log"])
_FOREVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_TILE: Responses = {200: {"description": "The tile.", "content": {"application/octet-stream": {}}}}


@router.get("/checkpoint", response_class=PlainTextResponse)
def checkpoint(context: OpenHome) -> PlainTextResponse:
    """Return the newest signed checkpoint."""
    return PlainTextResponse(context.log.current_checkpoint())


@router.get("/tile/{path:path}", response_class=Response, responses=_TILE)
def tile(context: OpenHome, path: str) -> Response:
    """Return a tile of hashes, or a bundle of leaves; what is signed never changes."""
    stored = context.log.tile(f"tile/{path}")
    if stored is None:
        raise NotFoundError
    return Response(stored, headers=_FOREVER, media_type="application/octet-stream")


@router.get("/vkey", response_class=PlainTextResponse)
def vkey(context: OpenHome) -> PlainTextResponse:
    """Return the key that verifies checkpoints, as signed notes write it."""
    return PlainTextResponse(f"{context.log.vkey}\n")

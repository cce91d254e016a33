"""For whoever runs the gateway: is it alive, is it ready, which is it."""

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.metrics import MEDIA_TYPE, PUBLIC
from gateway.routes.dependencies import OpenHome, Responses
from gateway.store.engine import reading

router = APIRouter(tags=["health"])
_TEXT: Responses = {200: {"description": "Prometheus text.", "content": {"text/plain": {}}}}


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """Answer that the process answers."""
    return {"status": "ok"}


@router.get("/readyz")
def ready(context: OpenHome) -> dict[str, str]:
    """Answer that the store answers, so that requests can be served."""
    try:
        with reading(context.store) as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        raise HTTPException(503) from None
    return {"status": "ready"}


@router.get("/metrics", response_class=Response, responses=_TEXT)
async def version() -> Response:
    """Return the gateway's version; how it does is told to its operator alone."""
    return Response(PUBLIC, media_type=MEDIA_TYPE)

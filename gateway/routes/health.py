"""For whoever runs the gateway: is it alive, is it ready, how does it do."""

from typing import cast

from fastapi import APIRouter, Request
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.aggregates.padding import Ticks
from gateway.metrics import MEDIA_TYPE, RequestCounts, render_metrics
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
def metrics(request: Request, context: OpenHome) -> Response:
    """Return counts of answers, of answers in numbers by tick, and of open extracts."""
    counts = cast("RequestCounts", request.app.state.counts)
    ticks = cast("Ticks", request.app.state.ticks)
    return Response(render_metrics(counts, ticks, context.store), media_type=MEDIA_TYPE)

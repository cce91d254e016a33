"""For whoever runs the gateway: is it alive, is it ready."""

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from gateway.routes.dependencies import OpenHome
from gateway.store.engine import reading

router = APIRouter(tags=["health"])


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

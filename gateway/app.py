"""The application: every route, behind the body limit, behind the perimeter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway.aggregates.padding import Ticks
from gateway.authentication import Authenticator
from gateway.limits import BodyLimit
from gateway.metrics import RequestCounts
from gateway.oauth_server import TokenServer
from gateway.perimeter import Perimeter
from gateway.problems import answer_with_problems
from gateway.routes import ROUTERS
from gateway.routes.schemas import PROBLEMS
from gateway.submissions.appending import OpenUploads
from gateway.version import VERSION

if TYPE_CHECKING:
    from gateway.context import Context


def create_app(context: Context) -> FastAPI:
    """Return the gateway of an open home.

    Nothing is fetched from elsewhere: `/openapi.json` is the documentation, without pages that
    would load a viewer from a content network. Telemetry is off: spans would carry values.
    """
    counts, ticks = RequestCounts(), Ticks()
    app = FastAPI(
        title="Weir",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
        responses=PROBLEMS,
        middleware=[
            Middleware(Perimeter, counts=counts, public_url=context.public_url),
            Middleware(BodyLimit),
        ],
    )
    app.state.context = context
    app.state.counts = counts
    app.state.ticks = ticks
    app.state.uploads = OpenUploads()
    app.state.authenticator = Authenticator(context)
    app.state.token_server = TokenServer(context)
    answer_with_problems(app)
    for router in ROUTERS:
        app.include_router(router)
    return app

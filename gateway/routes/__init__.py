"""Routes: thin rooms that parse, ask a service, and word its answer."""

from gateway.routes import (
    aggregates,
    budgets,
    datasets,
    downloads,
    extracts,
    health,
    log,
    oauth,
    recipes,
    releases,
    submissions,
    uploads,
    uses,
)

ROUTERS = (
    oauth.router,
    datasets.router,
    uses.router,
    extracts.router,
    downloads.router,
    aggregates.router,
    releases.router,
    budgets.router,
    uploads.router,
    submissions.router,
    recipes.router,
    log.router,
    health.router,
)

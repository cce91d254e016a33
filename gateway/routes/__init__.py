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
)

ROUTERS = (
    oauth.router,
    datasets.router,
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

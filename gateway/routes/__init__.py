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
    releases,
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
    log.router,
    health.router,
)

"""Permissions: may this caller ask at all. What it gets is for `policies` to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.registry import Registry

READ = "extracts:read"
WRITE = "extracts:write"
SEE_SUBMISSIONS = "submissions:read"
SUBMIT = "submissions:write"
SCOPES = (READ, WRITE, SEE_SUBMISSIONS, SUBMIT)


@dataclass(frozen=True)
class Caller:
    """The partner behind a request, as its access token names it."""

    partner: str
    scopes: frozenset[str]


def can_ask(registry: Registry, partner: str) -> bool:
    """Answer whether a partner is declared and not suspended, at this very moment."""
    declared = registry.partner(partner)
    return declared is not None and not declared.suspended

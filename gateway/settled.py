"""What every release settles, of records or of numbers: until when it is kept, and its entry."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlmodel import Session

    from gateway.context import Context
    from policies.aggregates.components import AggregatePlan
    from policies.plans import ExtractPlan


@dataclass(frozen=True)
class Days:
    """Until when a release is kept: plain dates in the home's zone.

    Attributes:
        delete_by: when the partner must have deleted it.
        download_until: the last day on which its bytes can be downloaded.
    """

    delete_by: str
    download_until: str


def days_of(
    context: Context, plan: ExtractPlan | AggregatePlan, first_consent_end: str | None = None
) -> Days:
    """Return the days of what is released today: never kept beyond the first consent's end."""
    today = context.clock.today(context.home.document.timezone)
    by_policy = (today + timedelta(days=plan.retention_days)).isoformat()
    kept = (today + timedelta(days=context.home.document.download_days)).isoformat()
    return Days(
        delete_by=min(by_policy, first_consent_end or by_policy),
        download_until=min(kept, plan.agreement_ends),
    )


@dataclass(frozen=True)
class Entered:
    """A release's entry in the log, made in the transaction that adds the release.

    Attributes:
        index: of the entry; it names the manifest by its hash.
        time: when.
        sealed_manifest: as the release keeps it.
    """

    index: int
    time: str
    sealed_manifest: bytes


def enter_release(context: Context, session: Session, release_id: str, manifest: bytes) -> Entered:
    """Enter a release in the log, inside the caller's transaction, which holds the log's lock."""
    digest = hashlib.sha256(manifest).hexdigest()
    return Entered(
        index=context.log.append(session, "release", release_id, manifest_sha256=digest),
        time=context.clock.timestamp(),
        sealed_manifest=context.keys.store_cipher().seal(manifest, _place(release_id)),
    )


def unseal_manifest(context: Context, release_id: str, sealed: bytes) -> bytes:
    """Return a manifest, the very bytes that its entry names."""
    return context.keys.store_cipher().open(sealed, _place(release_id))


def _place(release_id: str) -> str:
    return f"release:{release_id}:manifest"

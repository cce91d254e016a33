"""The manifest of a release: what left, for whom, why, and how it was protected."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.audit.canonical import canonical_json
from gateway.redacting import limits_of_redaction
from gateway.version import NAME, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.context import Context
    from gateway.outcomes import Outcome
    from policies.aggregates.components import AggregatePlan
    from policies.plans import ConsentLevel, ExtractPlan

SALT_BYTES = 32
LIMITS = (
    (
        "k counts people who can't be told apart by the quasi-identifiers listed here; it "
        "doesn't protect against somebody who knows other columns of this file about a person."
    ),
    "What the recipient gave itself isn't in it, and counts for nobody.",
    "Joining this file with other releases can tell more than either alone; it is not permitted.",
)
LIMIT_OF_LEVELS = {
    "k": (
        "The choice of levels resists minimality attacks; what l or t leaves out afterwards "
        "doesn't."
    ),
    "all": "Levels were chosen by sensitive values too, so the choice itself can tell about them.",
}
LIMIT_OF_T = (
    "t compares each class with everybody whom the policy lets through, before conditions were "
    "applied and people left out; measured against this file alone it comes out otherwise."
)
LIMIT_OF_K_MAP = (
    "k-map holds for whoever has a register with the columns of its population, and doesn't know "
    "who of it is in the data."
)
LIMIT_OF_CHANCE = (
    "Noise and randomized codes blur single values; they are no differential privacy guarantee "
    "for this file."
)
LIMIT_OF_JOINS = (
    "Changed numbers and dates of a person can be the same in other files that the recipient got. "
    "Where such a value is rare it joins the files, also where their tokens can't be joined."
)
LIMIT_OF_LOCAL = (
    "Each class stands on levels of its own. Who is in a finer class isn't in a coarser one that "
    "would cover it too, so that a coarse class can tell more than it says, though never more "
    "than the policy's finest levels. Joined with another file on the same people such classes "
    "fall to pieces; therefore no second file of this kind is given on them."
)
LIMIT_OF_FILLING = (
    "Where a record says nothing in a column with `filled`, it has the value that the person's "
    "other records agree on, also those of other contributors; which cells have, isn't told."
)
LIMIT_OF_TOKENS = "Tokens are pseudonyms: this file is personal data and must be treated as such."
LIMIT_OF_SEQUENCES = (
    "A person may have several rows: k counts people whose whole sets of rows are equal in the "
    "quasi-identifiers. Rows beyond the most that a person may have, and rows that differ in what "
    "mustn't change, are left out: rows can't be added up to all records."
)


@dataclass(frozen=True)
class Approval:
    """An officer's approval, as the manifest repeats it."""

    officer: str
    time: str


def build_manifest(  # noqa: PLR0913 - a manifest is where everything about a release meets
    context: Context,
    *,
    release_id: str,
    plan: ExtractPlan,
    outcome: Outcome,
    approvals: list[Approval],
    delete_by: str,
    reviewed: bool,
    snapshot: int,
) -> bytes:
    """Return the manifest as canonical JSON (RFC 8785); its hash goes into the entry."""
    pseudonymized, redacted = bool(outcome.epoch), bool(plan.redacted)
    manifest: dict[str, Any] = {
        **facts_of_release(context, plan, snapshot, release_id=release_id, delete_by=delete_by),
        "kind": "extract",
        "columns": outcome.columns,
        "consent": consent_facts(context, plan.dataset, plan.consent_needed),
        "guarantee": guarantee(pseudonymized=pseudonymized or redacted),
        "protection": outcome.protection,
        "utility": outcome.utility,
        "budget": None,
        "guard": {"reviewed_as_second_view": reviewed},
        "content_sha256": outcome.content_sha256,
        "codebook_sha256": outcome.codebook_sha256,
        "rows": outcome.rows,
        "approvals": [vars(approval) for approval in approvals],
        "epoch": outcome.epoch,
        "limits": [*_limits(plan, pseudonymized=pseudonymized)],
    }
    return canonical_json(manifest)


def facts_of_release(
    context: Context,
    plan: ExtractPlan | AggregatePlan,
    snapshot: int,
    *,
    release_id: str,
    delete_by: str,
) -> dict[str, Any]:
    """Return what the manifest of every release says, of records or of numbers.

    The salt keeps somebody who sees the manifest's hash alone from guessing the manifest.
    """
    return {
        "release": release_id,
        "partner": plan.partner,
        "agreement": plan.agreement,
        "purpose": plan.purpose,
        "request": dict(plan.request),
        "policy": plan.policy,
        "policy_sha256": plan.policy_sha256,
        "dataset": plan.dataset,
        "dataset_sha256": plan.dataset_sha256,
        "snapshot": opaque_snapshot(context, plan.dataset, snapshot),
        "delete_by": delete_by,
        "software": {"name": NAME, "version": VERSION},
        "citation": _citation(context, plan.dataset, release_id),
        "salt": secrets.token_hex(SALT_BYTES),
    }


def _limits(plan: ExtractPlan, *, pseudonymized: bool) -> Iterator[str]:
    protection = plan.protection
    yield from LIMITS
    yield LIMIT_OF_LEVELS[protection.levels_by]
    if protection.recoding == "local":
        yield LIMIT_OF_LOCAL
    if protection.max_records_per_person > 1:
        yield LIMIT_OF_SEQUENCES
    if plan.fill:
        yield LIMIT_OF_FILLING
    if protection.t:
        yield LIMIT_OF_T
    if protection.k_map:
        yield LIMIT_OF_K_MAP
    if any(column.action in ("noise", "randomize") for column in plan.columns):
        yield LIMIT_OF_CHANCE
    if pseudonymized:
        yield LIMIT_OF_TOKENS
        if any(column.transform and column.transform.joins_files for column in plan.columns):
            yield LIMIT_OF_JOINS
    yield from limits_of_redaction(plan)


def guarantee(*, pseudonymized: bool) -> str:
    """Return the guarantee's name in the contract."""
    return "pseudonymized: still personal data" if pseudonymized else "k-anonymous extract"


def opaque_snapshot(context: Context, dataset: str, snapshot: int) -> str:
    """Return a snapshot's public id, which tells neither its number nor how many there were."""
    return "snap_" + context.keys.fingerprint(f"snapshot\n{dataset}\n{snapshot}".encode())[:24]


def consent_facts(context: Context, dataset: str, needed: ConsentLevel) -> dict[str, str]:
    """Return what records had to allow, and on what basis that was assumed, where it was."""
    declared = context.registry.dataset(dataset)
    consent: dict[str, str] = {"needed": needed}
    if declared is not None and declared.document.consent_basis:
        consent["assumed"] = declared.document.consent_basis
    return consent


def _citation(context: Context, dataset: str, release_id: str) -> str:
    """Return how a release is cited."""
    today = context.clock.today(context.home.document.timezone)
    return (
        f"{context.home.document.name}, dataset {dataset}, release {release_id}, "
        f"{today.isoformat()}"
    )

"""The manifest of an answer in numbers."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import TYPE_CHECKING, Any

from gateway.aggregates.guarantees import NAME as GUARANTEE
from gateway.aggregates.guarantees import total_price
from gateway.aggregates.questions import columns_of
from gateway.audit.canonical import canonical_json
from gateway.manifests import SALT_BYTES, citation, consent_facts, opaque_snapshot
from gateway.version import NAME, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.questions import Question
    from gateway.context import Context
    from policies.aggregates.components import Key

LIMITS = (
    (
        "Intervals cover the noise on what was counted: at most max_records_per_person records of "
        "each privacy unit, amounts clipped to their bounds. What that leaves out they don't cover."
    ),
    (
        "The guarantee is about presence in the data; what is true of a group is told, and may be "
        "used against anybody who is known to belong to it."
    ),
    (
        "Differential privacy composes: `lifetime` bounds all aggregates together. Extracts of "
        "records about the same people aren't in it."
    ),
    "Drawing noise is exact up to delta; answers leave at a tick, which isn't constant time.",
)


def aggregate_manifest(  # noqa: PLR0913 - a manifest is where everything about a release meets
    context: Context,
    question: Question,
    charges: Sequence[Charge],
    *,
    release_id: str,
    content: bytes,
    delete_by: str,
) -> bytes:
    """Return the manifest as canonical JSON; its hash goes into the entry."""
    plan = question.plan
    told = json.loads(content)
    tables = told.get("queries", [told])
    manifest: dict[str, Any] = {
        "release": release_id,
        "kind": "aggregate",
        "partner": plan.partner,
        "agreement": plan.agreement,
        "purpose": plan.purpose,
        "request": dict(plan.request),
        "policy": plan.policy,
        "policy_sha256": plan.policy_sha256,
        "dataset": plan.dataset,
        "dataset_sha256": plan.dataset_sha256,
        "snapshot": opaque_snapshot(context, plan.dataset, question.snapshot),
        "columns": [*_columns(question)],
        "consent": consent_facts(context, plan.dataset, "aggregate"),
        "guarantee": GUARANTEE,
        "protection": told["guarantee"],
        "utility": {},
        "budget": total_price(plan.components, charges),
        "guard": None,
        "content_sha256": hashlib.sha256(content).hexdigest(),
        "rows": sum(len(table["rows"]) for table in tables),
        "approvals": [],
        "epoch": {},
        "delete_by": delete_by,
        "software": {"name": NAME, "version": VERSION},
        "limits": [*LIMITS],
        "citation": citation(context, plan.dataset, release_id),
        "salt": secrets.token_hex(SALT_BYTES),
    }
    return canonical_json(manifest)


def _columns(question: Question) -> Iterator[dict[str, str]]:
    """Yield each column that was read, and what for."""
    read: dict[str, str] = {}
    for part in question.plan.components:
        keys: tuple[Key, ...] = (*part.group_by, *((part.codes,) if part.codes else ()))
        read |= {key.column: f"by {key.level}" for key in keys}
        for name in sorted(columns_of(part) - read.keys()):
            read[name] = "measured" if part.amounts or part.bins else "condition"
    yield from ({"name": name, "use": use} for name, use in read.items())

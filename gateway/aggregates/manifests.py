"""The manifest of an answer in numbers."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from gateway.aggregates.guarantees import NAME as GUARANTEE
from gateway.aggregates.guarantees import total_price
from gateway.aggregates.questions import columns_of
from gateway.audit.canonical import canonical_json
from gateway.manifests import consent_facts, facts_of_release

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
        **facts_of_release(
            context, plan, question.snapshot, release_id=release_id, delete_by=delete_by
        ),
        "kind": "aggregate",
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
        "limits": [*LIMITS],
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

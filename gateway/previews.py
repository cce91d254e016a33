"""Previews: what a partner would get under a policy that isn't applied yet, on real rows.

The whole extract is made by the rooms that make releases, and recounted; what doesn't fit in
memory spills, sealed, for as long as it takes. Nothing is kept but one entry: somebody looked at
stored rows.
"""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import TOP
from anonymizers.search import LatticeTooLargeError, NothingSafeError
from gateway.errors import NotFoundError, RefusedError
from gateway.lake.snapshots import read_snapshot
from gateway.left_out import beyond_asked
from gateway.looks import log_look
from gateway.manifests import guarantee
from gateway.messages import worded
from gateway.outcomes import PREVIEW
from gateway.outputs.cells import as_text_table
from gateway.protecting import protect
from gateway.recounting import recounting
from gateway.redacting import check_available
from gateway.spill import Spill
from gateway.waiting import TOKEN
from policies.agreements import asking_agreements
from policies.evaluation import evaluate
from policies.planning import PolicyVersion
from policies.plans import Permit
from policies.reasons import Reason
from policies.requests import parse_request
from policies.versions import document_sha256

if TYPE_CHECKING:
    from anonymizers.recount import Recount
    from gateway.context import Context
    from gateway.control import Progress
    from gateway.protected import Protected
    from gateway.registry import DeclaredDataset, DeclaredPartner
    from policies.documents import PolicyDocument
    from policies.plans import ColumnPlan, ExtractPlan

_ROOT = "weir_record"  # no declared column is called so
HIDDEN = "(in the vault)"
IN_VAULT = ("pseudonymize", "redact")


@dataclass(frozen=True)
class Audience:
    """Whose extract it would be, and what for; an empty purpose is the agreement's first."""

    partner: str
    purpose: str = ""


@dataclass(frozen=True)
class Imagined:
    """A request that nobody made; it is never stored."""

    snapshot: int
    basis: str = "preview"


def preview_policy(
    context: Context,
    document: PolicyDocument,
    audience: Audience,
    rows: int,
    progress: Progress,
) -> dict[str, Any]:
    """Make an extract as this policy would, and show figures and some rows before and after.

    Guarantee: nothing can be downloaded of it, and no token is shown beside a stored row.

    Args:
        context: the open home.
        document: the policy; need not be applied.
        audience: a partner that has an agreement naming this policy.
        rows: how many to show.
        progress: is told how far it is.

    Raises:
        NotFoundError: no such dataset or partner, or the partner has no such agreement.
        RefusedError: the partner would be refused, or nothing safe could be released.
    """
    dataset = context.registry.dataset(document.dataset)
    partner = context.registry.partner(audience.partner)
    if dataset is None or partner is None:
        missing = "partner" if dataset else "dataset"
        name = audience.partner if dataset else document.dataset
        raise NotFoundError(f"there is no {missing} {name}; add it first (weir {missing} add FILE)")
    plan = _plan(context, document, dataset, partner, audience.purpose)
    imagined = Imagined(context.lake.dataset_snapshot(plan.dataset))
    with Spill(context.home.temp_dir / f"{PREVIEW}{secrets.token_hex(8)}") as spill:
        protected = _protected(context, imagined, plan, spill, progress)
        counted, shown, stars = _count_and_choose(protected, rows)
    log_look(context, plan, "previewed", partner=plan.partner)
    return {
        **_figures(plan, protected, counted),
        "columns": [
            {"name": made.name, **_about(column, counted, protected, stars)}
            for column in plan.columns
            for made in column.file_columns
        ],
        "rows": _before_and_after(context, dataset, imagined.snapshot, plan, shown),
    }


def _plan(
    context: Context,
    document: PolicyDocument,
    dataset: DeclaredDataset,
    partner: DeclaredPartner,
    purpose: str,
) -> ExtractPlan:
    """Decide the plainest request as if this version were active; a suspension aside."""
    version = PolicyVersion(document_sha256(document), document)
    decision = evaluate(
        parse_request(
            {
                "dataset": document.dataset,
                "purpose": purpose or _first_purpose(document, partner),
            },
        ),
        partner=partner.document,
        dataset=dataset.document,
        dataset_sha=dataset.sha256,
        policies={**context.registry.policies_for(document.dataset), document.policy: version},
        today=context.clock.today(context.home.document.timezone),
        suspended=False,
    )
    if not isinstance(decision, Permit):
        raise RefusedError(decision.reasons)
    if decision.plan.policy != document.policy:
        raise NotFoundError(
            f"for {decision.plan.purpose}, {partner.document.partner} asks under agreement "
            f"{decision.plan.agreement}, which names policy {decision.plan.policy}; name a "
            "purpose of the other agreement with --purpose",
        )
    return decision.plan


def _first_purpose(document: PolicyDocument, partner: DeclaredPartner) -> str:
    for agreement in asking_agreements(partner.document, document.dataset):
        if agreement.policy == document.policy:
            return agreement.purposes[0]
    raise NotFoundError(
        f"{partner.document.partner} has no agreement that names policy {document.policy}; "
        "add one to its file first (weir partner add FILE)",
    )


def _protected(
    context: Context, imagined: Imagined, plan: ExtractPlan, spill: Spill, progress: Progress
) -> Protected:
    check_available(plan)
    try:
        plan = _without_vault(plan)
        return protect(context, imagined, plan, spill, lambda share: progress("protecting", share))
    except NothingSafeError:
        raise RefusedError((Reason("nothing-safe", {"dataset": plan.dataset}),)) from None
    except LatticeTooLargeError:
        raise RefusedError((Reason("too-many-levels", {"policy": plan.policy}),)) from None


def _without_vault(plan: ExtractPlan) -> ExtractPlan:
    """Let derived tokens, which nobody sees, stand in for random ones: none is drawn and kept."""
    return replace(plan, columns=tuple(replace(one, tokens="derived") for one in plan.columns))


def _count_and_choose(protected: Protected, rows: int) -> tuple[Recount, pa.Table, Counter[str]]:
    """Recount the extract, choose rows of it with the roots of their records, count its stars.

    In the order of their roots, not in the extract's: place in a file would give tokens away.
    """
    recounted, chosen = recounting(protected.rules, protected.spill), []
    stars: Counter[str] = Counter()
    for part in protected.parts():
        text = as_text_table(part.table)
        recounted.note(part)
        recounted.count(text)
        stars.update({name: _count_stars(text[name]) for name in _quasi_identifiers(protected)})
        chosen.append(_first(text.append_column(_ROOT, part.records.cast(pa.binary())), rows))
    return recounted.finish(_silent), _first(pa.concat_tables(chosen), rows), stars


def _silent(share: float) -> None:
    """Report to nobody: what is shown was counted nearly as it came."""


def _quasi_identifiers(protected: Protected) -> list[str]:
    return [column.name for column in protected.plan.columns if column.quasi_identifier]


def _count_stars(texts: pa.ChunkedArray) -> int:
    return pc.sum(pc.equal(texts, TOP)).as_py() or 0


def _first(table: pa.Table, rows: int) -> pa.Table:
    return table.take(pc.sort_indices(table[_ROOT])[:rows])


def _figures(plan: ExtractPlan, protected: Protected, counted: Recount) -> dict[str, Any]:
    figures = protected.left_out
    by_protection = ("people_seen", "suppressed_by_search", "suppressed")
    seen, by_search, left_out = (figures[name] for name in by_protection)
    most = plan.protection.max_suppressed_share
    return {
        "policy": plan.policy,
        "policy_sha256": plan.policy_sha256,
        "dataset": plan.dataset,
        "partner": plan.partner,
        "agreement": plan.agreement,
        "purpose": plan.purpose,
        "guarantee": guarantee(pseudonymized=bool(protected.epoch or plan.redacted)),
        "recoding": plan.protection.recoding,
        "k": plan.protection.k,
        "l": dict(counted.distinct_l),
        "entropy": dict(counted.entropy_l),
        "t": dict(counted.farthest_t),
        "k_map": counted.fewest_alike,
        "people": counted.people,
        "records": counted.rows,
        "left_out": counted.suppressed,
        "left_out_by_search": by_search,
        "max_suppressed": most,
        "warnings": worded(beyond_asked(seen, by_search, left_out, most)),
        "classes": counted.classes,
        "smallest_class": counted.smallest_class,
        "loss": protected.utility["loss"],
        "records_left_out": {
            rule: count for rule, count in figures.items() if rule not in by_protection
        },
    }


def _about(
    column: ColumnPlan, counted: Recount, protected: Protected, stars: Counter[str]
) -> dict[str, Any]:
    """Say how a column leaves, and how many places of it are left unsaid."""
    leaves_as, unsaid = _leaves_as(column, counted), stars[column.name]
    return {
        "leaves_as": leaves_as,
        "loss": protected.utility["loss_by_column"].get(column.name),
        **({"suppressed_cells": unsaid} if unsaid and leaves_as != TOP else {}),
    }


def _leaves_as(column: ColumnPlan, counted: Recount) -> str:
    if column.action == "pseudonymize":
        return "token"
    if column.redaction is not None:
        return "redacted"
    if column.transform is not None:
        return column.transform.describe()
    if column.action == "keep":
        return "as it is"
    return ", ".join(counted.levels[column.name])


def _before_and_after(
    context: Context,
    dataset: DeclaredDataset,
    snapshot: int,
    plan: ExtractPlan,
    shown: pa.Table,
) -> list[dict[str, Any]]:
    """Return rows of the extract beside the records that they were made of."""
    roots = shown[_ROOT].to_pylist()
    stored = _stored(context, dataset, snapshot, plan, roots)
    tokens = {column.name for column in plan.columns if column.action == "pseudonymize"}
    hidden = [column.name for column in plan.columns if column.action in IN_VAULT]
    return [
        {
            "stored": {**stored[root], **dict.fromkeys(hidden, HIDDEN)},
            "leaves": {**row, **dict.fromkeys(tokens, TOKEN)},
        }
        for root, row in zip(roots, shown.drop_columns(_ROOT).to_pylist(), strict=True)
    ]


def _stored(
    context: Context,
    dataset: DeclaredDataset,
    snapshot: int,
    plan: ExtractPlan,
    roots: list[bytes],
) -> dict[bytes, dict[str, str | None]]:
    """Read the plan's columns of some records, as text; identifiers lie in the vault."""
    if not roots:
        return {}
    names = [column.name for column in plan.columns if column.action not in IN_VAULT]
    with context.lake.engine() as backend:
        records = read_snapshot(backend, context.lake, dataset.document, snapshot)
        chosen = records.filter(records.weir_record.isin(roots)).select("weir_record", *names)
        table = backend.to_pyarrow(chosen)
    texts = (
        _by_file_column(as_text_table(table.select(names)), plan) if names else [{}] * len(roots)
    )
    found = table["weir_record"].cast(pa.binary()).to_pylist()
    return dict(zip(found, texts, strict=True))


def _by_file_column(texts: pa.Table, plan: ExtractPlan) -> list[dict[str, str | None]]:
    """Put what is stored beside each column of the file that it becomes."""
    made = {
        made.name: texts[column.name]
        for column in plan.columns
        if column.name in texts.column_names
        for made in column.file_columns
    }
    rows: list[dict[str, str | None]] = pa.table(made).to_pylist()
    return rows

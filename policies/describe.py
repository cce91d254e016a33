"""What a policy gives of each column, and why: data for `GET /v1/datasets` and for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.ladders import finest_level
from policies.lint.columns import CONTROL_ROLES
from policies.planning import consent_for, released_columns
from policies.reasons import Reason
from policies.where import Filterable, filterable_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents import (
        CoarsenRule,
        ColumnRule,
        DatasetDocument,
        ExtractDocument,
        PolicyDocument,
        ProtectDocument,
    )
    from policies.documents.policy import PseudonymizeRule


@dataclass(frozen=True)
class ColumnAnswer:
    """What a partner gets of one column.

    Attributes:
        action: `drop` for all that doesn't leave.
        levels: forms it may come in, finest first; which one is chosen depends on the data.
        where: levels on which conditions may name it, finest first; empty is never.
        reason: what happens and why, for the catalogue.
    """

    name: str
    type: str
    role: str
    label: Mapping[str, str]
    action: str
    levels: tuple[str, ...]
    where: tuple[str, ...]
    reason: Reason


def describe(policy: PolicyDocument, dataset: DatasetDocument) -> tuple[ColumnAnswer, ...]:
    """Return, for each column in the dataset's order, what leaves under the policy.

    Args:
        policy: an applied one, which passed the lint.
        dataset: the one it names.
    """
    released = released_columns(policy.extract, dataset) if policy.extract else {}
    filterable = filterable_columns(released, dataset)
    return tuple(
        ColumnAnswer(
            name=name,
            type=column.type,
            role=column.role,
            label=column.label,
            action=released[name].action if name in released else "drop",
            levels=_levels(released.get(name), filterable.get(name)),
            where=filterable[name].levels if name in filterable else (),
            reason=_reason(name, policy, dataset),
        )
        for name, column in dataset.columns.items()
    )


def describe_limits(policy: PolicyDocument, dataset: DatasetDocument) -> tuple[Reason, ...]:
    """Return whose word decides which records may be in what this policy gives.

    All of it is declared: nothing says whether anybody used it, or who gives to the dataset.
    """
    reasons = [Reason("limits-strictest", {})]
    if policy.extract is not None:
        released = released_columns(policy.extract, dataset)
        level = consent_for(rule.action for rule in released.values())
        reasons.append(Reason("limits-extract", {"level": level}))
        if policy.extract.fill:
            filled = ", ".join(policy.extract.fill)
            reasons.append(Reason("limits-filled", {"columns": filled}))
    if policy.aggregate is not None:
        reasons.append(Reason("limits-aggregate", {}))
    if dataset.consent == "assumed":
        reasons.append(Reason("consent-assumed", {}))
    else:
        reasons.append(Reason("consent-default", {"level": dataset.consent_default}))
        reasons.append(Reason("limits-after-end", {"level": dataset.consent_after_end}))
    if dataset.column_of("funding") is not None:
        reasons.append(Reason("consent-restricted-funding", {}))
    return tuple(reasons)


def _levels(rule: ColumnRule | None, column: Filterable | None) -> tuple[str, ...]:
    if rule is None or rule.coarsen is None or column is None:
        return ()
    levels = column.ladder.levels
    return levels[levels.index(column.floor) : levels.index(rule.coarsen.ceiling) + 1]


def _reason(name: str, policy: PolicyDocument, dataset: DatasetDocument) -> Reason:
    if policy.extract is None:
        return Reason("gets-aggregates-only", {"column": name})
    rule = released_columns(policy.extract, dataset).get(name)
    if rule is None:
        return _reason_left_out(name, policy.extract, dataset)
    if rule.pseudonymize is not None:
        return _token_reason(name, rule.pseudonymize)
    if rule.coarsen is not None:
        return _coarsen_reason(name, rule.coarsen, policy.extract, dataset)
    if rule.redact is not None:
        return Reason("gets-redacted", {"column": name})
    return _value_reason(name, rule, policy.extract.protect)


def _value_reason(name: str, rule: ColumnRule, protect: ProtectDocument) -> Reason:
    if rule.change is not None:
        return rule.change.reason(name)
    diverse, close = protect.l.get(name), protect.t.get(name)
    if diverse is None and close is None:
        return Reason("gets-kept", {"column": name})
    least = str(diverse.least) if diverse else ""
    most = f"{close.at_most:g}" if close else ""
    return Reason("gets-kept-diverse", {"column": name, "l": least, "t": most})


def _reason_left_out(name: str, extract: ExtractDocument, dataset: DatasetDocument) -> Reason:
    role, params = dataset.columns[name].role, {"column": name}
    if role == "free_text":
        return Reason("gets-no-free-text", params)
    if role == "direct_identifier":
        return Reason("gets-no-identifier", params)
    if role in CONTROL_ROLES:
        return Reason("gets-no-control-column", params)
    if name in extract.columns:
        return Reason("gets-dropped", params)
    return Reason("gets-unnamed", params)


def _token_reason(name: str, rule: PseudonymizeRule) -> Reason:
    params, epoch = {"column": name}, rule.epoch
    if rule.tokens == "vaulted":
        return Reason("gets-random-token", {**params, "epoch": epoch})
    if epoch == "release":
        return Reason("gets-token-per-release", params)
    if epoch == "year":
        return Reason("gets-token-per-year", params)
    return Reason("gets-token-per-agreement", params)


def _coarsen_reason(
    name: str, rule: CoarsenRule, extract: ExtractDocument, dataset: DatasetDocument
) -> Reason:
    floor = rule.floor or finest_level(dataset, name)
    params = {"column": name, "floor": floor, "ceiling": rule.ceiling}
    params["k"], records = str(extract.protect.k), extract.max_records_per_person
    population = "" if rule.min_population is None else str(rule.min_population)
    if extract.protect.recoding == "local":
        return Reason("gets-coarsened-by-class", {**params, "people": population})
    params["records"] = "" if records == 1 else str(records)
    if population:
        return Reason("gets-coarsened-places", {**params, "people": population})
    return Reason("gets-coarsened", params)

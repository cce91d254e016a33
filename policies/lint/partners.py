"""Lint of a partner's agreements against the policies they name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.agreements import asking_agreements, hidden_days
from policies.documents.problems import suggested
from policies.findings import Findings
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policies.agreements import Hidden
    from policies.documents import (
        AgreementDocument,
        DatasetDocument,
        PartnerDocument,
        PolicyDocument,
    )


def lint_partner(
    partner: PartnerDocument,
    policies: Mapping[str, PolicyDocument],
    datasets: Mapping[str, DatasetDocument] | None = None,
) -> Findings:
    """Return what must, and what should, be corrected before the partner is added.

    Args:
        partner: with its agreements.
        policies: the active policies by name.
        datasets: the declared ones by name, as far as they are known.
    """
    asking = {
        f"agreements[{number}]": agreement
        for number, agreement in enumerate(partner.agreements)
        if not agreement.submits
    }
    errors: list[Reason] = []
    warnings: list[Reason] = []
    for path, agreement in asking.items():
        policy = policies.get(str(agreement.policy))
        if policy is None:
            errors.append(_unknown_policy(path, agreement, policies))
        else:
            errors.extend(_errors(path, partner, agreement, policy))
            warnings.extend(_warnings(path, agreement, policy))
        never, sometimes = _hidden(path, partner, agreement)
        errors.extend(never)
        warnings.extend(sometimes)
    warnings.extend(_budget_warnings(partner, datasets or {}))
    return Findings.of(errors, warnings)


def _budget_warnings(
    partner: PartnerDocument, datasets: Mapping[str, DatasetDocument]
) -> Iterator[Reason]:
    """Yield a contributor's budgets that never bind, for the dataset's is used up before."""
    for number, agreement in enumerate(partner.agreements):
        budget, dataset = agreement.budget, datasets.get(agreement.dataset)
        if budget is None or dataset is None:
            continue
        most = dataset.budget
        if most is None or (budget.epsilon >= most.epsilon and budget.delta >= most.delta):
            params = {"path": f"agreements[{number}].budget", "dataset": dataset.dataset}
            yield Reason("contributor-budget-unused", params)


def _unknown_policy(
    path: str, agreement: AgreementDocument, policies: Mapping[str, PolicyDocument]
) -> Reason:
    name = str(agreement.policy)
    params = {"path": f"{path}.policy", "policy": name, **suggested(name, tuple(policies))}
    return Reason("unknown-policy", params)


def _errors(
    path: str, partner: PartnerDocument, agreement: AgreementDocument, policy: PolicyDocument
) -> Iterator[Reason]:
    if agreement.dataset != policy.dataset:
        params = {"path": f"{path}.dataset", "named": policy.dataset, "dataset": agreement.dataset}
        yield Reason("policy-for-other-dataset", params)
    if partner.partner_class not in policy.classes:
        params = {"path": f"{path}.policy", "class": partner.partner_class}
        yield Reason("class-not-in-policy", {**params, "classes": ", ".join(policy.classes)})
    for purpose in agreement.purposes:
        if purpose not in policy.purposes:
            params = {"path": f"{path}.purposes", "purpose": purpose}
            yield Reason("purpose-not-in-policy", {**params, "known": ", ".join(policy.purposes)})


def _warnings(path: str, agreement: AgreementDocument, policy: PolicyDocument) -> Iterator[Reason]:
    days = (agreement.ends - agreement.starts).days + 1
    if policy.retention_days > days:
        params = {"path": f"{path}.ends", "agreement": agreement.agreement}
        counts = {"retention_days": str(policy.retention_days), "days": str(days)}
        yield Reason("retention-outlives-agreement", {**params, **counts})


def _hidden(
    path: str, partner: PartnerDocument, agreement: AgreementDocument
) -> tuple[list[Reason], list[Reason]]:
    """Return the error of an agreement that no request can fall under, or warnings of days.

    Both name what decides instead: which policy protects people must not be a surprise.
    """
    beside = asking_agreements(partner, agreement.dataset)
    found = [(purpose, hidden_days(beside, agreement, purpose)) for purpose in agreement.purposes]
    hidden = [(purpose, days) for purpose, days in found if days is not None]
    named = {"path": path, "agreement": agreement.agreement}
    always = [days.by.agreement for _, days in hidden if days.first == agreement.starts]
    if len(always) == len(found):
        others = ", ".join(dict.fromkeys(always))
        return [Reason("agreement-never-used", {**named, "others": others})], []
    return [], [Reason("agreement-hidden", {**named, **_days(*one)}) for one in hidden]


def _days(purpose: str, days: Hidden) -> dict[str, str]:
    first, last = days.first.isoformat(), days.last.isoformat()
    return {"purpose": purpose, "other": days.by.agreement, "first": first, "last": last}

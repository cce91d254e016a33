"""What extracts and aggregates are decided by alike: who asks, for what, under which policy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.agreements import agreement_reasons, asking_agreements, choose_agreement
from policies.plans import Refuse
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from policies.documents import (
        AgreementDocument,
        DatasetDocument,
        PartnerDocument,
        PolicyDocument,
    )
    from policies.planning import PolicyVersion


@dataclass(frozen=True)
class Ground:
    """The agreement and the policy that a request stands on.

    Attributes:
        reasons: why they don't cover it; empty where they do.
    """

    agreement: AgreementDocument
    policy: PolicyVersion
    reasons: tuple[Reason, ...]


def find_ground(  # noqa: PLR0913 - one keyword for each thing that decides
    named: str,
    purpose: str,
    *,
    partner: PartnerDocument,
    dataset: DatasetDocument,
    policies: Mapping[str, PolicyVersion],
    today: date,
    suspended: bool,
) -> Ground | Refuse:
    """Return what a request stands on, or the refusal where there is nothing to stand on.

    Guarantee: a partner without any agreement on the dataset gets the answer that an unknown
    dataset gets (rule `unknown-dataset`).

    Args:
        named: the dataset that the request names.
        purpose: that it names.
        partner: who asks.
        dataset: the active declaration of the dataset.
        policies: the active policies of the dataset by name.
        today: plain date in the home's zone.
        suspended: whether the operator has stopped the partner.
    """
    if suspended:
        return Refuse((Reason("partner-suspended", {"partner": partner.partner}),))
    agreements = [a for a in partner.agreements if a.dataset == named]
    if not agreements or dataset.dataset != named:
        return Refuse((Reason("unknown-dataset", {"dataset": named}),))
    asking = asking_agreements(partner, named)
    if not asking:
        return Refuse((Reason("agreement-only-submits", {"dataset": named}),))
    agreement = choose_agreement(asking, purpose, today)
    reasons = (*agreement_reasons(agreement, purpose, today),)
    policy = policies.get(str(agreement.policy))
    if policy is None:
        return Refuse((*reasons, Reason("policy-not-active", {"policy": str(agreement.policy)})))
    others = _policy_reasons(purpose, partner.partner_class, policy.document)
    return Ground(agreement, policy, (*reasons, *others))


def _policy_reasons(purpose: str, partner_class: str, policy: PolicyDocument) -> Iterator[Reason]:
    if partner_class not in policy.classes:
        params = {"class": partner_class, "classes": ", ".join(policy.classes)}
        yield Reason("class-not-in-policy", params)
    if purpose not in policy.purposes:
        params = {"purpose": purpose, "known": ", ".join(policy.purposes)}
        yield Reason("purpose-not-in-policy", params)

"""Which agreement of a partner a request falls under, and whether it allows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from policies.documents import AgreementDocument, PartnerDocument


def asking_agreements(partner: PartnerDocument, dataset: str) -> tuple[AgreementDocument, ...]:
    """Return a partner's agreements under which it may ask about a dataset."""
    return tuple(
        agreement
        for agreement in partner.agreements
        if agreement.dataset == dataset and not agreement.submits
    )


def covered_datasets(partner: PartnerDocument, today: date) -> tuple[str, ...]:
    """Return the datasets that an agreement in force lets the partner ask about, or hand in."""
    in_force = (a for a in partner.agreements if a.is_in_force(today))
    return tuple(sorted({agreement.dataset for agreement in in_force}))


def choose_agreement(
    agreements: tuple[AgreementDocument, ...], purpose: str, today: date
) -> AgreementDocument:
    """Return the agreement that speaks most for a request.

    One for the purpose and in force; else one for the purpose; else one in force. Among equals
    the one that ends last, then the first of the file.
    """

    def strength(agreement: AgreementDocument) -> tuple[bool, bool, date]:
        return purpose in agreement.purposes, agreement.is_in_force(today), agreement.ends

    return max(agreements, key=strength)


@dataclass(frozen=True)
class Hidden:
    """Days on which an agreement is in force for a purpose, and another one decides.

    Attributes:
        by: what decides from the first of these days on.
        first, last: both included; `last` is the agreement's own last day.
    """

    by: AgreementDocument
    first: date
    last: date


def hidden_days(
    agreements: tuple[AgreementDocument, ...], agreement: AgreementDocument, purpose: str
) -> Hidden | None:
    """Return the days on which others decide in an agreement's stead; None where it always does.

    They are one span: what `choose_agreement` prefers ends no earlier, so once it is in force it
    decides until the agreement's last day.

    Args:
        agreements: of one partner on one dataset, in the order of its file.
        agreement: one of them.
        purpose: one of its purposes.
    """

    def rank(one: AgreementDocument) -> tuple[date, int]:
        return one.ends, -agreements.index(one)

    preferred = [
        other
        for other in agreements
        if purpose in other.purposes
        and rank(other) > rank(agreement)
        and other.starts <= agreement.ends
    ]
    if not preferred:
        return None
    by = min(preferred, key=lambda other: other.starts)
    return Hidden(by, max(by.starts, agreement.starts), agreement.ends)


def agreement_reasons(agreement: AgreementDocument, purpose: str, today: date) -> Iterator[Reason]:
    """Yield why the agreement doesn't cover a request of today for that purpose."""
    named = {"agreement": agreement.agreement}
    if purpose not in agreement.purposes:
        known = ", ".join(agreement.purposes)
        yield Reason("purpose-not-agreed", {**named, "purpose": purpose, "known": known})
    if today < agreement.starts:
        starts = agreement.starts.isoformat()
        yield Reason("agreement-not-started", {**named, "starts": starts})
    if today > agreement.ends:
        yield Reason("agreement-ended", named)

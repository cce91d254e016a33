"""Who may hand in what: agreements that let a partner submit, looked at anew at every step."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from gateway.errors import RefusedError
from gateway.identifiers import new_id
from gateway.store.engine import writing
from policies.reasons import Reason

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.registry import DeclaredDataset
    from policies.documents import AgreementDocument


def submitting_agreements(context: Context, partner: str) -> tuple[AgreementDocument, ...]:
    """Return the agreements in force that let a partner submit; none while it is suspended."""
    declared = context.registry.partner(partner)
    if declared is None or declared.suspended:
        return ()
    today = context.clock.today(context.home.document.timezone)
    return tuple(
        agreement
        for agreement in declared.document.agreements
        if agreement.submits and agreement.is_in_force(today)
    )


def find_permit(context: Context, partner: str, dataset: str) -> DeclaredDataset | None:
    """Return the dataset if a partner may submit to it now.

    One that isn't declared, and one that is nothing of the partner's, are None alike.
    """
    agreed = {agreement.dataset for agreement in submitting_agreements(context, partner)}
    return context.registry.dataset(dataset) if dataset in agreed else None


def check_permit(context: Context, partner: str, dataset: str) -> DeclaredDataset:
    """Return the dataset that a partner may submit to.

    Raises:
        RefusedError: no agreement in force lets it; that is an entry.
    """
    declared = find_permit(context, partner, dataset)
    return declared or refuse(context, partner, may_not_submit(partner, dataset))


def may_not_submit(partner: str, dataset: str) -> Reason:
    """Say that a partner has no agreement to hand in data of a dataset."""
    return Reason("may-not-submit", {"partner": partner, "dataset": dataset})


def refuse(context: Context, partner: str, reason: Reason) -> NoReturn:
    """Enter that a partner was refused, and tell it why."""
    with writing(context.store) as session:
        context.log.append(session, "refusal", new_id("ref"), partner=partner, rules=[reason.rule])
    raise RefusedError((reason,))

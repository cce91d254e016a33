"""Contributors: the terms under which partners gave their records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.store.engine import reading
from gateway.store.tables import Submission
from policies.consent import ContributorTerms, strictest_terms

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from gateway.registry import Registry

LEFT_SOMETHING = ("received", "checked", "accepted", "replaced", "withdrawn")


def contributor_terms(registry: Registry, dataset: str) -> Mapping[str, ContributorTerms]:
    """Return the terms of every contributor of a dataset, by partner.

    Terms outlive the agreement: records that were given stay under what was agreed for them. Of
    several agreements the strictest counts, so that a later one doesn't loosen what was given
    under an earlier one.
    """
    terms: dict[str, ContributorTerms] = {}
    for partner in registry.partners():
        given = [
            ContributorTerms.of(agreement)
            for agreement in partner.document.agreements
            if agreement.submits and agreement.dataset == dataset
        ]
        if given:
            terms[partner.document.partner] = strictest_terms(given)
    return terms


def have_submitted(store: Engine, dataset: str) -> frozenset[str]:
    """Return the contributors who ever submitted to a dataset, whatever became of their records.

    It follows from what they did, not from who is in the data. What failed, was refused, or
    waits, left nothing.
    """
    found = select(Submission.contributor).where(
        Submission.dataset == dataset,
        col(Submission.state).in_(LEFT_SOMETHING),
        col(Submission.dry_run).is_(False),
    )
    with reading(store) as session:
        return frozenset(session.exec(found.distinct()))

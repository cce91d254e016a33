"""Contributors: the terms under which partners gave their records."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select

from gateway.errors import DeclarationError
from gateway.lake.consent import Terms
from gateway.store.engine import reading
from gateway.store.tables import Submission
from policies.consent import ConsentRules, ContributorTerms, strictest_terms
from policies.documents.base import DocumentError
from policies.documents.labels import SubmissionLabels, parse_labels
from policies.relabelling import loosens
from policies.versions import canonical_document

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Engine

    from gateway.context import Context
    from gateway.registry import Registry
    from policies.documents import DatasetDocument


NO_LABELS_TEXT = "{}"


def given_terms(context: Context, document: DatasetDocument) -> Terms:
    """Return everything that decides what of a dataset may be used, besides its records."""
    return Terms(
        ConsentRules.of(document),
        contributor_terms(context.registry, document.dataset),
        submission_labels(context.store, document.dataset),
    )


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


def checked_labels(said: Mapping[str, Any]) -> SubmissionLabels:
    """Return labels as somebody wrote them.

    Raises:
        DeclarationError: they aren't understood; says everything that is wrong.
    """
    try:
        return parse_labels(said)
    except DocumentError as error:
        raise DeclarationError("this label", error.problems) from None


def written_labels(labels: SubmissionLabels) -> str:
    """Return labels as they are kept: one text for equal ones."""
    return canonical_document(labels).decode()


def read_labels(text: str) -> SubmissionLabels:
    """Return what `written_labels` wrote."""
    return parse_labels(json.loads(text))


def submission_labels(store: Engine, dataset: str) -> Mapping[str, SubmissionLabels]:
    """Return the labels of every submission to a dataset that has any, by its id.

    They stand from the moment that it is received, so that no record is ever without them.
    """
    labelled = select(Submission.id, Submission.labels).where(
        Submission.dataset == dataset, Submission.labels != NO_LABELS_TEXT
    )
    with reading(store) as session:
        found = session.exec(labelled.order_by(Submission.id)).all()
    return {submission: read_labels(text) for submission, text in found}


def narrower_labels(
    store: Engine, dataset: str, contributor: str, labels: SubmissionLabels
) -> Mapping[str, str]:
    """Return which submissions of a contributor have labels that these would loosen.

    Returns:
        How their labels are written on the command line, by id.
    """
    labelled = select(Submission.id, Submission.labels).where(
        Submission.dataset == dataset,
        Submission.contributor == contributor,
        Submission.labels != NO_LABELS_TEXT,
    )
    with reading(store) as session:
        found = session.exec(labelled).all()
    earlier = {submission: read_labels(text) for submission, text in found}
    return {one: _spelled(said) for one, said in earlier.items() if loosens(labels, said)}


def _spelled(labels: SubmissionLabels) -> str:
    told = labels.model_dump(mode="json", exclude_defaults=True)
    return " ".join(
        f"{name}={','.join(value) if isinstance(value, list) else value}"
        for name, value in told.items()
    )


def facts_of_terms(terms: ContributorTerms) -> list[Any]:
    """Return terms as JSON values, for what is compared or named by a hash."""
    ends = [] if terms.share_until is None else [terms.share_until.isoformat()]
    return [terms.consent_max, [*terms.share_with], [*terms.share_for], *ends]

"""The audience of an answer: of whom its receiver decides who counts, and nothing more.

Answers are kept for everybody. Who receives one matters only where records, or the terms of those
who gave them, name classes or purposes; elsewhere every partner that asks the same gets the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.contributors import facts_of_terms, given_terms, have_submitted, written_labels
from gateway.lake.consent import Product, Terms
from policies.consent import ContributorTerms, Recipient

if TYPE_CHECKING:
    from datetime import date

    from gateway.context import Context
    from policies.documents import DatasetDocument


@dataclass(frozen=True)
class Audience:
    """Who counts for whom.

    Attributes:
        terms: of the dataset and its contributors.
        product: an aggregate for its receiver, today.
        submitted: the contributors whose terms can decide anything yet.
    """

    terms: Terms
    product: Product
    submitted: frozenset[str]

    @classmethod
    def of(
        cls, context: Context, document: DatasetDocument, partner_class: str, purpose: str
    ) -> Audience:
        """Take whoever asks today about a dataset."""
        today = context.clock.today(context.home.document.timezone)
        recipient = Recipient(partner_class, purpose, today)
        return cls(
            given_terms(context, document),
            Product("aggregate", recipient),
            have_submitted(context.store, document.dataset),
        )

    def facts(self, document: DatasetDocument) -> dict[str, Any]:
        """Return what of it decides who counts, apart from the day.

        The terms of whoever hasn't submitted yet decide nothing: a new contributor changes no
        answer before its first submission, which is a new snapshot.

        A consent that ends ends no answer: what was said stays said, and is said again. Who counts
        is looked at anew with the next load, which is a new question.
        """
        contributors = {
            name: one
            for name, one in sorted(self.terms.contributors.items())
            if name in self.submitted
        }
        given = {name: facts_of_terms(one) for name, one in contributors.items()}
        labels = [ContributorTerms.of_labels(one) for one in self.terms.distinct_labels]
        named = any(document.column_of(role) for role in ("share_with", "share_for"))
        listed = any(one.share_with or one.share_for for one in (*contributors.values(), *labels))
        recipient = self.product.recipient
        whom = [recipient.partner_class, recipient.purpose] if named or listed else []
        labelled = {"labels": self._labelled()} if self.terms.labels else {}
        return {"terms": given, "recipient": whom, **labelled}

    def _labelled(self) -> dict[str, str]:
        return {name: written_labels(labels) for name, labels in self.terms.labels.items()}

    @property
    def day(self) -> date:
        """The day on which consent is looked at."""
        return self.product.recipient.today

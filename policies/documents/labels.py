"""Labels: what a contributor says of a whole submission, beside what its records say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from policies.documents.base import Classes, Document, Kebabs, PlainDate, Text
from policies.documents.reading import read_document
from policies.plans import ConsentLevel


class SubmissionLabels(Document):
    """Who may see the records of one submission, for what, until when.

    Each can only narrow what record, person, agreement, dataset and policy allow.

    Attributes:
        consent_max: caps the consent of every record.
        share_with, share_for: partner classes and purposes; empty is any.
        share_until: the last day on which the records may be in anything that is made.
        funding: grants that paid for the service, of every record (`vawa`).
    """

    consent_max: ConsentLevel | None = None
    share_with: Classes = ()
    share_for: Kebabs = ()
    share_until: PlainDate | None = None
    funding: Text | None = None


NO_LABELS = SubmissionLabels()


def parse_labels(data: Mapping[str, Any]) -> SubmissionLabels:
    """Return the labels of a submission; raises DocumentError with all problems."""
    return read_document(SubmissionLabels, data)

"""Relabelling: whether a submission's labels allow more than those its records had before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.consent import ContributorTerms, is_restricted, strictest_terms

if TYPE_CHECKING:
    from policies.documents import SubmissionLabels


def loosens(later: SubmissionLabels, earlier: SubmissionLabels) -> bool:
    """Answer whether a record may go anywhere under later labels that it couldn't before.

    A later day, a class or purpose more, a higher level, and a restricted grant that isn't named
    any more all loosen; so does having no labels where there were any.

    Args:
        later: of the submission that gives a record again.
        earlier: of the one that gave it before.
    """
    terms = ContributorTerms.of_labels(later)
    if terms.consent_max == "none":
        return False
    both = strictest_terms([terms, ContributorTerms.of_labels(earlier)])
    ungranted = is_restricted(earlier.funding) and not is_restricted(later.funding)
    return both != terms or ungranted

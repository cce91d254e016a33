"""What consent lets through: the reference that the engine's form is tested against.

Every rule that speaks about a record caps the level it may serve on; the strictest wins, and
the answer says which one it was.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from policies.documents import AgreementDocument, DatasetDocument
    from policies.plans import ConsentLevel

LEVELS: tuple[ConsentLevel, ...] = ("none", "aggregate", "anonymized", "pseudonymized")
RESTRICTED_FUNDING = frozenset({"vawa", "fvpsa", "voca"})
BLANKS = " \t\n\r\v\f"


@dataclass(frozen=True)
class Record:
    """What one record says about consent, as stored.

    Attributes:
        consent: its consent value; None and blank are no statement.
        ends: first day on which the consent no longer counts.
        sequence: ordinal of the submission it came with; the newest is the largest.
        share_with, share_for: lists of partner classes and of purposes; None and blank are any.
        funding: list of the grants that paid for the service.
    """

    consent: str | None = None
    ends: date | None = None
    sequence: int = 0
    share_with: str | None = None
    share_for: str | None = None
    funding: str | None = None


@dataclass(frozen=True)
class ConsentRules:
    """What a dataset declares about consent.

    Attributes:
        assumed: no column says what people allowed; every record counts as `pseudonymized`.
        default: for a blank consent value; after_end: the most from the consent's end on.
    """

    assumed: bool
    default: ConsentLevel
    after_end: ConsentLevel

    @classmethod
    def of(cls, dataset: DatasetDocument) -> ConsentRules:
        """Take the rules from a dataset's declaration."""
        assumed = dataset.consent == "assumed"
        return cls(assumed, dataset.consent_default, dataset.consent_after_end)


@dataclass(frozen=True)
class ContributorTerms:
    """The terms under which a contributor handed its records in; they outlast its agreement.

    Attributes:
        consent_max: caps every record.
        share_with, share_for: classes and purposes; empty is any.
    """

    consent_max: ConsentLevel = "pseudonymized"
    share_with: tuple[str, ...] = ()
    share_for: tuple[str, ...] = ()

    @classmethod
    def of(cls, agreement: AgreementDocument) -> ContributorTerms:
        """Take the terms from an agreement that submits."""
        consent_max = agreement.consent_max or "pseudonymized"
        return cls(consent_max, agreement.share_with, agreement.share_for)


@dataclass(frozen=True)
class Recipient:
    """Who would receive the product, for what, on which day of the home's zone."""

    partner_class: str
    purpose: str
    today: date


@dataclass(frozen=True)
class ConsentAnswer:
    """How far a record may go to a recipient.

    Attributes:
        level: the highest level it may serve on.
        strictest: the rule that set this level; the first of them where several did.
    """

    level: ConsentLevel
    strictest: Reason

    def permits(self, product: ConsentLevel) -> bool:
        """Answer whether the record may enter a product that needs this level."""
        return LEVELS.index(self.level) >= LEVELS.index(product)


@dataclass(frozen=True)
class _Cap:
    level: ConsentLevel
    reason: Reason


def effective_consent(
    record: Record,
    person: Iterable[Record],
    terms: ContributorTerms,
    rules: ConsentRules,
    recipient: Recipient,
) -> ConsentAnswer:
    """Return how far a record may go, and which rule was strictest.

    Args:
        record: the record in question.
        person: all records of the same person in the dataset, this one among them.
        terms: of the contributor the record came from; the operator's are the default.
        rules: the dataset's.
        recipient: who would receive it.
    """
    caps = (
        _own_cap(record, rules, recipient.today),
        *_person_caps(person, rules, recipient.today),
        *_contributor_caps(terms, recipient),
        *_sharing_caps(record, recipient),
        *_funding_caps(record, recipient),
    )
    strictest = min(caps, key=lambda cap: LEVELS.index(cap.level))
    return ConsentAnswer(strictest.level, strictest.reason)


def _own_cap(record: Record, rules: ConsentRules, today: date) -> _Cap:
    if rules.assumed:
        return _Cap("pseudonymized", Reason("consent-assumed", {}))
    value = _plain(record.consent)
    if not value:
        cap = _Cap(rules.default, Reason("consent-default", {"level": rules.default}))
    elif value in LEVELS:
        level = LEVELS[LEVELS.index(value)]
        cap = _Cap(level, Reason("consent-stated", {"level": level}))
    else:
        cap = _Cap("none", Reason("consent-unknown-value", {}))
    return _capped_at_end(cap, record, rules, today)


def _capped_at_end(cap: _Cap, record: Record, rules: ConsentRules, today: date) -> _Cap:
    # An end takes back; it never allows more than the value before it did.
    if record.ends is None or record.ends > today or _strictness(cap.level, rules.after_end) <= 0:
        return cap
    return _Cap(rules.after_end, Reason("consent-ended", {"level": rules.after_end}))


def _strictness(level: ConsentLevel, other: ConsentLevel) -> int:
    return LEVELS.index(level) - LEVELS.index(other)


def _person_caps(person: Iterable[Record], rules: ConsentRules, today: date) -> Iterator[_Cap]:
    """The person's newest statement caps all their records; the strictest where it is several."""
    statements = [record for record in person if _plain(record.consent)]
    if rules.assumed or not statements:
        return
    newest = max(record.sequence for record in statements)
    levels = [
        _own_cap(record, rules, today).level for record in statements if record.sequence == newest
    ]
    level = min(levels, key=LEVELS.index)
    yield _Cap(level, Reason("consent-newest-statement", {"level": level}))


def _contributor_caps(terms: ContributorTerms, recipient: Recipient) -> Iterator[_Cap]:
    level = terms.consent_max
    yield _Cap(level, Reason("consent-contributor-maximum", {"level": level}))
    if terms.share_with and recipient.partner_class not in terms.share_with:
        params = {"class": recipient.partner_class}
        yield _Cap("none", Reason("consent-contributor-class", params))
    if terms.share_for and recipient.purpose not in terms.share_for:
        params = {"purpose": recipient.purpose}
        yield _Cap("none", Reason("consent-contributor-purpose", params))


def _sharing_caps(record: Record, recipient: Recipient) -> Iterator[_Cap]:
    if _plain(record.share_with) and recipient.partner_class not in _listed(record.share_with):
        yield _Cap("none", Reason("consent-class", {"class": recipient.partner_class}))
    if _plain(record.share_for) and recipient.purpose not in _listed(record.share_for):
        yield _Cap("none", Reason("consent-purpose", {"purpose": recipient.purpose}))


def _funding_caps(record: Record, recipient: Recipient) -> Iterator[_Cap]:
    """Restricted funding: in no row-level product without written, scoped, limited consent.

    References:
        34 USC 12291(b)(2) (VAWA); 42 USC 10406(c)(5) (FVPSA); 28 CFR 94.115 (VOCA).
    """
    restricted = RESTRICTED_FUNDING & _listed(record.funding)
    if not restricted:
        return
    written = _plain(record.consent) in LEVELS
    limited = record.ends is not None and record.ends > recipient.today
    scoped = recipient.partner_class in _listed(record.share_with) and recipient.purpose in _listed(
        record.share_for
    )
    if not (written and limited and scoped):
        yield _Cap("aggregate", Reason("consent-restricted-funding", {}))


def _plain(value: str | None) -> str:
    return (value or "").strip(BLANKS).lower()


def _listed(value: str | None) -> frozenset[str]:
    return frozenset(filter(None, re.split(rf"[;,{BLANKS}]+", _plain(value))))

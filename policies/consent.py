"""What consent lets through: the reference that the engine's form is tested against.

Every rule that speaks about a record caps the level it may serve on; the strictest wins, and
the answer says which one it was.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING, cast, get_args

from policies.documents.base import PartnerClass
from policies.documents.labels import NO_LABELS, SubmissionLabels
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from policies.documents import AgreementDocument, DatasetDocument
    from policies.plans import ConsentLevel

LEVELS: tuple[ConsentLevel, ...] = ("none", "aggregate", "anonymized", "pseudonymized")
RESTRICTED_FUNDING = (
    "vawa",
    "violenceagainstwomen",
    "fvpsa",
    "familyviolenceprevention",
    "voca",
    "victimsofcrimeact",
)
PARTNER_CLASSES = frozenset(get_args(PartnerClass))
_LETTERS = re.compile("[^a-z]+")
BLANKS = " \t\n\r\v\f"


@dataclass(frozen=True)
class Statement:
    """What a person said about consent, once; it stays said when its record changes or goes.

    Attributes:
        consent: the consent value; None and blank are no statement.
        ends: first day on which the consent no longer counts.
        sequence: ordinal of the submission it came with; the newest is the largest.
        contributor: who handed it in, '' for the operator; it alone may say otherwise later.
        refused: its row was left out of the data; it can take back, never give.
        identity: under which it was said; links make several identities one person.
    """

    consent: str | None = None
    ends: date | None = None
    sequence: int = 0
    contributor: str = field(default="", kw_only=True)
    refused: bool = field(default=False, kw_only=True)
    identity: str = field(default="", kw_only=True)


@dataclass(frozen=True)
class Record(Statement):
    """What one record says about consent, as stored: its statement, and whom it is for.

    Attributes:
        share_with, share_for: lists of partner classes and of purposes; None and blank are any.
        funding: list of the grants that paid for the service.
        labels: what its contributor said of the whole submission that it came with.
    """

    share_with: str | None = None
    share_for: str | None = None
    funding: str | None = None
    labels: SubmissionLabels = NO_LABELS


@dataclass(frozen=True)
class ConsentRules:
    """What a dataset declares about consent.

    Attributes:
        assumed: no column says what people allowed; every record counts as `pseudonymized`, but
            for those of people who were withdrawn.
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
        share_until: the last day on which its records may be in anything; None is no end.
    """

    consent_max: ConsentLevel = "pseudonymized"
    share_with: tuple[str, ...] = ()
    share_for: tuple[str, ...] = ()
    share_until: date | None = None

    @classmethod
    def of(cls, agreement: AgreementDocument) -> ContributorTerms:
        """Take the terms from an agreement that submits."""
        return cls._said(agreement)

    @classmethod
    def of_labels(cls, labels: SubmissionLabels) -> ContributorTerms:
        """Take the terms that hold for one submission alone, from its labels."""
        return cls._said(labels)

    @classmethod
    def _said(cls, said: AgreementDocument | SubmissionLabels) -> ContributorTerms:
        consent_max = said.consent_max or "pseudonymized"
        return cls(consent_max, said.share_with, said.share_for, said.share_until)


def strictest_terms(terms: Sequence[ContributorTerms]) -> ContributorTerms:
    """Return terms that keep all of several: the lowest level, the first end, all lists' names.

    Args:
        terms: at least one. Lists that share nobody leave nobody.
    """
    return reduce(_both, terms)


def _both(first: ContributorTerms, second: ContributorTerms) -> ContributorTerms:
    level = min(first.consent_max, second.consent_max, key=LEVELS.index)
    classes, purposes = (
        _common(first.share_with, second.share_with),
        _common(first.share_for, second.share_for),
    )
    if classes is None or purposes is None:
        return ContributorTerms(consent_max="none")
    ends = [end for end in (first.share_until, second.share_until) if end is not None]
    return ContributorTerms(level, classes, purposes, min(ends, default=None))


def _common(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return what both lists name; an empty list names everybody; None where nobody is left."""
    if not first or not second:
        return first or second
    return tuple(name for name in first if name in second) or None


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
    person: Iterable[Statement],
    terms: ContributorTerms,
    rules: ConsentRules,
    recipient: Recipient,
) -> ConsentAnswer:
    """Return how far a record may go, and which rule was strictest.

    Args:
        record: the record in question.
        person: all that the same person ever said in the dataset, to any contributor: with this
            record too, and with records that were updated, replaced or refused since.
        terms: of the contributor the record came from; the operator's are the default.
        rules: the dataset's.
        recipient: who would receive it.
    """
    caps = (
        _own_cap(record, rules, recipient.today),
        *_person_caps(tuple(person), rules, recipient.today),
        *_term_caps(terms, recipient, _AGREEMENT),
        *_label_caps(record.labels, recipient),
        *_sharing_caps(record, recipient),
        *_funding_caps(record, recipient),
    )
    strictest = min(caps, key=lambda cap: LEVELS.index(cap.level))
    return ConsentAnswer(strictest.level, strictest.reason)


def stated_level(value: str | None) -> ConsentLevel | None:
    """Return the level that a consent value states: None if it is blank, `none` if unknown."""
    plain = _plain(value)
    if not plain:
        return None
    return LEVELS[LEVELS.index(plain)] if plain in LEVELS else "none"


def consent_level(name: str) -> ConsentLevel:
    """Return the level of that name; raises ValueError where there is none."""
    return LEVELS[LEVELS.index(cast("ConsentLevel", name))]


def level_today(statement: Statement, rules: ConsentRules, today: date) -> ConsentLevel:
    """Return what a statement allows by itself on a day.

    Where consent is assumed nobody is asked, so that a no there is a withdrawal, and counts; a yes
    adds nothing to what is assumed.
    """
    if rules.assumed and stated_level(statement.consent) == "none":
        return "none"
    return _own_cap(statement, rules, today).level


def _own_cap(record: Statement, rules: ConsentRules, today: date) -> _Cap:
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


def _capped_at_end(cap: _Cap, record: Statement, rules: ConsentRules, today: date) -> _Cap:
    # An end takes back; it never allows more than the value before it did.
    if record.ends is None or record.ends > today or _strictness(cap.level, rules.after_end) <= 0:
        return cap
    return _Cap(rules.after_end, Reason("consent-ended", {"level": rules.after_end}))


def _strictness(level: ConsentLevel, other: ConsentLevel) -> int:
    return LEVELS.index(level) - LEVELS.index(other)


def _person_caps(person: Sequence[Statement], rules: ConsentRules, today: date) -> Iterator[_Cap]:
    """What is in force of the person's statements caps all their records; the strictest counts."""
    said = [statement for statement in person if stated_level(statement.consent)]
    if not said:
        return
    levels = [level_today(statement, rules, today) for statement in statements_in_force(said)]
    level = min(levels, key=LEVELS.index)
    yield _Cap(level, Reason("consent-newest-statement", {"level": level}))


def statements_in_force(said: Iterable[Statement]) -> list[Statement]:
    """Keep the newest of what each contributor handed in, and what its refused rows said since.

    A contributor speaks of a person's consent only for what the person told it. Were the newest
    statement of all to count, whoever knows a person's identifier could hand in a row that says
    `pseudonymized`, and undo what the person said to somebody else. So a withdrawal is lifted by
    a newer statement from the same hands, the operator's own for what the operator loaded, and
    by nobody else. The other way there is no such guard: anybody's `none` stops all records of
    the person, for a withdrawal always wins.

    "A person's newest statement caps all their records" therefore holds for one contributor at a
    time. It costs records: a consent that was given to one contributor and ended, or was narrowed,
    goes on capping what another was told later, until the first hands in that it was renewed.

    What refused rows said since counts with the newest: leaving a row out must not lose a
    withdrawal, and must not undo one either.

    A person may be known under several identities that are linked. What was said under one is
    replaced by what the same hands say under that one alone: a link, whoever's data made it, can
    stop records and never lift a withdrawal.
    """
    statements, newest = tuple(said), dict[tuple[str, str], int]()
    for one in statements:
        if not one.refused:
            newest[_speaks(one)] = max(one.sequence, newest.get(_speaks(one), 0))
    return [one for one in statements if one.sequence >= newest.get(_speaks(one), 0)]


def _speaks(statement: Statement) -> tuple[str, str]:
    return statement.contributor, statement.identity


@dataclass(frozen=True)
class _TermRules:
    """The names of the rules by which terms cap a record."""

    maximum: str
    for_class: str
    for_purpose: str
    ended: str


_AGREEMENT = _TermRules(
    "consent-contributor-maximum",
    "consent-contributor-class",
    "consent-contributor-purpose",
    "consent-contributor-ended",
)
_LABEL = _TermRules(
    "consent-label-maximum",
    "consent-label-class",
    "consent-label-purpose",
    "consent-label-ended",
)


def _term_caps(terms: ContributorTerms, recipient: Recipient, rules: _TermRules) -> Iterator[_Cap]:
    """Yield the caps of a contributor's terms, by its agreement or by a submission's labels."""
    level = terms.consent_max
    yield _Cap(level, Reason(rules.maximum, {"level": level}))
    if terms.share_with and recipient.partner_class not in terms.share_with:
        yield _Cap("none", Reason(rules.for_class, {"class": recipient.partner_class}))
    if terms.share_for and recipient.purpose not in terms.share_for:
        yield _Cap("none", Reason(rules.for_purpose, {"purpose": recipient.purpose}))
    if terms.share_until is not None and recipient.today > terms.share_until:
        yield _Cap("none", Reason(rules.ended, {"day": terms.share_until.isoformat()}))


def _label_caps(labels: SubmissionLabels, recipient: Recipient) -> Iterator[_Cap]:
    if labels != NO_LABELS:
        yield from _term_caps(ContributorTerms.of_labels(labels), recipient, _LABEL)


def _sharing_caps(record: Record, recipient: Recipient) -> Iterator[_Cap]:
    if _plain(record.share_with) and not permits_class(record.share_with, recipient.partner_class):
        yield _Cap("none", Reason("consent-class", {"class": recipient.partner_class}))
    if _plain(record.share_for) and recipient.purpose not in _listed(record.share_for):
        yield _Cap("none", Reason("consent-purpose", {"purpose": recipient.purpose}))


def _funding_caps(record: Record, recipient: Recipient) -> Iterator[_Cap]:
    """Restricted funding: in no row-level product without written, scoped, limited consent.

    A label's funding counts for each record of its submission. Its scope doesn't: a person's
    written consent is the record's, and no contributor can give it in the person's place.

    References:
        34 USC 12291(b)(2) (VAWA); 42 USC 10406(c)(5) (FVPSA); 28 CFR 94.115 (VOCA).
    """
    if not (is_restricted(record.funding) or is_restricted(record.labels.funding)):
        return
    written = _plain(record.consent) in LEVELS
    limited = record.ends is not None and record.ends > recipient.today
    to_class = permits_class(record.share_with, recipient.partner_class)
    scoped = to_class and recipient.purpose in _listed(record.share_for)
    if not (written and limited and scoped):
        yield _Cap("aggregate", Reason("consent-restricted-funding", {}))


def is_restricted(funding: str | None) -> bool:
    """Answer whether a funding text names a restricted source, however it is written.

    Letters alone count, in compatibility form and without case: `VAWA/VOCA`, `V.A.W.A.` and
    `OVW (vawa)` are restricted. A word that only holds such letters is taken for one: strict
    costs a record, lenient could cost a person.
    """
    letters = _LETTERS.sub("", unicodedata.normalize("NFKC", funding or "").casefold())
    return any(name in letters for name in RESTRICTED_FUNDING)


def permits_class(share_with: str | None, partner_class: str) -> bool:
    """Answer whether a list of classes names this one; a list with other words names nobody."""
    listed = _listed(share_with)
    return partner_class in listed and listed <= PARTNER_CLASSES


def _plain(value: str | None) -> str:
    return (value or "").strip(BLANKS).lower()


def _listed(value: str | None) -> frozenset[str]:
    return frozenset(filter(None, re.split(rf"[;,{BLANKS}]+", _plain(value))))

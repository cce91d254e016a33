"""Consent in the engine: which records may enter a product, as one expression.

What a record says about consent (its value, its lists, its contributor) takes few distinct
forms, so each form is judged once by `policies.consent`, and the engine joins the answers back.
Only the newest statements of a person, one for each contributor, are found by the engine itself,
among all that were ever made (`gateway/lake/statements.py`), not only those on records that are
still there. A property test holds both against the reference, record by record.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import ibis
import pyarrow as pa

from policies.consent import (
    LEVELS,
    ConsentAnswer,
    ConsentRules,
    ContributorTerms,
    Recipient,
    Record,
    Statement,
    effective_consent,
    level_today,
    strictest_terms,
)
from policies.documents import NO_LABELS, SubmissionLabels

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ibis.backends.duckdb import Backend

    from policies.documents import DatasetDocument
    from policies.plans import ConsentLevel

PERMITTED = ""
NEWEST_STATEMENT = "consent-newest-statement"
UNKNOWN_CONTRIBUTOR = "consent-contributor-unknown"
_TEXTS = {
    "consent": "weir_consent",
    "share_with": "weir_share_with",
    "share_for": "weir_share_for",
    "funding": "weir_funding",
}
_LABELS = "weir_labels"
_TERMS = (*_TEXTS.values(), "weir_end", "weir_contributor", _LABELS)
_ANSWER = ["level", "own", "rule"]
_NO_END, _ENDED, _LIMITED = 0, 1, 2
_UNLABELLED = -1


@dataclass(frozen=True)
class Product:
    """What is made for whom.

    Attributes:
        needed: the level that records must allow.
        recipient: class, purpose, and the day it is.
    """

    needed: ConsentLevel
    recipient: Recipient


@dataclass(frozen=True)
class Terms:
    """What the judgement of records depends on besides the records.

    Attributes:
        rules: the dataset's.
        contributors: by partner; a contributor that isn't there has allowed nothing.
        labels: by submission, of those that have any.
    """

    rules: ConsentRules
    contributors: Mapping[str, ContributorTerms]
    labels: Mapping[str, SubmissionLabels] = field(default_factory=dict)

    def of(self, contributor: str) -> ContributorTerms | None:
        """Return a contributor's terms; the operator's own records have the default ones."""
        return self.contributors.get(contributor) if contributor else ContributorTerms()

    @property
    def distinct_labels(self) -> tuple[SubmissionLabels, ...]:
        """The labels that any submission has, each once: a thousand alike are one form."""
        return tuple(dict.fromkeys(self.labels.values()))

    def ends_of(self, records: ibis.Table, backend: Backend) -> list[date]:
        """Return until when those may share who gave these records, by agreement or label."""
        forms = with_labels(records, self).select("weir_contributor", _LABELS).distinct()
        known = self.distinct_labels
        given = [
            strictest_terms(
                [
                    self.of(form["weir_contributor"]) or ContributorTerms(),
                    ContributorTerms.of_labels(_labels_of(form, known)),
                ]
            )
            for form in backend.to_pyarrow(forms).to_pylist()
        ]
        return [one.share_until for one in given if one.share_until is not None]


def with_labels(records: ibis.Table, terms: Terms) -> ibis.Table:
    """Add to each record which of `Terms.distinct_labels` its submission has, -1 for none."""
    if not terms.labels:
        return records.mutate(**{_LABELS: ibis.literal(_UNLABELLED, "int32")})
    numbers = {labels: number for number, labels in enumerate(terms.distinct_labels)}
    labelled = pa.table(
        {
            "labelled": pa.array(terms.labels, pa.string()),
            "labels": pa.array([numbers[one] for one in terms.labels.values()], pa.int32()),
        },
    )
    table = ibis.memtable(labelled)
    joined = records.left_join(table, records.weir_submission == table.labelled)
    return joined.select(records, **{_LABELS: table.labels.fill_null(_UNLABELLED)})


def _labels_of(form: Mapping[str, Any], known: tuple[SubmissionLabels, ...]) -> SubmissionLabels:
    number = form[_LABELS]
    return NO_LABELS if number == _UNLABELLED else known[number]


def judge(  # noqa: PLR0913, PLR0917 - what is there, and what decides
    backend: Backend,
    records: ibis.Table,
    statements: ibis.Table,
    document: DatasetDocument,
    terms: Terms,
    product: Product,
) -> ibis.Table:
    """Add to each record the rule that keeps it out of a product: `weir_rule`, '' for none.

    Args:
        backend: runs the question for the distinct forms.
        records: of a snapshot.
        statements: all of the same snapshot.
        document: the dataset.
        terms: of the dataset and its contributors.
        product: to be made.
    """
    said = _said(with_labels(records, terms), document, product)
    judged = _with_answers(said, _answers(backend, said, terms, product))
    capped = _person_caps(statements, terms.rules, product)
    joined = judged.left_join(capped, "weir_person")
    needed = LEVELS.index(product.needed)
    person = joined.cap.notnull() & (
        (joined.cap < joined.level) | ((joined.cap == joined.level) & (joined.own > joined.level))
    )
    rule = ibis.ifelse(
        person, NEWEST_STATEMENT, ibis.ifelse(joined.level < needed, joined.rule, "")
    )
    return joined.select(*(joined[name] for name in records.columns), weir_rule=rule)


def _said(records: ibis.Table, document: DatasetDocument, product: Product) -> ibis.Table:
    """Bring the columns about consent under fixed names; the date of an end into three cases."""
    columns: dict[str, Any] = {}
    for role, fixed in _TEXTS.items():
        name = document.column_of(role)
        columns[fixed] = ibis.null("string") if name is None else records[name]
    end = document.column_of("consent_end")
    columns["weir_end"] = ibis.literal(_NO_END, "int8")
    if end is not None:
        ended = records[end] <= ibis.literal(product.recipient.today, "date")
        columns["weir_end"] = (
            ibis.cases((records[end].isnull(), _NO_END), (ended, _ENDED), else_=_LIMITED)
        ).cast("int8")
    return records.mutate(**columns)


def _with_answers(said: ibis.Table, answers: pa.Table) -> ibis.Table:
    """Give each record the answer to its form; where there is one form alone, without a join."""
    if answers.num_rows == 1:
        (answer,) = answers.select(_ANSWER).to_pylist()
        return said.mutate(
            level=ibis.literal(answer["level"], "int8"),
            own=ibis.literal(answer["own"], "int8"),
            rule=ibis.literal(answer["rule"], "string"),
        )
    table = ibis.memtable(answers)
    joined = said.left_join(table, [said[name].identical_to(table[name]) for name in _TERMS])
    return joined.select(said, *(table[name] for name in _ANSWER))


def _answers(backend: Backend, said: ibis.Table, terms: Terms, product: Product) -> pa.Table:
    """Judge each distinct form by the reference, apart from its person's other records.

    Columns: `level` it may go to; `own`, what its own consent value allows; `rule` that set
    `level`.
    """
    forms = backend.to_pyarrow(said.select(*_TERMS).distinct())
    rows = [_answer(form, terms, product.recipient) for form in forms.to_pylist()]
    schema = pa.schema(
        [
            *(forms.schema.field(name) for name in _TERMS),
            *(pa.field(name, pa.int8()) for name in ("level", "own")),
            pa.field("rule", pa.string()),
        ],
    )
    return pa.Table.from_pylist(rows, schema=schema)


def _answer(form: Mapping[str, Any], terms: Terms, recipient: Recipient) -> dict[str, Any]:
    ends = {
        _NO_END: None,
        _ENDED: recipient.today,
        _LIMITED: recipient.today + timedelta(days=1),
    }[form["weir_end"]]
    record = Record(
        consent=form["weir_consent"],
        ends=ends,
        share_with=form["weir_share_with"],
        share_for=form["weir_share_for"],
        funding=form["weir_funding"],
        labels=_labels_of(form, terms.distinct_labels),
    )
    own = _alone(Record(consent=record.consent, ends=ends), ContributorTerms(), terms, recipient)
    given = terms.of(form["weir_contributor"])
    whole = _alone(record, given or ContributorTerms(consent_max="none"), terms, recipient)
    rule = whole.strictest.rule if given else UNKNOWN_CONTRIBUTOR
    return {
        **form,
        "level": LEVELS.index(whole.level),
        "own": LEVELS.index(own.level),
        "rule": rule,
    }


def _alone(
    record: Record, given: ContributorTerms, terms: Terms, recipient: Recipient
) -> ConsentAnswer:
    return effective_consent(record, (), given, terms.rules, recipient)


def _person_caps(statements: ibis.Table, rules: ConsentRules, product: Product) -> ibis.Table:
    """Find the people of whose newest statements the strictest is below what is needed."""
    valid = statements_in_force(statements)
    levels = valid.select("weir_person", level=_level(valid, rules, product.recipient.today))
    caps = levels.group_by("weir_person").aggregate(cap=levels.level.min())
    return caps.filter(caps.cap < LEVELS.index(product.needed))


def statements_in_force(statements: ibis.Table) -> ibis.Table:
    """Keep each contributor's newest word on an identity, and what its refused rows said since.

    Whatever one contributor hands in leaves what others handed in in force: why, the reference
    says (`policies.consent.statements_in_force`).
    """
    accepted = statements.filter(~statements.refused)
    newest = accepted.group_by("weir_identity", "contributor").aggregate(
        newest=accepted.sequence.max()
    )
    joined = statements.left_join(newest, ["weir_identity", "contributor"])
    kept = joined.filter(joined.newest.isnull() | (joined.sequence >= joined.newest))
    return kept.select(*statements.columns)


def _level(statements: ibis.Table, rules: ConsentRules, today: date) -> ibis.Value:
    """Number the level of each statement today: the reference's answer for each of its forms."""
    ended = (statements.ends <= ibis.literal(today, "date")).fill_null(False)  # noqa: FBT003
    forms = [(level, end) for level in LEVELS for end in (None, today)]
    cases = [
        (
            (statements.consent == level) & (ended if end else ~ended),
            LEVELS.index(level_today(Statement(level, end), rules, today)),
        )
        for level, end in forms
    ]
    return ibis.cases(*cases, else_=0).cast("int8")

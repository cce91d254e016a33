"""The world as the oracle knows it: what was declared, and what everybody's records say."""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.properties.history.declarations import Dataset, Partner, Policy

RESTRICTED = {"vawa", "fvpsa", "voca"}
LEVELS = ("none", "aggregate", "anonymized", "pseudonymized")
Key = tuple[str, str]


@dataclass(frozen=True)
class Record:
    """One record as its newest submission left it; `place` and `harm` as written."""

    giver: str
    key: str
    person: str
    sequence: int
    seen_on: date | None
    age: int | None
    place: str | None
    harm: str | None
    consent: str
    consent_ends: date | None
    funding: frozenset[str]
    share_with: frozenset[str]
    share_for: frozenset[str]


@dataclass(frozen=True)
class Statement:
    """What a person once said; it stays said whatever becomes of the row that said it."""

    giver: str
    person: str
    sequence: int
    consent: str
    ends: date | None
    refused: bool


@dataclass(frozen=True)
class World:
    """Everything that was declared and loaded, at one moment of a history.

    `loads` are the files that make up the data, `counts` the entries that the log must have.
    """

    dataset: Dataset | None = None
    policy: Policy | None = None
    partners: Mapping[str, Partner] = field(default_factory=dict)
    suspended: frozenset[str] = frozenset()
    records: Mapping[Key, Record] = field(default_factory=dict)
    said: tuple[Statement, ...] = ()
    loads: tuple[tuple[str, str], ...] = ()
    sequence: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)

    def counting(self, **entries: int) -> World:
        return replace(self, counts=Counter(self.counts) + Counter(entries))

    def declaring(self, dataset: Dataset) -> World:
        if dataset == self.dataset:
            return self
        return replace(self, dataset=dataset).counting(dataset=1)

    def applying(self, policy: Policy) -> World:
        if policy == self.policy:
            return self
        return replace(self, policy=policy).counting(policy=1)

    def adding(self, partner: Partner) -> World:
        if self.partners.get(partner.name) == partner:
            return self
        partners = {**self.partners, partner.name: partner}
        return replace(self, partners=partners).counting(
            partner=1, agreement=len(partner.agreements)
        )

    def suspending(self, partner: str) -> World:
        if partner in self.suspended:
            return self
        return replace(self, suspended=self.suspended | {partner}).counting(partner=1)

    def resuming(self, partner: str) -> World:
        if partner not in self.suspended:
            return self
        return replace(self, suspended=self.suspended - {partner}).counting(partner=1)

    def may_submit(self, giver: str, today: date) -> bool:
        if not giver:
            return True
        partner = self.partners.get(giver)
        return (
            partner is not None
            and giver not in self.suspended
            and any(a.submits and a.in_force(today) for a in partner.agreements)
        )

    def was_loaded(self, source: str, giver: str, mode: str) -> bool:
        """Whether loading this file changes nothing: it is there, and nothing has to go."""
        mine = {name for name, whose in self.loads if whose == giver}
        return mine == {source} if mode == "replace" else source in mine

    def loading(
        self, source: str, giver: str, mode: str, rows: list[dict[str, str]], today: date
    ) -> World | None:
        """The world after a load; None where nothing of the file can be taken."""
        accepted: dict[Key, Record] = {}
        said = []
        for row in rows:
            record = read_row(row, giver, self.sequence + 1, today)
            taken = record is not None and (giver, record.key) not in accepted
            if record is not None and taken:
                accepted[giver, record.key] = record
            said += read_statement(row, giver, self.sequence + 1, refused=not taken)
        kept_words = mode == "append" and any(one.refused for one in said)
        if not accepted and not kept_words:
            return None
        kept, loads = self.records, self.loads
        if mode == "replace":
            kept = {key: record for key, record in kept.items() if record.giver != giver}
            loads = tuple(load for load in loads if load[1] != giver)
        return replace(
            self,
            records={**kept, **accepted},
            said=(*self.said, *said),
            loads=(*loads, (source, giver)),
            sequence=self.sequence + 1,
        ).counting(submission=1)


def read_row(row: Mapping[str, str], giver: str, sequence: int, today: date) -> Record | None:
    """Read a row as the contract says; None where it is refused."""
    texts = {name: text.strip() for name, text in row.items()}
    try:
        record = Record(
            giver=giver,
            key=normal(texts["case_id"]),
            person=normal(texts["person_id"]),
            sequence=sequence,
            seen_on=_date(texts["seen_on"]),
            age=int(texts["age"]) if texts["age"] else None,
            place=texts["place"] or None,
            harm=texts["harm"] or None,
            consent=texts["consent"].lower(),
            consent_ends=_end(texts["consent_ends"]),
            funding=listed(texts["funding"]),
            share_with=listed(texts["share_with"]),
            share_for=listed(texts["share_for"]),
        )
    except ValueError:
        return None
    if not record.person or not record.key:
        return None
    # Another organization's restricted record may not even be handed in without consent.
    return None if giver and _is_held_back(record, today) else record


def read_statement(
    row: Mapping[str, str], giver: str, sequence: int, *, refused: bool
) -> list[Statement]:
    """What a row says about consent, if it says anything and is somebody's."""
    person, consent = normal(row["person_id"]), row["consent"].strip().lower()
    if not person or not consent:
        return []
    ends = _end(row["consent_ends"].strip())
    return [Statement(giver, person, sequence, consent, ends, refused)]


def _end(text: str) -> date | None:
    """The end of a consent; one that can't be read has come."""
    try:
        return _date(text)
    except ValueError:
        return date.min


def _is_held_back(record: Record, today: date) -> bool:
    written = record.consent in LEVELS[1:]
    limited = record.consent_ends is not None and record.consent_ends > today
    scoped = bool(record.share_with and record.share_for)
    return bool(RESTRICTED & record.funding) and not (written and limited and scoped)


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def listed(text: str) -> frozenset[str]:
    return frozenset(text.lower().replace(";", " ").replace(",", " ").split())


def normal(identifier: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", identifier).casefold().split())

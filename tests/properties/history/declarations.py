"""What a history may declare, as plain facts, and the files that say so to the gateway."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import date
from typing import Any

DATASET = "cases"
POLICY = "for-partners"
CLASSES = ("ngo", "government", "public")
PURPOSES = ("research", "planning")
CODES = ("Labour", "Sexual", "Marriage")
OFFERED = ("seen_on", "age", "place")
COLUMNS = ("case_id", "person_id", "seen_on", "age", "place", "harm", "note", "consent")
COLUMNS += ("consent_ends", "funding", "share_with", "share_for")
# `Coast` is a town of Hill and the name of another district: a form on two levels.
PLACES = {
    "Ash": ("Ash", "Hill", "North"),
    "Birch": ("Birch", "Hill", "North"),
    "Coast": ("Coast", "Hill", "North"),
    "Cedar": ("Cedar", "Coast", "South"),
    "Dune": ("Dune", "Coast", "South"),
}
PUBLIC_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "nobody's",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}


@dataclass(frozen=True)
class Dataset:
    """A dataset's declaration: what may change while it holds data."""

    oldest: int = 120
    first_day: date = date(2024, 1, 1)
    last_day: date = date(2026, 12, 31)
    codes: tuple[str, ...] = CODES
    default: str = "none"
    after_end: str = "none"

    def text(self) -> str:
        def column(kind: str, role: str, **more: Any) -> dict[str, Any]:
            return {"type": kind, "role": role, **more}

        days, codes = [str(self.first_day), str(self.last_day)], [*self.codes]
        quasi, control = "quasi_identifier", ("consent", "funding", "share_with", "share_for")
        return json.dumps(
            {
                "dataset": DATASET,
                "privacy_unit": "person_id",
                "record_key": ["case_id"],
                "consent_default": self.default,
                "consent_after_end": self.after_end,
                "columns": {
                    "case_id": column("string", "direct_identifier", domain="case"),
                    "person_id": column("string", "direct_identifier", domain="person"),
                    "seen_on": column("date", quasi, ladder="date", bounds=days),
                    "age": column("integer", quasi, ladder="age", bounds=[0, self.oldest]),
                    "place": column("string", quasi, ladder="places"),
                    "harm": column("string", "sensitive", codes=codes),
                    "note": column("string", "free_text"),
                    "consent_ends": column("date", "consent_end"),
                    **{role: column("string", role) for role in control},
                },
                "ladders": {"places": {"text": "\n".join(map(";".join, PLACES.values()))}},
            },
        )


@dataclass(frozen=True)
class Policy:
    """A policy version. `tokens` is the epoch, '' for none; minors_k 0 drops minors."""

    k: int = 3
    minors_k: int = 4
    l: int = 2  # noqa: E741 - the field's name of the model
    share: str = "0.1"
    levels_by: str = "k"
    tokens: str = "year"
    floors: tuple[str, str, str] = ("month", "5-years", "exact")
    ceilings: tuple[str, str, str] = ("*", "*", "*")
    review: int = 0

    def text(self) -> str:
        coarsened = {
            name: {"coarsen": {"from": floor, "to": ceiling}}
            for name, floor, ceiling in zip(OFFERED, self.floors, self.ceilings, strict=True)
        }
        tokens = {"pseudonymize": {"epoch": self.tokens}} if self.tokens else "drop"
        minors = {"k": self.minors_k} if self.minors_k else {"drop": True}
        protect: dict[str, Any] = {"k": self.k, "max_suppressed": float(self.share)}
        protect |= {"levels_by": self.levels_by, **({"l": {"harm": self.l}} if self.l else {})}
        return json.dumps(
            {
                "policy": POLICY,
                "dataset": DATASET,
                "classes": ["ngo", "government"],
                "purposes": [*PURPOSES],
                "extract": {
                    "columns": {"person_id": tokens, **coarsened, "harm": "keep"},
                    "minors": {"column": "age", "below": 18, **minors},
                    "protect": protect,
                },
                "review": {"extract": self.review},
            },
        )

    @property
    def released(self) -> tuple[str, ...]:
        return (*(["person_id"] if self.tokens else []), *OFFERED, "harm")


@dataclass(frozen=True)
class Agreement:
    """An agreement: one to ask (with purposes), or one to give records under terms."""

    name: str
    starts: date
    ends: date
    purposes: tuple[str, ...] = ()
    consent_max: str = ""
    share_with: tuple[str, ...] = ()
    share_for: tuple[str, ...] = ()

    @property
    def submits(self) -> bool:
        return not self.purposes

    def in_force(self, today: date) -> bool:
        return self.starts <= today <= self.ends

    def document(self) -> dict[str, Any]:
        days = {"starts": str(self.starts), "ends": str(self.ends)}
        named = {"agreement": self.name, "dataset": DATASET, **days}
        if not self.submits:
            return {**named, "policy": POLICY, "purposes": [*self.purposes]}
        given = {"share_with": [*self.share_with], "share_for": [*self.share_for]}
        terms = {"consent_max": self.consent_max} if self.consent_max else {}
        return {**named, "submits": True, **terms, **{k: v for k, v in given.items() if v}}


@dataclass(frozen=True)
class Partner:
    """A partner's file."""

    name: str
    kind: str = "ngo"
    agreements: tuple[Agreement, ...] = field(default=())

    def text(self) -> str:
        return json.dumps(
            {
                "partner": self.name,
                "name": self.name.title(),
                "class": self.kind,
                "jwks": {"keys": [PUBLIC_KEY]},
                "agreements": [agreement.document() for agreement in self.agreements],
            },
        )


@dataclass(frozen=True)
class Clause:
    """One condition: released forms, or a range of exact values."""

    column: str
    forms: frozenset[str] = frozenset()
    first: str = ""
    last: str = ""

    def document(self) -> dict[str, Any]:
        if self.forms:
            return {"column": self.column, "in": sorted(self.forms)}
        edges = {"from": self.first, "to": self.last}
        return {"column": self.column, **{key: edge for key, edge in edges.items() if edge}}


@dataclass(frozen=True)
class Request:
    """What a partner asks; the order in which it says so means nothing."""

    purpose: str = "research"
    columns: frozenset[str] = frozenset()
    where: frozenset[Clause] = frozenset()
    format: str = "csv"

    def body(self) -> dict[str, Any]:
        where = sorted((clause.document() for clause in self.where), key=str)
        columns = {"columns": sorted(self.columns)} if self.columns else {}
        asked = {"dataset": DATASET, "purpose": self.purpose, "format": self.format}
        return {**asked, **columns, "where": where}

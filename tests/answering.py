"""A gateway that answers aggregates as the contract says, over a made-up truth.

Its noise is discrete Laplace with the scale that a price of epsilon needs when a person counts in
one cell; what was asked is kept in `seen`, what is true in `truths`.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from dataclasses import dataclass, field

import httpx
import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from anonymizers.ladders.regions import state_people
from gateway.audit.canonical import canonical_json
from gateway.audit.notes import NoteSigner
from tests.receipts import receipt_of

URL, PARTNER, DATASET, PURPOSE = "https://weir.example", "harbor", "hotline-cases", "research"
EXPLOITATION = ("ForcedLabour", "SexualExploitation", "ForcedMarriage", "Servitude", "Other")
STATES = tuple(sorted(state_people()))
QUARTERS = tuple(f"{year}-Q{quarter}" for year in (2024, 2025) for quarter in (1, 2, 3, 4))
FORMS = {
    ("exploitation", None): EXPLOITATION,
    ("state", "us-state"): STATES,
    ("state", "us-region"): ("Northeast", "Midwest", "South", "West"),
    ("citizenship", "country"): ("US", "MX", "GT", "HN", "PH", "IN", "SG", "MT", "CO", "TH"),
    ("reported_on", "quarter"): QUARTERS,
    ("reported_on", "year"): ("2024", "2025"),
    ("controls", None): ("DebtBondage", "FalsePromises", "WithholdsDocuments", "PhysicalThreats"),
    ("industry", None): ("A_Agriculture", "F_Construction", "T_Households"),
    ("age", "10-years"): ("0-9", "10-17", "18-29", "30-39"),
}
LEVELS = {
    "state": ("us-state", "us-region"),
    "hte_State": ("us-state", "us-region"),
    "hte_Country": ("country",),
    "reported_on": ("month", "quarter", "year"),
    "cas_IncomingReferralDate": ("quarter", "year"),
}
COLUMNS = ("person_id", "reported_on", "age", "state", "exploitation", "industry", "controls")
TYPICAL = {"ForcedLabour": 9, "CA": 8, "TX": 6, "DebtBondage": 3, "F_Construction": 2}


NOTE = {"rule": "bounded", "params": {}, "message": "At most 5 records a person count."}


@dataclass
class AnsweringGateway:
    """Answers as the contract says; `truths` holds what no file may hold."""

    private: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    signer: NoteSigner = field(
        default_factory=lambda: NoteSigner("weir.example/log", Ed25519PrivateKey.generate())
    )
    seed: int = 1
    base: int = 100_003
    price: dict = field(default_factory=lambda: {"epsilon": 0.5, "delta": 1e-15})
    refusal: httpx.Response | None = None
    tamper: bool = False
    columns: tuple = COLUMNS
    truths: set = field(default_factory=set)
    seen: list = field(default_factory=list)
    manifest_changes: dict = field(default_factory=dict)
    truth: object = None
    note: dict = field(default_factory=lambda: dict(NOTE))

    @property
    def pem(self):
        return self.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    @property
    def transport(self):
        return httpx.MockTransport(self.answer)

    def handle(self, request):
        """Stand in for a real transport: `HTTPTransport.handle_request`."""
        request.read()
        return self.answer(request)

    def answer(self, request):
        self.seen.append(request)
        path = request.url.path
        if path == "/.well-known/oauth-authorization-server":
            return httpx.Response(200, json={"issuer": URL, "token_endpoint": f"{URL}/oauth/token"})
        if path == "/oauth/token":
            return httpx.Response(200, json={"access_token": "t", "expires_in": 300})
        if path == "/vkey":
            return httpx.Response(200, text=f"{self.signer.vkey}\n")
        body = json.loads(request.content) if request.content else {}
        return self._resource(path, body)

    def _resource(self, path, body):
        if path == f"/v1/datasets/{DATASET}":
            return httpx.Response(200, json=self._dataset())
        if path == "/v1/budget":
            return httpx.Response(200, json={"budgets": [self._budget()]})
        if self.refusal is not None:
            return self.refusal
        if path == "/v1/aggregates/estimate":
            return httpx.Response(200, json=self._estimate(body))
        if path == "/v1/aggregates":
            return httpx.Response(200, json=self._aggregate(body))
        made = {
            "/v1/aggregates/agg_1/content": lambda: self.content + b" " * self.tamper,
            "/v1/releases/rel_1/manifest": lambda: self.manifest,
            "/v1/releases/rel_1/receipt": lambda: self.receipt,
        }
        return httpx.Response(200, content=made[path]())

    def _dataset(self):
        columns = [
            {"name": name, "type": "string", "role": "sensitive", "label": {"en": name.title()}}
            for name in self.columns
        ]
        keys = [
            {"column": name, "levels": [{"level": level} for level in LEVELS.get(name, ("exact",))]}
            for name in self.columns
        ]
        aggregate = {"measures": [], "group_by": keys}
        offer = {"agreement": "a", "purposes": [PURPOSE], "columns": columns}
        offer |= {"aggregate": aggregate} if self.columns else {}
        return {"dataset": DATASET, "title": {"en": "Hotline cases"}, "offers": [offer]}

    def _budget(self):
        return {
            "dataset": DATASET,
            "policy": "p",
            "per": "partner",
            "total": {"epsilon": 2.0, "delta": 1e-7},
            "spent": {"epsilon": 0.5, "rho": 0.125, "delta": 1e-15},
            "remaining": {"epsilon": 1.5, "rho": 0.02},
            "counted_in": "epsilon",
        }

    def _after(self, body):
        """Return what is left after a question: a first one in rho leaves little."""
        left, way = ({"epsilon": 0.2, "rho": 0.01}, "rho") if "rho" in body else (None, "epsilon")
        return self._budget() | {"remaining": left or {"epsilon": 1.0}, "counted_in": way}

    def _estimate(self, body):
        queries = body.get("queries", [body])
        scale, half = self._noise(body)
        tables = [f"{query['name']}/" if "queries" in body else "" for query in queries]
        names = [
            table + _name(measure)
            for table, query in zip(tables, queries, strict=True)
            for measure in query["measures"]
        ]
        keys = sum(math.prod(len(_forms(k)) for k in q.get("group_by", [])) for q in queries)
        return {
            "price": self._price(body),
            "measures": {
                n: {"half_width": half, "confidence": 0.95, "mechanism": "m", "scale": scale}
                for n in names
            },
            "keys": keys,
            "cells": keys,
            "remaining_questions": 3,
            "cached": False,
            "snapshot": "snap_1",
            "budget": self._budget(),
            "after": self._after(body),
            "notes": [{"rule": "new-snapshot", "params": {}, "message": "New data, new noise."}],
        }

    def _price(self, body):
        way = next(way for way in ("epsilon", "rho", "half_width") if way in body)
        if way == "half_width":
            return self.price
        return {way: body[way], "delta": 1e-15}

    def _noise(self, body):
        queries = len(body.get("queries", [body]))
        scale = queries / body.get("epsilon", 0.5)
        q = math.exp(-1 / scale)
        return scale, math.ceil(math.log(0.05 * (1 + q) / 2) / math.log(q) - 1)

    def _aggregate(self, body):
        rng = np.random.default_rng(self.seed)
        scale, half = self._noise(body)
        tables = [self._table(query, rng, scale, half) for query in body.get("queries", [body])]
        answered = {"queries": tables} if "queries" in body else {"rows": tables[0]["rows"]}
        if body.get("clipped_share"):
            share = {"value": 0.125, "interval": [0.1, 0.15], "confidence": 0.95}
            answered |= {"left_out": {"people": share, "wage_debt": share}}
        guarantee = {
            "privacy_unit": "person_id",
            "neighbours": "add or remove one person",
            "mechanism": "discrete laplace" if "epsilon" in body else "discrete gaussian",
            "epsilon": body.get("epsilon"),
            "rho": body.get("rho"),
            "delta": 1e-15,
            "scale": scale,
            "max_records_per_person": 5,
            "release": "rel_1",
            "snapshot": "snap_1",
            "lifetime": {"epsilon": 1.0, "delta": 2e-15},
        }
        self.content = canonical_json(answered | {"guarantee": guarantee})
        facts = {
            "release": "rel_1",
            "dataset": body["dataset"],
            "purpose": body["purpose"],
            "partner": PARTNER,
            "guarantee": "differentially private aggregates",
            "citation": "Weir hotline, release rel_1",
            "delete_by": "2027-01-01",
            "content_sha256": hashlib.sha256(self.content).hexdigest(),
        }
        self.manifest = canonical_json(facts | self.manifest_changes)
        links = {
            "self": "/v1/aggregates/agg_1",
            "content": "/v1/aggregates/agg_1/content",
            "release": "/v1/releases/rel_1",
            "manifest": "/v1/releases/rel_1/manifest",
            "receipt": "/v1/releases/rel_1/receipt",
        }
        budget = {
            name: self._budget()[name] for name in ("total", "spent", "remaining", "counted_in")
        }
        return answered | {
            "guarantee": guarantee | {"cached": False},
            "budget": budget,
            "release": "rel_1",
            "links": links,
            "notes": [self.note],
        }

    @property
    def receipt(self):
        return receipt_of(self.manifest, self.signer)

    def _table(self, query, rng, scale, half):
        columns = (
            [key if isinstance(key, str) else key["column"] for key in query["group_by"]]
            if (query.get("group_by"))
            else []
        )
        cells = list(itertools.product(*(_forms(key) for key in query.get("group_by", []))))
        rows = []
        for cell in cells:
            row = {"keys": dict(zip(columns, cell, strict=True))}
            for measure in query["measures"]:
                row[_name(measure)] = self._entry(measure, cell, rng, scale, half)
            rows.append(row)
        return {"name": query.get("name", "1"), "rows": rows}

    def _entry(self, measure, cell, rng, scale, half):
        if isinstance(measure, dict) and "histogram" in measure:
            forms = _forms(measure["histogram"])
            return [{"form": f} | self._value((*cell, f), rng, scale, half) for f in forms]
        return self._value(cell, rng, scale, half)

    def _value(self, cell, rng, scale, half):
        true = self.truth(cell) if self.truth else self._typical(cell)
        self.truths.add(true)
        noise = 0
        while noise == 0:  # so that no exact figure is answered by chance
            p = 1 - math.exp(-1 / scale)
            noise = int(rng.geometric(p) - rng.geometric(p))
        value = true + noise
        return {"value": value, "interval": [value - half, value + half], "confidence": 0.95}

    def _typical(self, cell):
        """Return a large and odd figure, which is found in a file if it is there."""
        weight = math.prod(TYPICAL.get(form, 1) for form in cell)
        return self.base + 1009 * weight + 37 * (sum(map(ord, "".join(cell))) % 97)


def _forms(key):
    column, level = (key, None) if isinstance(key, str) else (key["column"], key.get("level"))
    return (*FORMS[column, level], "null", "other")


def _name(measure):
    if isinstance(measure, str):
        return measure
    kind, about = next(iter(measure.items()))
    if kind in {"median", "quantile"}:
        about = {"column": about} if isinstance(about, str) else about
        return f"quantile:{about['column']}:{about.get('q', 0.5)}"
    if isinstance(about, str):
        return f"{kind}:{about}"
    return ":".join([kind, *(str(part) for part in about.values())])


def problem(status, slug, title, **more):
    """Return an answer of RFC 9457."""
    document = {"type": f"urn:weir:problem:{slug}", "title": title, "status": status} | more
    media = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, headers=media, content=json.dumps(document))

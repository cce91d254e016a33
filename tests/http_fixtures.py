"""A gateway for tests over HTTP: a real home, store, registry and log; no lake, no jobs."""

from __future__ import annotations

import hashlib
import itertools
import json
import secrets
import warnings
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from gateway.app import create_app
from gateway.context import Context
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.homes import Home
from gateway.keys import Keys
from gateway.log import AuditLog
from gateway.metrics import create_metrics_app
from gateway.outcomes import CODEBOOK, CONTENT, Outcome, folder_of, part_key, seal_outcome
from gateway.registry import Registry
from gateway.sealed import SealedWriter
from gateway.standing import consent_basis
from gateway.store.engine import open_store, writing
from gateway.store.migrations import migrate
from gateway.store.tables import Extract, Release
from policies.documents import parse_dataset, parse_partner, parse_policy

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # starlette would rather have another HTTP library
    from starlette.testclient import TestClient

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.clock import Clock

URL = "https://weir.example"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CONTENT_BYTES = b"person_id,age\r\n" + b"person_4XK,30-34\r\n" * 5000
CODEBOOK_BYTES = b"column,description\r\nage,five years\r\n"
_numbers = itertools.count(1)

DATASET = """
dataset: cases
title: {en: Cases, es: Casos}
privacy_unit: person_id
columns:
  person_id: {type: string, role: direct_identifier, domain: person}
  age: {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  harm: {type: string, role: sensitive, codes: [Labour, Sexual]}
  note: {type: string, role: free_text}
  consent: {type: string, role: consent}
"""
POLICY = """
policy: for-ngos
dataset: cases
classes: [ngo]
purposes: [research]
extract:
  columns:
    person_id: {pseudonymize: {epoch: year}}
    age: {coarsen: {from: 5-years}}
    harm: keep
  minors: {column: age, k: 20}
  protect: {k: 11, l: {harm: 2}}
"""


class StillLake:
    """Has one snapshot and no data."""

    SNAPSHOT = 1

    def dataset_snapshot(self, _dataset: str) -> int:
        return self.SNAPSHOT


def new_key(kind: str = "ES256", **params: Any) -> Any:
    """Make a private key for an algorithm."""
    params.setdefault("kid", f"key-{next(_numbers)}")
    if kind == "ES256":
        return ECKey.generate_key("P-256", params)
    if kind in ("Ed25519", "EdDSA"):
        return OKPKey.generate_key("Ed25519", params)
    return RSAKey.generate_key(2048, params)


def sign(
    claims: dict[str, Any],
    key: Any,
    algorithm: str = "ES256",
    *,
    header: dict[str, Any] | None = None,
) -> str:
    """Sign claims as a compact JWS, whatever they say."""
    registry = JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    full = {"alg": algorithm, "kid": getattr(key, "kid", None), **(header or {})}
    full = {name: value for name, value in full.items() if value is not None}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an attacker may use an algorithm that is warned of
        return jws.serialize_compact(full, json.dumps(claims).encode(), key, registry=registry)


class Gateway:
    """An open home behind HTTP, and the partners that talk to it."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.clock: Any = context.clock
        self.app = create_app(context)
        self.http = TestClient(self.app, base_url=URL, raise_server_exceptions=False)
        self.metrics = TestClient(create_metrics_app(self.app), base_url="http://127.0.0.1")

    def add_partner(self, name: str, *, keys: list[Any] | None = None, **changes: Any) -> Asking:
        """Declare a partner with an agreement on `cases`, and hold its private key."""
        keys = keys or [new_key()]
        document = {
            "partner": name,
            "name": name.title(),
            "class": "ngo",
            "jwks": {"keys": [key.as_dict(private=False) for key in keys]},
            "agreements": [
                {
                    "agreement": f"{name}-2026",
                    "dataset": "cases",
                    "policy": "for-ngos",
                    "purposes": ["research"],
                    "starts": "2026-01-01",
                    "ends": "2026-12-31",
                },
            ],
        }
        add_partner(self.context, parse_partner({**document, **changes}))
        return Asking(self, name, keys[0])

    def add_ready_extract(self, partner: str) -> str:
        """Put a published release of a partner into the home, as if it had been made."""
        number = next(_numbers)
        extract_id, release_id = f"ext_{number:020}", f"rel_{number:020}"
        content_key = secrets.token_bytes(32)
        folder = folder_of(self.context, extract_id)
        folder.mkdir(parents=True)
        for part, content in ((CONTENT, CONTENT_BYTES), (CODEBOOK, CODEBOOK_BYTES)):
            with SealedWriter(folder / part, part_key(content_key, part)) as writer:
                writer.write(content)
        outcome = Outcome(
            content_sha256=hashlib.sha256(CONTENT_BYTES).hexdigest(),
            codebook_sha256=hashlib.sha256(CODEBOOK_BYTES).hexdigest(),
            rows=5000,
            columns=[],
            protection={},
            utility={},
            epoch={},
            first_consent_end=None,
            consent_basis=consent_basis(self.context, partner, "cases", StillLake.SNAPSHOT),
            view=extract_id,
            left_out={},
            content_key=content_key,
            classes_key=b"",
        )
        with writing(self.context.store) as session:
            index = self.context.log.append(session, "release", release_id)
            extract = _extract_row(self.context, extract_id, partner, outcome)
            session.add(extract)
            session.flush()
            session.add(_release_row(self.context, extract, release_id, index, content_key))
        self.context.log.sign()
        return extract_id


def _extract_row(context: Context, extract_id: str, partner: str, outcome: Outcome) -> Extract:
    dataset = context.registry.dataset("cases")
    (policy,) = context.registry.policies_for("cases").values()
    assert dataset is not None
    return Extract(
        id=extract_id,
        partner=partner,
        dataset="cases",
        agreement=f"{partner}-2026",
        policy_sha256=policy.sha256,
        dataset_sha256=dataset.sha256,
        snapshot=1,
        fingerprint=extract_id,
        basis=extract_id,
        format="csv",
        state="ready",
        progress=1.0,
        requested_at=context.clock.timestamp(),
        updated_at=context.clock.timestamp(),
        sealed_request=context.keys.store_cipher().seal(
            b'{"dataset":"cases","purpose":"research"}', f"extract:{extract_id}:request"
        ),
        sealed_outcome=seal_outcome(context, extract_id, outcome),
    )


def _release_row(
    context: Context, extract: Extract, release_id: str, index: int, key: bytes
) -> Release:
    wrapped = context.keys.content_key_wrap(key, f"release:{release_id}:content")
    manifest = b'{"release":"' + release_id.encode() + b'"}'
    seal = context.keys.store_cipher().seal
    return Release(
        id=release_id,
        extract_id=extract.id,
        partner=extract.partner,
        dataset=extract.dataset,
        entry_index=index,
        settled_at=context.clock.timestamp(),
        published=True,
        delete_by="2026-12-31",
        download_until="2026-07-15",
        checked_basis=consent_basis(context, extract.partner, "cases", StillLake.SNAPSHOT),
        sealed_manifest=seal(manifest, f"release:{release_id}:manifest"),
        sealed_content_key=wrapped,
    )


class Asking:
    """A partner's program: signs assertions, gets tokens, asks."""

    def __init__(self, gateway: Gateway, name: str, key: Any) -> None:
        self.gateway = gateway
        self.name = name
        self.key = key
        self._token = ""

    def claims(self, **changes: Any) -> dict[str, Any]:
        now = int(self.gateway.clock.now().timestamp())
        claims = {
            "iss": self.name,
            "sub": self.name,
            "aud": URL,
            "iat": now,
            "exp": now + 60,
            "jti": secrets.token_hex(8),
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def assertion(self, algorithm: str = "ES256", *, header: Any = None, **changes: Any) -> str:
        return sign(self.claims(**changes), self.key, algorithm, header=header)

    def ask_token(self, assertion: str | None = None, **fields: str) -> Any:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self.assertion() if assertion is None else assertion,
            **fields,
        }
        return self.gateway.http.post("/oauth/token", data=form)

    def token(self, **fields: str) -> str:
        answer = self.ask_token(**fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def bearer(self) -> dict[str, str]:
        self._token = self._token or self.token()
        return {"Authorization": f"Bearer {self._token}"}

    def get(self, path: str, **options: Any) -> Any:
        headers = {**self.bearer(), **options.pop("headers", {})}
        return self.gateway.http.request(
            options.pop("method", "GET"), path, headers=headers, **options
        )

    def post(self, path: str, body: Any, **options: Any) -> Any:
        headers = {**self.bearer(), **options.pop("headers", {})}
        if isinstance(body, bytes):
            headers.setdefault("Content-Type", "application/json")
            return self.gateway.http.post(path, content=body, headers=headers)
        return self.gateway.http.post(path, json=body, headers=headers)


def open_home(folder: Path, clock: Clock, store_url: str = "") -> Context:
    """Make a home with everything but a lake, and open it."""
    home = Home.create(folder / "home", name="Test", origin="weir.example/log", timezone="UTC")
    keys = Keys.create(home)
    store = open_store(store_url or f"sqlite:///{home.store_file}")
    migrate(store)
    log = AuditLog(store=store, keys=keys, clock=clock, home=home)
    return Context(
        home=home,
        keys=keys,
        clock=clock,
        store=store,
        lake=StillLake(),
        vault=None,
        tokens=None,
        log=log,
        registry=Registry(store),
        public_url=URL,
    )


@pytest.fixture
def opened_home(tmp_path, clock):
    """An open home without a lake."""
    opened = open_home(tmp_path, clock)
    yield opened
    opened.store.dispose()


@pytest.fixture
def gateway(opened_home):
    """A gateway with one dataset and one policy; partners are added by the test."""
    declare_dataset(opened_home, parse_dataset(DATASET))
    apply_policy(opened_home, parse_policy(POLICY))
    return Gateway(opened_home)


@pytest.fixture
def harbor(gateway):
    """A partner in good standing."""
    return gateway.add_partner("harbor")

"""A gateway in this process, with one dataset, one partner, and faults to choose from."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from types import SimpleNamespace

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import import_key

from gateway.audit.canonical import canonical_json
from gateway.audit.notes import NoteSigner
from tests.receipts import receipt_of

URL, PARTNER = "https://weir.example", "harbor-network"


def pem_of(private):
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Breaking(httpx.SyncByteStream):
    """A body whose connection breaks after so many bytes."""

    def __init__(self, data, breaks_after):
        self.data, self.breaks_after = data, breaks_after

    def __iter__(self):
        yield self.data[: self.breaks_after]
        if self.breaks_after < len(self.data):
            raise httpx.ReadError("connection reset")


@dataclass
class FakeGateway:
    """Answers as the contract says; what was asked is kept in `seen`."""

    public_key: object
    signer: NoteSigner
    table: pa.Table
    issuer: str = URL
    states: list[dict] = field(default_factory=lambda: [{"state": "ready", "progress": 1.0}])
    faults: list[object] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    seen: list[httpx.Request] = field(default_factory=list)
    jtis: list[str] = field(default_factory=list)
    tokens: int = 0
    valid_token: str = ""
    manifest_changes: dict = field(default_factory=dict)
    tamper: dict = field(default_factory=dict)
    etag: str = '"v1"'
    location: str = "/v1/extracts/ext_1"
    ranges: bool = True
    expires_in: int = 300

    @property
    def transport(self):
        return httpx.MockTransport(self.answer)

    @property
    def content(self):
        sink = io.BytesIO()
        pq.write_table(self.table, sink)
        return sink.getvalue()

    @property
    def codebook(self):
        return b"column,meaning\r\nmonth,when\r\n"

    @property
    def manifest(self):
        if not hasattr(self, "_manifest"):
            facts = {
                "release": "rel_1",
                "dataset": "hotline-cases",
                "purpose": "research",
                "partner": PARTNER,
                "guarantee": "k-anonymous extract",
                "delete_by": "2027-01-01",
                "rows": self.table.num_rows,
                "content_sha256": hashlib.sha256(self.content).hexdigest(),
                "codebook_sha256": hashlib.sha256(self.codebook).hexdigest(),
            }
            self._manifest = canonical_json(facts | self.manifest_changes)
        return self._manifest

    @property
    def receipt(self):
        return receipt_of(self.manifest, self.signer)

    def answer(self, request):
        self.seen.append(request)
        if self.faults and request.url.path != "/oauth/token":
            fault = self.faults.pop(0)
            if isinstance(fault, Exception):
                raise fault
            if fault is not None:
                return fault
        return self._route(request)

    def _route(self, request):
        path = request.url.path
        if path == "/.well-known/oauth-authorization-server":
            return httpx.Response(
                200, json={"issuer": self.issuer, "token_endpoint": f"{self.issuer}/oauth/token"}
            )
        if path == "/oauth/token":
            return self._token(request)
        if request.headers.get("authorization") != f"Bearer {self.valid_token}":
            return problem(401, "unauthenticated", "Not authenticated")
        return self._resource(request, path)

    def _token(self, request):
        form = dict(httpx.QueryParams(request.content.decode()))
        names = ["ES256", "Ed25519", "PS256"]
        claims = jwt.decode(form["client_assertion"], self.public_key, algorithms=names).claims
        assert claims["aud"] == self.issuer
        assert claims["iss"] == claims["sub"] == PARTNER
        assert claims["exp"] - claims["iat"] <= 60
        assert claims["jti"] not in self.jtis
        self.jtis.append(claims["jti"])
        self.tokens += 1
        self.valid_token = f"token-{self.tokens}"
        token = {"access_token": self.valid_token, "token_type": "Bearer"}
        return httpx.Response(200, json=token | {"expires_in": self.expires_in})

    def _resource(self, request, path):
        made = {
            "/vkey": lambda: httpx.Response(200, text=f"{self.signer.vkey}\n"),
            "/v1/extracts": lambda: httpx.Response(202, headers={"Location": self.location}),
            "/v1/extracts/ext_1": self._state,
            "/v1/extracts/ext_1/content": lambda: self._part(request, "content"),
            "/v1/extracts/ext_1/codebook": lambda: self._part(request, "codebook"),
            "/v1/releases/rel_1/manifest": lambda: self._small("manifest"),
            "/v1/releases/rel_1/receipt": lambda: self._small("receipt"),
        }
        return made[path]()

    def _small(self, part):
        return httpx.Response(200, content=self.tamper.get(part, getattr(self, part)))

    def _part(self, request, part):
        breaks = self.breaks.pop(0) if self.breaks and part == "content" else None
        return self._bytes(request, self.tamper.get(part, getattr(self, part)), breaks)

    def _state(self):
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        links = {
            "self": "/v1/extracts/ext_1",
            "content": f"{self.issuer}/v1/extracts/ext_1/content",
            "codebook": "/v1/extracts/ext_1/codebook",
            "manifest": "/v1/releases/rel_1/manifest",
            "receipt": "/v1/releases/rel_1/receipt",
        }
        known = {"links": links} if state["state"] == "ready" else {}
        return httpx.Response(200, json={"id": "ext_1"} | known | state)

    def _bytes(self, request, data, breaks=None):
        start, status = 0, 200
        headers = {"ETag": self.etag}
        asked = request.headers.get("range")
        if self.ranges and asked and request.headers.get("if-range") == self.etag:
            start, status = int(asked.removeprefix("bytes=").removesuffix("-")), 206
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        headers["Content-Length"] = str(len(data) - start)
        stream = Breaking(data[start:], len(data) if breaks is None else breaks)
        return httpx.Response(status, headers=headers, stream=stream)

    def paths(self, method="GET"):
        return [request.url.path for request in self.seen if request.method == method]


def problem(status, slug, title, **more):
    document = {"type": f"urn:weir:problem:{slug}", "title": title, "status": status} | more
    media = {"Content-Type": "application/problem+json"}
    return httpx.Response(status, headers=media, content=json.dumps(document))


@pytest.fixture
def private():
    return Ed25519PrivateKey.generate()


@pytest.fixture
def key_file(tmp_path, private):
    file = tmp_path / "keys" / "harbor.pem"
    file.parent.mkdir()
    file.write_bytes(pem_of(private))
    return file


@pytest.fixture
def gateway(private):
    table = pa.table({"month": ["2024-03", "2024-04"] * 500, "noise": list(range(1000))})
    return FakeGateway(
        public_key=import_key(pem_of(private), "OKP"),
        signer=NoteSigner("weir.example/log", Ed25519PrivateKey.generate()),
        table=table,
    )


@pytest.fixture
def naps(monkeypatch):
    """Collect the pauses instead of making them."""
    slept = []
    monkeypatch.setattr("time.sleep", slept.append)
    return slept


@pytest.fixture
def other_signer():
    return NoteSigner("weir.example/log", Ed25519PrivateKey.generate())


@pytest.fixture
def elliptic():
    return generate_private_key(SECP256R1())


@pytest.fixture
def fake():
    """The parts of this file that tests use by name."""
    return SimpleNamespace(problem=problem, pem_of=pem_of, url=URL, partner=PARTNER)


@pytest.fixture
def pull(gateway, key_file, tmp_path, naps):
    """Pull as this partner from the gateway at hand."""
    from gateway.client import pull_to_file

    def run(**changes):
        asked = {
            "client_id": PARTNER,
            "key": key_file,
            "dataset": "hotline-cases",
            "purpose": "research",
            "output": tmp_path / "cases.parquet",
            "transport": gateway.transport,
        }
        return pull_to_file(changes.pop("url", URL), **(asked | changes))

    return run

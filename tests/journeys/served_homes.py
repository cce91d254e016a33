"""Homes that are served over real HTTP, once on SQLite and once on PostgreSQL.

Here the clock is the machine's: partners' programs and the gateway live in one time.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from sqlalchemy.engine import make_url

from gateway.client import Pulled, Weir, pull_to_file
from gateway.client.new_keys import make_key_pair
from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.context import open_context
from gateway.control import call
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.founding import found_home
from gateway.listening import Listening
from gateway.server import serving
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.small_homes import DATASET, POLICY, ZONE, as_csv, people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTNERS = ("beacon", "harbor", "lantern", "shelter")


@dataclass
class Served:
    """A gateway that answers, and what operator and partners do with it."""

    path: Path
    folder: Path
    url: str
    jobs_database: str

    def command(self, operation: str, **params: Any) -> Any:
        """Run a command through the home's socket, as the command line does."""
        return call(self.path / "weir.sock", operation, params, lambda _text, _share: None)

    def key(self, partner: str) -> Path:
        """Return the file of a partner's private key."""
        return self.folder / f"{partner}.pem"

    def pull(self, partner: str, name: str, **asked: Any) -> Pulled:
        """Pull to a file, verified."""
        asked = {"purpose": "research", "wait_seconds": 30, **asked}
        return pull_to_file(
            self.url,
            client_id=partner,
            key=self.key(partner),
            dataset="cases",
            output=self.folder / name,
            **asked,
        )

    def weir(self, partner: str) -> Weir:
        """Return the client as programs use it."""
        return Weir(self.url, partner, self.key(partner))

    @contextlib.contextmanager
    def session(self, partner: str) -> Iterator[Session]:
        """Talk as a partner without the client's care."""
        with Session(self.url, partner, load_partner_key(self.key(partner))) as session:
            yield session

    def token(self, partner: str) -> str:
        """Get a token for a partner."""
        with self.session(partner) as session:
            session.get("/v1/releases")
            return session._token

    def get(self, path: str, token: str = "") -> httpx.Response:
        """Get with this very token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(self.url + path, headers=headers)


def partner_document(name: str, folder: Path) -> dict[str, Any]:
    """Return a partner with a key of its own and an agreement in force today."""
    import json

    made = make_key_pair(name, folder)
    today = date.today()  # noqa: DTZ011 - a year around today is in force in every zone
    return {
        "partner": name,
        "name": name.title(),
        "class": "ngo",
        "jwks": json.loads(made.jwks.read_text()),
        "agreements": [
            {
                "agreement": f"{name}-agreement",
                "dataset": "cases",
                "policy": "for-ngos",
                "purposes": ["research", "planning"],
                "starts": (today - timedelta(days=180)).isoformat(),
                "ends": (today + timedelta(days=180)).isoformat(),
            }
        ],
    }


@contextlib.contextmanager
def founded(folder: Path, store_url: str) -> Iterator[Served]:
    """Found a home on a store, with data and partners; `serve` it inside the block."""
    with pytest.MonkeyPatch.context() as patch:
        if store_url.startswith("postgresql"):
            patch.setenv("WEIR_STORE_URL", store_url)
        path = folder / "home"
        found_home(path, name="Served Test Home", origin="weir.example/log", timezone=ZONE)
        with open_context(path) as context:
            declare_dataset(context, parse_dataset(DATASET))
            apply_policy(context, parse_policy(POLICY))
            for name in PARTNERS:
                add_partner(context, parse_partner(partner_document(name, folder)))
        yield Served(path, folder, "", store_url)


@contextlib.contextmanager
def serve(home: Served) -> Iterator[Served]:
    """Serve a home while the block lasts."""
    with serving(home.path, Listening(port=0)) as running:
        yield Served(home.path, home.folder, running.url, home.jobs_database)


def load(served: Served, first: int, last: int) -> Any:
    """Load people through the running gateway."""
    file = served.folder / f"people-{first}-{last}.csv"
    file.write_text(as_csv(people(first, last)))
    return served.command(
        "dataset.load",
        dataset="cases",
        files=[str(file)],
        contributor="",
        mode="append",
        delimiter="",
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def home(request, tmp_path_factory):
    """A founded home that isn't served yet."""
    folder = tmp_path_factory.mktemp("served")
    url = "sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
        assert make_url(url).get_backend_name() == "postgresql"
    with founded(folder, url) as home:
        yield home


@pytest.fixture(scope="module")
def served(home):
    """A gateway with forty people in it."""
    with serve(home) as served:
        load(served, 1, 40)
        yield served

"""An operator of a served home, and the partners that ask it: by commands, and by the client."""

from __future__ import annotations

import contextlib
import csv
import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.client import Pulled, pull_to_file
from gateway.client.new_keys import make_key_pair
from gateway.client.private_keys import load_partner_key
from gateway.client.session import Session
from gateway.demo.cases import generate_cases
from gateway.demo.declarations import demo_files
from gateway.founding import found_home
from gateway.listening import Listening
from gateway.server import serving
from tests.small_homes import copy_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE_SECONDS = 120
Row = dict[str, str]


@dataclass
class Operator:
    """Works a home with commands, and asks its gateway as partners do."""

    home: Path
    folder: Path
    url: str
    reports: dict[str, Any] = field(default_factory=dict)

    def weir(self, *words):
        """Run a command that succeeds; it goes through the running gateway."""
        said, status = self.says(*words, "--json")
        assert status == 0, said
        return json.loads(said)

    def says(self, *words):
        """Run a command; return what it says, and its exit status."""
        return typed(*words, "--home", self.home)

    def verify(self, file):
        """Verify a file as its partner does; return the exit status."""
        return typed("verify", file)[1]

    def file(self, name, text):
        """Write a file beside the home."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def declare(self, document):
        """Declare a dataset."""
        return self.weir(
            "dataset", "add", self.file(f"{document['dataset']}.yaml", dumped(document))
        )

    def load(self, dataset, rows: Sequence[Mapping[str, object]]):
        """Load rows as one CSV file; return the report."""
        path = self.folder / f"{dataset}-{len(self.reports)}.csv"
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        self.reports[path.stem] = self.weir("dataset", "load", dataset, path)
        return self.reports[path.stem]

    def permit(self, document):
        """Apply a policy that is written here, for a partner of its own."""
        self.allow(self.file(f"{document['policy']}.yaml", dumped(document)))

    def allow(self, file):
        """Apply a policy and add a partner of its own that may use it today."""
        self.weir("policy", "apply", file)
        policy, year = yaml.safe_load(file.read_text()), datetime.now(UTC).year
        partner = f"lab-{policy['policy']}"
        agreement = {
            "agreement": partner,
            "dataset": policy["dataset"],
            "policy": policy["policy"],
            "purposes": policy["purposes"],
            "starts": f"{year - 1}-01-01",
            "ends": f"{year + 1}-12-31",
        }
        make_key_pair(partner, self.folder)
        added = {
            "partner": partner,
            "name": "University Lab",
            "class": policy["classes"][0],
            "jwks_file": f"{partner}.jwks.json",
            "agreements": [agreement],
        }
        self.weir("partner", "add", self.file(f"{partner}.yaml", json.dumps(added)))

    def pull(self, policy, dataset, purpose="research", name="", **asked) -> Pulled:
        """Pull what a policy gives, verified, as the partner that it is for."""
        partner = f"lab-{policy}"
        return pull_to_file(
            self.url,
            client_id=partner,
            key=self.folder / f"{partner}.pem",
            dataset=dataset,
            purpose=purpose,
            output=self.folder / (name or f"{policy}.csv"),
            **asked,
        )

    @contextlib.contextmanager
    def asking(self, policy, dataset, **asked) -> Iterator[tuple[Future[Pulled], dict[str, Any]]]:
        """Leave a partner waiting for its pull; give the pull, and what waits for an officer."""
        with ThreadPoolExecutor(1) as partners:
            pulling = partners.submit(self.pull, policy, dataset, **asked)
            yield pulling, self._waiting(f"lab-{policy}", pulling)

    @contextlib.contextmanager
    def session(self, policy) -> Iterator[Session]:
        """Talk as the partner that a policy is for, without the client's care."""
        partner = f"lab-{policy}"
        key = load_partner_key(self.folder / f"{partner}.pem")
        with Session(self.url, partner, key) as session:
            yield session

    def _waiting(self, partner, pulling):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline and not pulling.done():
            for item in self.weir("review", "list"):
                if item["partner"] == partner:
                    return item
            time.sleep(0.1)
        return pytest.fail(f"nothing of {partner} waits for review")

    def decide(self, verdict, item, officer="olivia"):
        """Decide as an officer, by the command; return the state that comes of it."""
        words = ("--officer", officer, "--reason", "looked at it")
        return self.weir("review", verdict, item["id"], *words)["state"]


def typed(*words):
    """Run a command on a wide terminal; return what it says, and its exit status."""
    done = CliRunner().invoke(app, [*map(str, words)], env={"COLUMNS": "200"})
    return done.stdout + done.stderr, done.exit_code


def dumped(document):
    """Write a document as people do."""
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True)


def rows_of(pulled) -> list[Row]:
    """Read a released CSV file as anybody does."""
    with pulled.files.file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def codebook_of(pulled) -> dict[str, Row]:
    """Read the codebook beside a released file, by column."""
    with pulled.files.codebook.open(encoding="utf-8", newline="") as lines:
        return {row["column"]: row for row in csv.DictReader(lines)}


def columns_of(pulled) -> dict[str, dict[str, Any]]:
    """Return what the manifest says of each column."""
    return {column["name"]: column for column in pulled.manifest["columns"]}


def generated_dataset(name, **changes):
    """Return the demo's declaration under another name, for one home; None takes a key away."""
    document = yaml.safe_load(demo_files(datetime.now(UTC).date())["hotline-cases.yaml"])
    document |= {"dataset": name, "budget_group": None, **changes}
    return {key: value for key, value in document.items() if value is not None}


def without_consent(columns):
    """Return the columns without those that say what people allowed."""
    steering = ("consent", "consent_end", "funding", "share_with", "share_for")
    return {name: column for name, column in columns.items() if column["role"] not in steering}


def generated_people(cases, seed=2026) -> list[Row]:
    """Return generated people's first contacts: one row each, however their id is spelled."""
    firsts: dict[str, Row] = {}
    for row in generate_cases(cases, seed).to_pylist():
        spelled = (row["person_id"] or "").strip().casefold()
        firsts.setdefault(spelled, {name: value or "" for name, value in row.items()})
    return list(firsts.values())


@contextlib.contextmanager
def operating(empty, folder) -> Iterator[Operator]:
    """Serve a copy of an empty home while the block lasts."""
    home = copy_home(empty, folder)
    with serving(home, Listening(port=0)) as running:
        ladders = demo_files(datetime.now(UTC).date())["languages.csv"]
        operator = Operator(home, folder, running.url)
        operator.file("languages.csv", ladders)
        yield operator


@pytest.fixture(scope="session")
def empty_home(tmp_path_factory):
    """A founded home with nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "home"
    found_home(path, name="Journeys", origin="journeys.example/log", timezone="UTC")
    return path


@pytest.fixture(scope="module")
def operator(empty_home, tmp_path_factory):
    """A served home of one file's own."""
    with operating(empty_home, tmp_path_factory.mktemp("operator")) as operator:
        yield operator

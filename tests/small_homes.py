"""A small home with everything in it, and hands to work it without HTTP.

The template is made once; each test opens a copy of its own, with a clock that it may move.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from sqlmodel import select

from gateway.context import Context, open_context
from gateway.corridor import make
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.downloads import open_codebook, open_content
from gateway.extracts import ExtractView, request_extract, view_extract
from gateway.founding import found_home
from gateway.loading import Load, load_dataset
from gateway.outputs.formats import output_format
from gateway.releases import publish, settle
from gateway.store.engine import reading
from gateway.store.tables import Extract
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.conftest import FixedClock

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
ZONE = "America/New_York"
COLUMNS = [
    "case_id",
    "person_id",
    "phone",
    "reported_on",
    "age",
    "state",
    "harm",
    "controls",
    "note",
    "narrative",
    "consent",
    "consent_ends",
    "funding",
    "share_with",
    "share_for",
]
DATASET = """
dataset: cases
title: {en: Cases, es: Casos}
privacy_unit: person_id
record_key: [case_id]
columns:
  case_id:      {type: string,  role: direct_identifier, domain: case}
  person_id:    {type: string,  role: direct_identifier, domain: person}
  phone:        {type: string,  role: direct_identifier, domain: phone, normalize: e164, region: US}
  reported_on:  {type: date,    role: quasi_identifier, ladder: date,
                 bounds: [2020-01-01, 2027-12-31]}
  age:          {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  state:        {type: string,  role: quasi_identifier, ladder: us-state}
  harm:         {type: string,  role: sensitive, codes: [Labour, Sexual, Marriage]}
  controls:     {type: string,  role: sensitive, codes: [Debt, Threats, Papers], multiple: ";"}
  note:         {type: string,  role: insensitive, codes: [note 0, note 1, note 2]}
  narrative:    {type: string,  role: free_text}
  consent:      {type: string,  role: consent}
  consent_ends: {type: date,    role: consent_end}
  funding:      {type: string,  role: funding}
  share_with:   {type: string,  role: share_with}
  share_for:    {type: string,  role: share_for}
"""
POLICY = """
policy: for-ngos
dataset: cases
classes: [ngo]
purposes: [research, planning]
extract:
  columns:
    person_id:   {pseudonymize: {epoch: year}}
    reported_on: {coarsen: {from: month}}
    age:         {coarsen: {from: 5-years}}
    state:       {coarsen: {from: us-state}}
    harm:        keep
    controls:    keep
    note:        keep
  minors: {column: age, below: 18, k: 5}
  protect: {k: 3, l: {harm: 2}, max_suppressed: 0.1}
retention_days: 365
"""
NOTES = ("note 0", "note 1", "note 2")
_numbers = itertools.count(1)
REQUEST = {"dataset": "cases", "purpose": "research"}
# A public key of nobody: its private half was thrown away.
PUBLIC_KEY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "thrown-away",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
}


def person(number: int, **changes: Any) -> dict[str, str]:
    """Return one case of one person; people come in 4 classes of quasi-identifiers."""
    row = {
        "case_id": f"case-{number}",
        "person_id": f"person-{number}",
        "phone": f"202555{number:04}",
        "reported_on": "2026-01-15" if number % 2 else "2026-02-15",
        "age": "32" if number % 4 < 2 else "41",
        "state": "CA",
        "harm": "Labour" if number % 8 < 4 else "Sexual",
        "controls": "Debt;Threats",
        "note": f"note {number % 3}",
        "narrative": f"what person {number} said",
        "consent": "pseudonymized",
        **changes,
    }
    return {name: str(row.get(name, "")) for name in COLUMNS}


def people(first: int, last: int, **changes: Any) -> list[dict[str, str]]:
    """Return one case each for people numbered `first` to `last`."""
    return [person(number, **changes) for number in range(first, last + 1)]


@dataclass
class World:
    """An open home and what tests do with it."""

    context: Context
    folder: Path
    clock: FixedClock
    loads: int = 0

    def declare(self, text: str = DATASET, **changes: str) -> None:
        """Declare a dataset; each change replaces one piece of the text by another."""
        declare_dataset(self.context, parse_dataset(changed(text, changes)))

    def declare_notes(self, *notes: str) -> None:
        """Declare `cases` so that these notes, too, leave as they are."""
        codes = json.dumps([*NOTES, *notes])
        self.declare(notes=f"codes: [note 0, note 1, note 2] -> codes: {codes}")

    def apply(self, text: str = POLICY, **changes: str) -> None:
        """Apply a policy."""
        apply_policy(self.context, parse_policy(changed(text, changes)))

    def load(self, rows: Sequence[Mapping[str, str]], **terms: Any) -> dict[str, Any]:
        """Load rows as one CSV file."""
        self.loads += 1
        file = self.folder / f"load-{self.loads}.csv"
        file.write_text(as_csv(rows), encoding="utf-8")
        return self.load_file(file, **terms)

    def load_file(self, file: Path, dataset: str = "cases", **terms: Any) -> dict[str, Any]:
        """Load a file."""
        return load_dataset(self.context, Load(dataset, (file,), **terms), lambda _t, _s: None)

    def partner(self, name: str, **changes: Any) -> str:
        """Add or replace a partner; `agreement` changes its one agreement."""
        agreement = {
            "agreement": f"{name}-2026",
            "dataset": "cases",
            "policy": "for-ngos",
            "purposes": ["research", "planning"],
            "starts": "2026-01-01",
            "ends": "2026-12-31",
            **changes.pop("agreement", {}),
        }
        document = {
            "partner": name,
            "name": changes.pop("retitled", name.title()),
            "class": "ngo",
            "jwks": {"keys": [PUBLIC_KEY]},
            "agreements": [agreement],
            **changes,
        }
        add_partner(self.context, parse_partner(document))
        return name

    def contributor(self, name: str, **terms: Any) -> str:
        """Add or replace a partner that hands records in."""
        agreement = {
            "agreement": f"{name}-gives",
            "dataset": "cases",
            "submits": True,
            "starts": "2026-01-01",
            "ends": "2026-12-31",
            **terms,
        }
        return self.partner(name, agreements=[agreement])

    def ask(self, partner: str, **changes: Any) -> ExtractView:
        """Ask for an extract; it isn't made yet."""
        return request_extract(self.context, partner, {**REQUEST, **changes})

    def work(self, extract_id: str) -> str:
        """Do what a worker does with a queued extract, and return its state."""
        make(self.context, extract_id)
        settle(self.context, extract_id)
        publish(self.context, extract_id)
        return self.state(extract_id)

    def extract(self, partner: str, **changes: Any) -> ExtractView:
        """Ask, make, settle, publish."""
        asked = self.ask(partner, **changes)
        self.work(asked.id)
        return view_extract(self.context, partner, asked.id)

    def state(self, extract_id: str) -> str:
        """Return the state in the store."""
        return self.row(extract_id).state

    def row(self, extract_id: str) -> Extract:
        """Return the extract's row."""
        with reading(self.context.store) as session:
            return session.exec(select(Extract).where(Extract.id == extract_id)).one()

    def content(self, partner: str, extract_id: str) -> bytes:
        """Download."""
        with open_content(self.context, partner, extract_id).reader as reader:
            return reader.read()

    def codebook(self, partner: str, extract_id: str) -> bytes:
        """Download the codebook."""
        with open_codebook(self.context, partner, extract_id).reader as reader:
            return reader.read()

    def table(self, partner: str, extract_id: str, chosen: str = "csv") -> pa.Table:
        """Download and read back."""
        content = self.content(partner, extract_id)
        return pa.concat_tables(output_format(chosen).read_back(io.BytesIO(content)))

    def rows(self, partner: str, **changes: Any) -> list[dict[str, Any]]:
        """Pull an extract and return its rows."""
        made = self.extract(partner, **changes)
        return self.table(partner, made.id).to_pylist()

    def entries(self, kind: str | None = None) -> list[dict[str, Any]]:
        """Return the log's entries."""
        return self.context.log.entries(kind)


def changed(text: str, changes: Mapping[str, str]) -> str:
    """Return a text with `k_3="k: 3 -> k: 4"` replacements made; each must occur."""
    for change in changes.values():
        old, new = change.split(" -> ")
        assert old in text, f"{old!r} isn't there to be changed"
        text = text.replace(old, new)
    return text


def as_csv(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def found_template(folder: Path, clock: FixedClock) -> Path:
    """Found a home with a dataset, forty people, a policy and two partners."""
    path = folder / "home"
    found_home(path, name="Small Test Home", origin="weir.example/log", timezone=ZONE)
    with open_world(path, clock) as world:
        world.declare()
        world.apply()
        world.load(people(1, 40))
        world.partner("harbor")
        world.partner("lantern")
    return path


def copy_home(template: Path, folder: Path) -> Path:
    """Copy a home with what lies beside it."""
    path = folder / "home"
    shutil.copytree(template, path, symlinks=True)
    for beside in ("key", "checkpoint"):
        shutil.copy2(f"{template}.{beside}", f"{path}.{beside}")
    return path


@contextlib.contextmanager
def open_world(path: Path, clock: FixedClock) -> Iterator[World]:
    """Open a home."""
    with open_context(path, clock=clock) as context:
        yield World(context, path.parent, clock)


_templates: dict[str, Path] = {}


def template_of(factory: pytest.TempPathFactory) -> Path:
    """Return the one template of this run."""
    if "small" not in _templates:
        _templates["small"] = found_template(factory.mktemp("template"), FixedClock(NOON))
    return _templates["small"]


@pytest.fixture
def world(tmp_path_factory, tmp_path):
    """A home of the test's own."""
    path = copy_home(template_of(tmp_path_factory), tmp_path)
    with open_world(path, FixedClock(NOON)) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """A home that the tests of one file share: each adds a partner, none moves the clock."""
    path = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("shared"))
    with open_world(path, FixedClock(NOON)) as opened:
        yield opened


@pytest.fixture
def partner(shared):
    """A partner of the test's own in the shared home."""
    return shared.partner(f"p{next(_numbers)}")

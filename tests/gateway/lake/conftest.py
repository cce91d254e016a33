"""An open lake and vault in a home of their own, and a dataset like a hotline's."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.readers import stated_layout
from gateway.lake.records import Submission
from gateway.lake.vault import Vault
from policies.documents import parse_dataset

CASES = """
dataset: hotline-cases
privacy_unit: person_id
record_key: [case_id]
columns:
  case_id:      {type: string,  role: direct_identifier, domain: case}
  person_id:    {type: string,  role: direct_identifier, domain: person}
  reported_on:  {type: date,    role: quasi_identifier, ladder: date,
                 bounds: [2015-01-01, 2026-12-31]}
  age:          {type: integer, role: quasi_identifier, ladder: age, bounds: [0, 120]}
  state:        {type: string,  role: quasi_identifier, ladder: us-state}
  exploitation: {type: string,  role: sensitive, codes: [ForcedLabour, Other]}
  narrative:    {type: string,  role: free_text}
  consent:      {type: string,  role: consent}
  consent_ends: {type: date,    role: consent_end}
  funding:      {type: string,  role: funding}
  share_with:   {type: string,  role: share_with}
  share_for:    {type: string,  role: share_for}
"""
HEADER = (
    "case_id,person_id,reported_on,age,state,exploitation,narrative,"
    "consent,consent_ends,funding,share_with,share_for"
)
TODAY = date(2026, 1, 15)


def case_line(case, person="p1", **cells):
    """Return one case as a line of a file."""
    values = {
        "case_id": case,
        "person_id": person,
        "reported_on": "2024-03-05",
        "age": "30",
        "state": "CA",
        "exploitation": "Other",
        "narrative": "",
        "consent": "anonymized",
        "consent_ends": "",
        "funding": "",
        "share_with": "",
        "share_for": "",
        **cells,
    }
    return ",".join(values.values())


def kinds(problems):
    """Return the rows in which each kind of problem was met."""
    return {problem.kind: [place.row for place in problem.places] for problem in problems}


@pytest.fixture
def home(tmp_path):
    return Home.create(tmp_path / "home", name="Test", origin="test.example", timezone="UTC")


@pytest.fixture
def keys(home):
    return Keys.create(home)


@pytest.fixture
def lake(home, keys):
    opened = Lake.open(home, keys, threads=1)
    yield opened
    opened.close()


@pytest.fixture
def vault(home, keys):
    opened = Vault.create(home, keys)
    yield opened
    opened.close()


@pytest.fixture
def cases_text():
    return CASES


@pytest.fixture
def cases(cases_text):
    return parse_dataset(cases_text)


class Loader:
    """Loads rows of text into the lake, each call a submission of its own."""

    def __init__(self, lake, vault, keys, folder):
        self.lake, self.vault, self.keys, self.folder = lake, vault, keys, folder
        self.loads = 0
        self.sharing = ()

    def __call__(self, document, lines, *, header=None, name="cases.csv", **terms):
        file = self.folder / f"{self.loads + 1}-{name}"
        file.write_text("\n".join([header or HEADER, *lines, ""]), encoding="utf-8")
        return self.files(document, [file], **terms)

    def files(self, document, files, *, delimiter="", recipe=None, submission=None, **terms):
        self.loads += 1
        given = Submission(
            id=submission or f"sub_{self.loads}",
            sequence=self.loads,
            today=TODAY,
            zone=ZoneInfo("America/New_York"),
            **terms,
        )
        data = DataFiles(tuple(files), stated_layout(delimiter), recipe)
        return ingest(self.lake, self.vault, self.keys, document, data, given, sharing=self.sharing)


@pytest.fixture
def load(lake, vault, keys, tmp_path):
    return Loader(lake, vault, keys, tmp_path)


@pytest.fixture
def rows(lake):
    def read(query):
        with lake.cursor() as cursor:
            return cursor.execute(query).fetchall()

    return read

"""After any loads the engine answers as the reference does, told all that was ever said."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.errors import IngestError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.vault import Vault
from policies.consent import (
    ConsentRules,
    ContributorTerms,
    Recipient,
    Record,
    Statement,
    effective_consent,
)
from policies.documents import parse_dataset

EXAMPLES = 6
TODAY = date(2026, 1, 15)
PRODUCT = Product("anonymized", Recipient("ngo", "research", TODAY))
COLUMNS = {
    "case": {"type": "string", "role": "direct_identifier", "domain": "case"},
    "person": {"type": "string", "role": "direct_identifier", "domain": "person"},
    "number": {"type": "integer", "role": "insensitive"},
    "age": {"type": "integer", "role": "insensitive"},
    "consent": {"type": "string", "role": "consent"},
    "ends": {"type": "date", "role": "consent_end"},
}
rows = st.tuples(
    st.sampled_from("abcd"),
    st.sampled_from("pq"),
    st.sampled_from(["30", "30", "30", "old"]),
    st.sampled_from(["", "none", "anonymized", "pseudonymized", "pseudonymized", "maybe"]),
    st.sampled_from(["", "", "2026-01-15", "2026-01-16", "someday"]),
)
loads = st.tuples(
    st.sampled_from(["", "shelter", "oak"]),
    st.sampled_from(["append", "append", "replace"]),
    st.lists(rows, min_size=1, max_size=5),
)


class World:
    """What the data are and what was said, kept by the words of the contract alone."""

    def __init__(self):
        self.records, self.said, self.number = {}, defaultdict(list), 0

    def load(self, sequence, giver, mode, lines):
        """Take the rows of a load; return their text, and whether the load must be accepted."""
        accepted, said, texts = {}, [], []
        for case, person, age, consent, end in lines:
            self.number += 1
            texts.append(f"{case},{person},{self.number},{age},{consent},{end}")
            ends = day(end)
            refused = age == "old" or (giver, case) in accepted
            said.append(
                (person, Statement(consent, ends, sequence, contributor=giver, refused=refused))
            )
            if not refused:
                record = Record(consent, ends, sequence)
                accepted[giver, case] = (self.number, person, record)
        takes_back = any(one.refused and one.consent for _, one in said)
        if not accepted and (mode == "replace" or not takes_back):
            return texts, False
        if mode == "replace":
            self.records = {key: kept for key, kept in self.records.items() if key[0] != giver}
        self.records |= accepted
        for person, statement in said:
            self.said[person].append(statement)
        return texts, True

    def permitted(self, rules):
        return {
            number
            for number, person, record in self.records.values()
            if effective_consent(
                record, self.said[person], ContributorTerms(), rules, PRODUCT.recipient
            ).permits(PRODUCT.needed)
        }


def day(text):
    if text == "someday":
        return TODAY - timedelta(days=9999)
    return date.fromisoformat(text) if text else None


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loads")
    made = Home.create(folder / "home", name="Test", origin="test.example", timezone="UTC")
    keys = Keys.create(made)
    lake, vault = Lake.open(made, keys, threads=1), Vault.create(made, keys)
    yield lake, vault, keys, folder
    lake.close()
    vault.close()


def by_the_engine(lake, document):
    terms = Terms(ConsentRules.of(document), dict.fromkeys(("shelter", "oak"), ContributorTerms()))
    with lake.engine() as backend:
        where = (backend, lake, document, lake.dataset_snapshot(document.dataset))
        judged = judge(
            backend, read_snapshot(*where), read_statements(*where), document, terms, PRODUCT
        )
        left = judged.filter(judged.weir_rule == PERMITTED).select("number")
        return set(backend.to_pyarrow(left)["number"].to_pylist())


def test_the_engine_answers_as_the_reference_does_after_any_loads(home, effort):
    lake, vault, keys, folder = home
    count = iter(range(1_000_000))

    @settings(
        max_examples=EXAMPLES * effort,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(history=st.lists(loads, min_size=2, max_size=5))
    def check(history):
        document = parse_dataset(
            {
                "dataset": f"cases-{next(count)}",
                "privacy_unit": "person",
                "record_key": ["case"],
                "columns": COLUMNS,
            }
        )
        world = World()
        for sequence, (giver, mode, lines) in enumerate(history, 1):
            texts, accepted = world.load(sequence, giver, mode, lines)
            file = folder / "load.csv"
            file.write_text("\n".join([",".join(COLUMNS), *texts, ""]))
            name = f"{document.dataset}-{sequence}"
            given_now = Submission(name, sequence, TODAY, ZoneInfo("UTC"), giver, mode)
            try:
                ingest(lake, vault, keys, document, DataFiles((file,)), given_now)
            except IngestError:
                assert not accepted
            else:
                assert accepted
        assert by_the_engine(lake, document) == world.permitted(ConsentRules.of(document))

    check()

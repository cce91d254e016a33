"""Attack: somebody undoes a person's withdrawal without asking the person.

The record that said `none` is blanked out, dropped by a replacement, or never comes in because a
cell of its row can't be read. Each would bring the person back into the next extract if consent
were read off the records that are there. The control reads it off them, and finds the person.
"""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.vault import Vault
from policies.consent import ConsentRules, ContributorTerms, Recipient
from policies.documents import parse_dataset

TODAY = date(2026, 1, 15)
CASES = parse_dataset(
    """
dataset: cases
privacy_unit: person_id
record_key: [case_id]
columns:
  case_id:   {type: string,  role: direct_identifier, domain: case}
  person_id: {type: string,  role: direct_identifier, domain: person}
  age:       {type: integer, role: insensitive}
  consent:   {type: string,  role: consent}
  ends:      {type: date,    role: consent_end}
"""
)
GIVEN = ("c1,ana,20,pseudonymized,", "c2,bea,60,pseudonymized,")
ATTACKS = {
    "blanked": (("", "append", "c9,ana,21,none,"), ("", "append", "c9,ana,21,,")),
    "replaced": (
        ("shelter", "append", "s1,ana,21,none,"),
        ("shelter", "replace", "s2,eve,70,none,"),
    ),
    "end that can't be read": (("", "append", "c9,ana,21,none,someday"),),
    "age that can't be read": (("", "append", "c9,ana,old,none,"),),
    "key that isn't there": (("", "append", ",ana,21,none,"),),
}


@pytest.fixture
def lake_after(tmp_path):
    """Return a function: the lake after these loads."""
    home = Home.create(tmp_path / "home", name="Test", origin="test.example", timezone="UTC")
    keys = Keys.create(home)
    lake, vault = Lake.open(home, keys, threads=1), Vault.create(home, keys)

    def load(*loads):
        for sequence, (contributor, mode, *lines) in enumerate(loads, 1):
            file = tmp_path / f"{sequence}.csv"
            file.write_text("\n".join([",".join(CASES.columns), *lines, ""]))
            given = Submission(
                f"sub_{sequence}", sequence, TODAY, ZoneInfo("UTC"), contributor, mode
            )
            ingest(lake, vault, keys, CASES, DataFiles((file,)), given)
        return lake

    yield load
    lake.close()
    vault.close()


def ages_that_may_leave(lake, *, statements=read_statements):
    terms = Terms(ConsentRules.of(CASES), {"shelter": ContributorTerms()})
    product = Product("anonymized", Recipient("ngo", "research", TODAY))
    with lake.engine() as backend:
        where = (backend, lake, CASES, lake.dataset_snapshot("cases"))
        judged = judge(backend, read_snapshot(*where), statements(*where), CASES, terms, product)
        left = judged.filter(judged.weir_rule == PERMITTED)
        return sorted(backend.to_pyarrow(left.select("age"))["age"].to_pylist())


def statements_on_records(*where):
    """What a gateway would know that forgets what isn't on a record any more."""
    records = read_snapshot(*where)
    said = records.select(
        "weir_person",
        "weir_identity",
        "consent",
        "ends",
        sequence="weir_sequence",
        contributor="weir_contributor",
    )
    kept = said.filter(said.consent.notnull())
    return kept.mutate(refused=kept.sequence < 0)


@pytest.mark.parametrize("attack", ATTACKS)
def test_a_withdrawal_is_not_lost(lake_after, attack):
    lake = lake_after(("", "append", *GIVEN), *ATTACKS[attack])
    assert ages_that_may_leave(lake) == [60]


@pytest.mark.parametrize("attack", sorted(ATTACKS.keys() - {"end that can't be read"}))
def test_control_read_off_the_records_it_would_be(lake_after, attack):
    lake = lake_after(("", "append", *GIVEN), *ATTACKS[attack])
    assert 20 in ages_that_may_leave(lake, statements=statements_on_records)


def test_control_a_person_who_takes_nothing_back_stays(lake_after):
    lake = lake_after(("", "append", *GIVEN), ("", "append", "c9,ana,21,,2030-01-01"))
    assert ages_that_may_leave(lake) == [20, 60]

"""Attack: whoever takes the lake's files *and its key* looks for names.

Every table of the catalog and every Parquet file, superseded ones too, is decrypted and searched
for identifiers planted in the data. They are in the vault alone. The control is a value planted
in a plain column: if the search didn't find that one, it would find nothing at all.
"""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake import engine
from gateway.lake.connection import Lake
from gateway.lake.ingest import DataFiles, ingest
from gateway.lake.records import Submission
from gateway.lake.vault import Vault
from policies.documents import parse_dataset
from tests.attacks.decrypted import decrypted_lake, decrypted_vault

PLANTED = {
    "case_id": "planted-case-7421",
    "person_id": "Planted Person Quetzal",
    "phone": "+12025550143",
    "narrative": "she said planted-words-8810 to the worker",
}
CONTROL = "planted-control-5530"
CASES = parse_dataset(
    """
dataset: cases
privacy_unit: person_id
record_key: [case_id]
consent: assumed
consent_basis: generated
columns:
  case_id:   {type: string, role: direct_identifier, domain: case}
  person_id: {type: string, role: direct_identifier, domain: person}
  phone:     {type: string, role: direct_identifier, domain: phone, normalize: e164}
  narrative: {type: string, role: free_text}
  note:      {type: string, role: insensitive}
"""
)


@pytest.fixture
def home(tmp_path):
    """A home into which the planted record came twice, so that one file is superseded."""
    made = Home.create(tmp_path / "home", name="Test", origin="test.example", timezone="UTC")
    keys = Keys.create(made)
    lake, vault = Lake.open(made, keys, threads=1), Vault.create(made, keys)
    for sequence in (1, 2):
        file = tmp_path / f"{sequence}.csv"
        values = [*PLANTED.values(), CONTROL]
        file.write_text("case_id,person_id,phone,narrative,note\n" + ",".join(values) + "\n")
        given = Submission(f"sub_{sequence}", sequence, date(2026, 1, 1), ZoneInfo("UTC"))
        ingest(lake, vault, keys, CASES, DataFiles((file,)), given)
    lake.close()
    vault.close()
    return made


def forms(value):
    return {value, value.casefold(), value.encode().hex(), value.removeprefix("+")}


def test_planted_identifiers_are_in_the_vault_alone(home):
    keys = Keys.open(home)
    lake, vault = decrypted_lake(home, keys), decrypted_vault(home, keys)
    assert len([*home.data_dir.rglob("*.parquet")]) >= 4
    assert CONTROL in lake  # the control: the search sees what is there
    for value in PLANTED.values():
        assert value in vault
        assert not [form for form in forms(value) if form.casefold() in lake.casefold()]


def test_no_file_of_the_home_holds_a_value_in_the_clear(home):
    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert len(files) >= 6
    for path in files:
        raw = path.read_bytes()
        for value in (*PLANTED.values(), CONTROL):
            assert value.encode() not in raw, path
            assert value.encode("utf-16-le") not in raw, path


def test_the_search_of_raw_files_sees_a_value_that_is_there(home):
    (home.path / "careless.csv").write_text(CONTROL)  # the control
    with pytest.raises(AssertionError):
        test_no_file_of_the_home_holds_a_value_in_the_clear(home)


def test_spill_files_hold_no_value_in_the_clear(tmp_path):
    """A sort that doesn't fit in memory writes spill files: read them while they are there."""

    def spilled(**config):
        folder = tmp_path / ("on" if config else "off")
        connection = engine.connect(folder, memory_limit="60MB", threads=1)
        if config:
            connection.execute("SET temp_file_encryption = true")
        else:
            connection.execute("SET temp_file_encryption = false")
        engine.load_extension(connection, "httpfs")
        connection.execute(
            f"CREATE TEMP TABLE t AS SELECT i, '{CONTROL}' || repeat('x', 200) || hash(i) AS v "
            "FROM range(400000) r(i)"
        )
        raw = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        connection.close()
        assert raw
        return raw.count(CONTROL.encode())

    assert spilled(encrypted=True) == 0
    assert spilled() > 0  # the control

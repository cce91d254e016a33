"""The vault: identifiers and free text, kept once their submission is settled."""

import duckdb
import pyarrow as pa
import pytest

from gateway.errors import LakeError
from gateway.lake.vault import Vault

ROOTS = pa.array([b"a" * 16, None, b"b" * 16, b"a" * 16], pa.binary(16))
VALUES = pa.array(["Ana", "nobody", "Bea", "ana"])


def identifiers(vault):
    return vault._connection.execute(
        "SELECT value, submission FROM vault.identifiers ORDER BY ALL"
    ).fetchall()


def texts(vault):
    return [v for (v,) in vault._connection.execute("SELECT value FROM vault.texts").fetchall()]


def test_a_root_leads_back_to_its_identifier_once_settled(vault):
    vault.deposit_identifiers("sub_1", "person", ROOTS, VALUES)
    assert vault.value_of("person", b"a" * 16) is None
    vault.settle("sub_1", "cases", pa.array([], pa.binary(16)))
    assert vault.value_of("person", b"a" * 16) == "Ana"
    assert vault.value_of("phone", b"a" * 16) is None
    assert len(identifiers(vault)) == 2


def test_what_is_settled_is_not_kept_twice(vault):
    for submission in ("sub_1", "sub_2"):
        vault.deposit_identifiers(submission, "person", ROOTS, VALUES)
        vault.settle(submission, "cases", pa.array([], pa.binary(16)))
    assert {submission for _, submission in identifiers(vault)} == {"sub_1"}


def test_forgetting_a_load_leaves_what_another_brought_meanwhile(vault):
    vault.deposit_identifiers("sub_1", "person", ROOTS, VALUES)
    vault.deposit_identifiers("sub_2", "person", ROOTS, VALUES)
    vault.settle("sub_2", "cases", pa.array([], pa.binary(16)))
    vault.forget("sub_1")
    vault.forget("sub_2")  # settled: stays
    assert {submission for _, submission in identifiers(vault)} == {"sub_2"}


def test_text_of_replaced_records_goes_when_the_new_load_is_settled(vault):
    records = pa.array([b"r" * 16, b"s" * 16], pa.binary(16))
    vault.deposit_texts("sub_1", "cases", "narrative", records, pa.array(["old", "other"]))
    vault.settle("sub_1", "cases", pa.array([], pa.binary(16)))
    vault.deposit_texts("sub_2", "cases", "narrative", records[:1], pa.array(["new"]))
    assert sorted(texts(vault)) == ["new", "old", "other"]
    vault.settle("sub_2", "cases", records[:1])
    assert sorted(texts(vault)) == ["new", "other"]


def test_what_a_crash_left_is_settled_or_taken_out_by_what_the_lake_holds(vault):
    for submission in ("in-the-lake", "never-loaded"):
        vault.deposit_identifiers(submission, "person", ROOTS, VALUES)
    vault.forget_submissions({"in-the-lake"})
    assert {submission for _, submission in identifiers(vault)} == {"in-the-lake"}
    assert vault.value_of("person", b"b" * 16) == "Bea"


def test_the_vault_opens_with_its_own_key_alone(home, keys, vault):
    vault.close()
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(home.vault_file)).execute("SHOW TABLES")
    assert keys.vault() != keys.catalog()


def test_a_vault_that_is_open_is_said_to_be(home, keys, vault):
    with pytest.raises(LakeError, match="open in another process"):
        Vault.open(home, keys)


def test_a_copy_of_the_vault_taken_at_rest_is_whole(home, keys, vault, tmp_path):
    vault.deposit_identifiers("sub_1", "person", ROOTS, VALUES)
    vault.settle("sub_1", "cases", pa.array([], pa.binary(16)))
    with vault.at_rest():
        kept = home.vault_file.read_bytes()
    vault.close()
    home.vault_file.with_suffix(".duckdb.wal").unlink(missing_ok=True)
    home.vault_file.write_bytes(kept)
    again = Vault.open(home, keys)
    assert again.value_of("person", b"a" * 16) == "Ana"
    again.close()


def test_a_text_is_given_for_the_load_its_record_is_of(vault):
    records = pa.array([b"r" * 16, b"s" * 16, b"t" * 16], pa.binary(16))
    told = pa.array(["first", None, "third"])
    vault.deposit_texts("sub_1", "cases", "narrative", records, told)
    asked = pa.table({"record": records[::-1], "submission": ["sub_1"] * 3})
    assert vault.texts_of("cases", "narrative", asked).to_pylist() == [None] * 3  # not settled
    vault.settle("sub_1", "cases", pa.array([], pa.binary(16)))
    assert vault.texts_of("cases", "narrative", asked).to_pylist() == ["third", None, "first"]
    assert vault.texts_of("cases", "remark", asked).to_pylist() == [None] * 3
    assert vault.texts_of("others", "narrative", asked).to_pylist() == [None] * 3
    later = asked.set_column(1, "submission", pa.array(["sub_2", "sub_1", "sub_1"]))
    assert vault.texts_of("cases", "narrative", later).to_pylist() == [None, None, "first"]
    assert vault.texts_of("cases", "narrative", asked.slice(0, 0)).to_pylist() == []

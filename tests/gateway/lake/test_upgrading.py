"""A home from before there were links opens, and says the same, at old snapshots as well."""

from __future__ import annotations

import gc

import duckdb
import pytest

from gateway.lake import upgrading
from gateway.lake.connection import Lake
from gateway.lake.snapshots import has_identities, read_snapshot, read_statements
from gateway.lake.tables import LINKS, STATEMENTS

TABLE = "lake.hotline_cases"
REST = "2024-03-05,30,CA,Other,told,anonymized,,,,"
LINES = [f"c{n},p{n % 2},{REST}" for n in range(5)]


def everything(lake):
    """Return what is there, column by column, whatever their order."""
    with lake.cursor() as cursor:
        return [
            sorted(
                map(
                    repr,
                    cursor.execute(f"SELECT * FROM {table}")
                    .to_arrow_table()
                    .select(columns)
                    .to_pylist(),
                )
            )
            for table, columns in (
                (
                    TABLE,
                    [
                        "weir_record",
                        "weir_identity",
                        "weir_person",
                        "weir_place",
                        "weir_rank",
                        "age",
                    ],
                ),
                (STATEMENTS, ["weir_identity", "weir_person", "consent", "sequence"]),
            )
        ]


@pytest.fixture
def aged(load, cases, lake):
    """Load cases, and take away what older homes don't have; return what was there."""
    load(cases, LINES)
    whole = everything(lake)
    with lake.cursor() as cursor:
        for statement in (
            f"ALTER TABLE {TABLE} DROP COLUMN weir_identity",
            f"ALTER TABLE {TABLE} DROP COLUMN weir_place",
            f"ALTER TABLE {STATEMENTS} DROP COLUMN weir_identity",
            f"DROP TABLE {LINKS}",
        ):
            cursor.execute(statement)
    return whole


def test_an_old_home_opens_and_everybody_is_an_identity_of_their_own(aged, lake, home, keys, cases):
    old, counted = lake.snapshot_now(), lake.dataset_snapshot("hotline-cases")
    lake.close()
    again = Lake.open(home, keys, threads=1)
    try:
        assert everything(again) == aged
        assert again.dataset_snapshot("hotline-cases") == counted  # nothing is another answer now
        assert not has_identities(again, cases, old)
        with again.engine() as backend:
            for read in (read_snapshot, read_statements):
                rows = backend.to_pyarrow(read(backend, again, cases, old))
                assert rows["weir_identity"].equals(rows["weir_person"])
        with again.cursor() as cursor:
            assert cursor.execute(f"SELECT count(*) FROM {LINKS}").fetchall() == [(0,)]
    finally:
        again.close()


def test_an_upgrade_that_breaks_off_is_done_at_the_next_opening(
    aged, lake, home, keys, monkeypatch
):
    lake.close()

    class Broken(dict):
        def __getitem__(self, name):
            raise duckdb.IOException(name)

    with monkeypatch.context() as patched:
        patched.setattr(upgrading, "ADDED", Broken(upgrading.ADDED))
        with pytest.raises(Exception, match="lake reports"):
            Lake.open(home, keys, threads=1)
    gc.collect()  # a process that failed to open it would be gone
    again = Lake.open(home, keys, threads=1)
    try:
        assert everything(again) == aged
    finally:
        again.close()

from __future__ import annotations

import threading

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect, text
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

import gateway.store.tables  # noqa: F401 - registers the tables
from gateway.store.engine import open_store, reading
from gateway.store.migrations import HEAD, alembic_config, current_revision, migrate
from gateway.store.tables import Release


def _differences(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, SQLModel.metadata)


def test_migrated_schema_and_models_agree(store):
    assert _differences(store) == []


def test_a_missing_column_would_be_noticed(store):
    with store.begin() as connection:
        connection.execute(text("ALTER TABLE extract DROP COLUMN progress"))
    assert [difference[0] for difference in _differences(store)] == ["add_column"]


def test_head_is_the_newest_revision():
    assert ScriptDirectory.from_config(alembic_config()).get_current_head() == HEAD


def test_an_empty_store_has_no_revision(empty_store):
    assert current_revision(empty_store) is None


def test_migrating_twice_changes_nothing(store):
    migrate(store)
    assert current_revision(store) == HEAD


def test_a_store_of_a_newer_program_is_refused(store):
    with store.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'later'"))
    with pytest.raises(CommandError):
        migrate(store)


def test_a_migration_that_fails_leaves_nothing(empty_store):
    with empty_store.begin() as connection:
        connection.execute(text("CREATE TABLE release (id TEXT)"))
    with pytest.raises(Exception, match="release"):
        migrate(empty_store)
    assert inspect(empty_store).get_table_names() == ["release"]


EXTRACT = """
INSERT INTO extract (id, partner, dataset, agreement, policy_sha256, dataset_sha256, snapshot,
  fingerprint, basis, format, state, progress, reasons, reviews_needed, requested_at, updated_at,
  sealed_request)
VALUES ('ext_1', 'p', 'd', 'a', '', '', 1, '', '', 'csv', 'ready', 1.0, '[]', 0, '', '', :bytes)
"""
RELEASE = """
INSERT INTO release (id, {of}, partner, dataset, entry_index, settled_at, published, delete_by,
  download_until, checked_basis, sealed_manifest)
VALUES (:id, :made_of, 'p', 'd', :index, '', true, '', '', '', :bytes)
"""


def test_releases_of_an_older_store_are_kept(empty_store):
    with empty_store.begin() as connection:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text(EXTRACT), {"bytes": b"r"})
        row = {"id": "rel_1", "made_of": "ext_1", "index": 4, "bytes": b"m"}
        connection.execute(text(RELEASE.format(of="extract_id")), row)
    migrate(empty_store)
    with reading(empty_store) as session:
        release = session.get_one(Release, "rel_1")
    assert (release.extract_id, release.aggregate_id) == ("ext_1", None)
    assert release.sealed_manifest == b"m"
    assert _differences(empty_store) == []


@pytest.mark.parametrize("of", ["extract_id", "aggregate_id"])
def test_a_release_is_made_of_one_thing_that_is_there(store, of):
    for made_of in (None, "none"):
        row = {"id": "rel_1", "made_of": made_of, "index": 0, "bytes": b"m"}
        with pytest.raises(IntegrityError), store.begin() as connection:
            connection.execute(text(RELEASE.format(of=of)), row)


def test_processes_that_start_together_migrate_once(store_url):
    failures = []

    def start():
        engine = open_store(store_url)
        try:
            migrate(engine)
        except Exception as failure:  # noqa: BLE001 - any failure fails the test
            failures.append(failure)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []

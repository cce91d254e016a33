from __future__ import annotations

import threading

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import inspect, text
from sqlmodel import SQLModel

import gateway.store.tables  # noqa: F401 - registers the tables
from gateway.store.engine import open_store
from gateway.store.migrations import HEAD, alembic_config, current_revision, migrate


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

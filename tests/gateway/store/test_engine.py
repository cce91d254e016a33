from __future__ import annotations

import stat
from multiprocessing import get_context

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from gateway.store.engine import insert_once, open_store, reading, writing
from gateway.store.tables import AssertionSeen, Release
from tests.racing import at_once


def _seen(jti="1"):
    return AssertionSeen(client="harbor", jti=jti, expires_at=10)


def _count(engine):
    with reading(engine) as session:
        return len(session.exec(select(AssertionSeen)).all())


def test_what_is_written_can_be_read(store):
    with writing(store) as session:
        session.add(_seen())
    assert _count(store) == 1


def test_a_block_that_raises_writes_nothing(store):
    def fail_halfway():
        with writing(store) as session:
            session.add(_seen())
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        fail_halfway()
    assert _count(store) == 0


def test_a_reader_cannot_write(store):
    with reading(store) as session:
        session.add(_seen())
        with pytest.raises(DBAPIError, match=r"(?i)read-?only"):
            session.flush()
    assert _count(store) == 0


def test_a_writer_can_write_after_a_reader_used_the_connection(store):
    for number in range(3):
        _count(store)
        with writing(store) as session:
            session.add(_seen(str(number)))
    assert _count(store) == 3


def test_rows_can_be_used_after_the_transaction(store):
    with writing(store) as session:
        row = _seen()
        session.add(row)
    assert row.expires_at == 10


def test_references_are_enforced(store):
    orphan = Release(
        id="rel_1",
        extract_id="ext_none",
        partner="harbor",
        dataset="cases",
        entry_index=0,
        settled_at="",
        delete_by="",
        download_until="",
        checked_snapshot=0,
        manifest=b"",
    )
    with pytest.raises(IntegrityError), writing(store) as session:
        session.add(orphan)


def test_insert_once_tells_the_second_that_it_is_second(store):
    with writing(store) as session:
        assert insert_once(session, _seen())
        assert not insert_once(session, _seen())
        assert insert_once(session, _seen("2"))
    assert _count(store) == 2


def test_insert_once_is_true_once_among_threads(store):
    def insert():
        with writing(store) as session:
            return insert_once(session, _seen())

    told = at_once(*[insert] * 6)
    assert sorted(told) == [False] * 5 + [True]


def _spend(url, times, queue):
    engine = open_store(url)
    granted = 0
    for _ in range(times):
        with writing(engine) as session:
            left = "UPDATE assertion_seen SET expires_at = expires_at - 1 WHERE expires_at > 0"
            granted += session.connection().execute(text(left)).rowcount
    engine.dispose()
    queue.put(granted)


def test_a_conditional_update_never_overspends_between_processes(store, store_url):
    with writing(store) as session:
        session.add(_seen())
    spawn = get_context("spawn")
    queue = spawn.Queue()
    processes = [spawn.Process(target=_spend, args=(store_url, 8, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    granted = [queue.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    assert sum(granted) == 10


def test_a_reader_does_not_wait_for_a_writer(store):
    with writing(store) as session:
        session.add(_seen())
        session.flush()
        assert _count(store) == 0


@pytest.fixture
def sqlite_store(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield engine
    engine.dispose()


@pytest.mark.parametrize(
    ("pragma", "value"),
    [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("secure_delete", 1)],
)
def test_sqlite_is_durable_and_erases_what_it_deletes(sqlite_store, pragma, value):
    with sqlite_store.connect() as connection:
        assert connection.execute(text(f"PRAGMA {pragma}")).scalar() == value


def test_sqlite_file_is_the_owners_alone(sqlite_store, tmp_path):
    with sqlite_store.begin() as connection:
        connection.execute(text("CREATE TABLE t (x)"))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.glob("store.sqlite*")}
    assert modes == {0o600}


def test_deleted_bytes_are_gone_from_the_file(sqlite_store, tmp_path):
    with sqlite_store.begin() as connection:
        connection.execute(text("CREATE TABLE t (x TEXT)"))
        connection.execute(text("INSERT INTO t VALUES ('planted-secret-value')"))
    with sqlite_store.begin() as connection:
        connection.execute(text("DELETE FROM t"))
    with sqlite_store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("store.sqlite*"))
    assert b"planted-secret-value" not in stored

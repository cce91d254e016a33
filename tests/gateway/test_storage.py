from __future__ import annotations

import errno
import sqlite3

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError

from gateway.errors import StorageFullError
from gateway.storage import noticing_a_full_disk
from gateway.store.engine import open_store, writing


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_the_system_says_that_the_disk_is_full(number):
    with pytest.raises(StorageFullError, match="make room"), noticing_a_full_disk():
        raise OSError(number, "no room")


def test_other_errors_stay_what_they_are():
    with pytest.raises(FileNotFoundError), noticing_a_full_disk():
        raise FileNotFoundError(errno.ENOENT, "no such file")
    with pytest.raises(OperationalError), noticing_a_full_disk():
        raise OperationalError("SELECT", {}, sqlite3.OperationalError("database is locked"))


def test_postgresql_says_that_the_disk_is_full():
    class DiskFullError(Exception):
        sqlstate = "53100"

    with pytest.raises(StorageFullError), noticing_a_full_disk():
        raise OperationalError("INSERT", {}, DiskFullError())


def test_a_full_store_undoes_the_transaction_and_tells_no_value(tmp_path):
    store = open_store(f"sqlite:///{tmp_path / 'store.sqlite'}")
    event.listen(store, "connect", lambda raw, _: raw.execute("PRAGMA max_page_count = 8"))
    with writing(store) as session:
        session.execute(text("CREATE TABLE kept (value TEXT)"))
        session.execute(text("INSERT INTO kept VALUES ('before')"))
    with pytest.raises(StorageFullError) as caught, writing(store) as session:
        session.execute(text("INSERT INTO kept VALUES (:value)"), {"value": "secret" * 10_000})
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__
    with writing(store) as session:
        assert session.execute(text("SELECT value FROM kept")).all() == [("before",)]
    store.dispose()

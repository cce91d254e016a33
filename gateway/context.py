"""An open home: everything a request, a job or a command works with."""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from gateway.clock import Clock
from gateway.errors import GatewayRunningError, HomeError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.connection import Lake
from gateway.lake.prepared import PreparedStore
from gateway.lake.token_vault import TokenVault
from gateway.lake.vault_door import VaultDoor
from gateway.log import AuditLog
from gateway.registry import Registry
from gateway.store.engine import open_store
from gateway.store.migrations import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

DEFAULT_URL = "http://127.0.0.1:8450"


class Queue(Protocol):
    """Where work waits to be done. Enqueueing the same id twice does nothing more."""

    def enqueue(self, work_id: str, /) -> None:
        """Do this work, now or after a restart, exactly once."""


class SubmissionsQueue(Queue, Protocol):
    """Where submissions wait to be checked, once more after each decision."""

    def ensure(self, work_id: str, /) -> None:
        """Enqueue this one unless it is there: its check may have met a full disk."""


class NoQueue:
    """Outside a running gateway: work waits until the gateway starts."""

    def enqueue(self, work_id: str, /) -> None:
        """Leave it waiting; the gateway picks it up at start-up."""

    def ensure(self, work_id: str, /) -> None:
        """Leave it waiting as well."""


@dataclass(frozen=True)
class Context:
    """The rooms of one open home.

    Attributes:
        public_url: base address that partners use; issuer and audience derive from it.
        queue: where requested extracts are made. submissions: where received files are checked.
        prepared: records in the form that aggregates count.
        stopping: set when the gateway ends; work that is under way stops at its next stage.
    """

    home: Home
    keys: Keys
    clock: Clock
    store: Engine
    lake: Lake
    vault: VaultDoor
    tokens: TokenVault
    log: AuditLog
    registry: Registry
    public_url: str = DEFAULT_URL
    queue: Queue = field(default_factory=NoQueue)
    submissions: SubmissionsQueue = field(default_factory=NoQueue)
    prepared: PreparedStore = field(default_factory=PreparedStore)
    stopping: threading.Event = field(default_factory=threading.Event)


def store_url(home: Home) -> str:
    """Return the store's address: `WEIR_STORE_URL`, else SQLite in the home."""
    return os.environ.get("WEIR_STORE_URL") or f"sqlite:///{home.store_file}"


@contextlib.contextmanager
def sole_owner(lock_file: Path) -> Iterator[None]:
    """Hold the home's lock: one process owns an embedded lake.

    Raises:
        GatewayRunningError: another process has this home open.
    """
    handle = os.open(lock_file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise GatewayRunningError(
                "this home is open in another process; stop it, or wait until it is done",
            ) from None
        yield
    finally:
        os.close(handle)


@contextlib.contextmanager
def open_context(
    path: Path,
    *,
    clock: Clock | None = None,
    public_url: str = DEFAULT_URL,
) -> Iterator[Context]:
    """Open a home for as long as the block lasts, and mend what a crash left behind.

    Raises:
        HomeError: there is no home at `path`, or the store is another home's.
        KeysError: the master key is missing or belongs to another home.
        GatewayRunningError: another process has it open.
    """
    from gateway.recovery import recover

    with open_rooms(path, clock=clock, public_url=public_url) as context:
        if not context.log.is_of_this_home():
            raise HomeError(
                "this store holds another home: name this home's own in WEIR_STORE_URL, or an "
                "empty database for a new home",
            )
        recover(context)
        yield context


@contextlib.contextmanager
def open_rooms(
    path: Path,
    *,
    clock: Clock | None = None,
    public_url: str = DEFAULT_URL,
) -> Iterator[Context]:
    """Open a home as it lies there, nothing mended; for whoever only looks.

    Raises:
        HomeError, KeysError, GatewayRunningError: as `open_context`.
    """
    home = Home.open(path)
    with sole_owner(home.lock_file), contextlib.ExitStack() as stack:
        keys, clock = Keys.open(home), clock or Clock()
        store = open_store(store_url(home))
        stack.callback(store.dispose)
        migrate(store)
        lake = Lake.open(home, keys)
        stack.callback(lake.close)
        tokens = TokenVault(home, keys)
        stack.callback(tokens.close)
        log = AuditLog(store=store, keys=keys, clock=clock, home=home)
        yield Context(
            home=home,
            keys=keys,
            clock=clock,
            store=store,
            lake=lake,
            vault=VaultDoor(home, keys),
            tokens=tokens,
            log=log,
            registry=Registry(store),
            public_url=public_url,
        )

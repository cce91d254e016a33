"""What every test may use: real data where it lies beside the checkout, clocks, effort."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from gateway.clock import Clock
from policies.reasons import Reason

# A shell that starts tests in the background lets them ignore Ctrl-C, and every program they
# start as well; tests that press it need it back.
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is, nothing else.
settings.register_profile("weir", deadline=None, print_blob=True)
settings.load_profile("weir")

pytest_plugins = ["tests.store_fixtures"]

ROOT = Path(__file__).resolve().parents[1]


class FixedClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment

    def move(self, **steps: float) -> None:
        self.moment += timedelta(**steps)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data; tests that need it say so when it isn't there."""
    folder = Path(os.environ.get("WEIR_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real data (WEIR_REAL_DATA, or ../shared/data) isn't on this machine")
    return folder


@pytest.fixture(scope="session")
def effort() -> int:
    """How much slower tests may try: 1 by default, more where WEIR_TEST_EFFORT says `ci`."""
    return 5 if os.environ.get("WEIR_TEST_EFFORT") == "ci" else 1


@pytest.fixture(scope="session")
def thorough(effort: int) -> None:
    """Keep a slow test, of what quicker ones look at too, for WEIR_TEST_EFFORT=ci."""
    if effort == 1:
        pytest.skip("a slow one: WEIR_TEST_EFFORT=ci runs it")


@pytest.fixture(autouse=True)
def _decided_anew() -> None:
    """Let a test that changes how questions are decided not get what an earlier one decided."""
    decisions = sys.modules.get("gateway.aggregates.decisions")
    if decisions is not None:
        decisions._evaluated.cache_clear()


@pytest.fixture(scope="session", autouse=True)
def _facts_are_texts():
    """Look at each fact of each reason where it is made: what an engine counted may be a number.

    Only wording would notice it, which most tests don't come to.
    """
    made = Reason.__init__

    def looked_at(reason, *arguments, **named):
        made(reason, *arguments, **named)
        assert all(type(fact) is str for fact in reason.params.values()), reason

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Reason, "__init__", looked_at)
        yield


@pytest.fixture(scope="session", autouse=True)
def _extensions_believed():
    """Spare DuckDB, in this process, the check of its extensions' signatures at each opening.

    It takes a third of the time that it takes to open a home. Gateways and commands that tests
    start check them, and so does `signatures_checked`.
    """
    import duckdb

    checked = duckdb.connect

    def believing(*arguments, config=None, **named):
        if config is not None and "autoload_known_extensions" in config:
            config = {**config, "allow_unsigned_extensions": "true"}
        return checked(*arguments, config=config or {}, **named)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(duckdb, "connect", believing)
        patched.setattr(believing, "checked", checked, raising=False)
        yield


@pytest.fixture
def signatures_checked(monkeypatch):
    """Open DuckDB as production does."""
    import duckdb

    monkeypatch.setattr(duckdb, "connect", duckdb.connect.checked)

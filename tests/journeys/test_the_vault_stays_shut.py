"""A gateway that serves partners needs no identifier vault; a load does, and says so."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

from gateway.errors import RemoteError
from tests.journeys.served_homes import founded, load, serve


def open_files():
    """Yield the files that this process, which is the gateway's, has open."""
    for handle in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # closed meanwhile
            yield handle.readlink()


def test_partners_pull_while_the_vault_is_away(tmp_path):
    with founded(tmp_path, "sqlite") as home, serve(home) as served:
        load(served, 1, 40)
        vault, away = served.path / "vault.duckdb", tmp_path / "kept-elsewhere"
        assert vault not in open_files()
        assert served.path / "lake" / "catalog.duckdb" in open_files()  # the control
        shutil.move(vault, away)
        assert served.pull("harbor", "cases.csv").manifest["rows"] == 40
        with pytest.raises(RemoteError) as caught:
            load(served, 41, 60)
        assert f"the identifier vault {vault} isn't there: loading needs it" in str(caught.value)
        assert "restore it from a backup" in str(caught.value)
        assert not vault.exists()  # an empty one would hide the loss
        assert served.command("dataset.show", dataset="cases")["records"] == 40
        shutil.move(away, vault)
        assert load(served, 41, 60)["accepted"] == 20


def test_a_gateway_starts_without_the_vault(tmp_path):
    with founded(tmp_path, "sqlite") as home:
        with serve(home) as served:
            load(served, 1, 40)
        (home.path / "vault.duckdb").rename(tmp_path / "kept-elsewhere")
        with serve(home) as served:
            assert served.pull("harbor", "cases.csv").manifest["rows"] == 40

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from gateway.context import open_context, sole_owner
from gateway.errors import GatewayRunningError, HomeError, KeysError
from tests.small_homes import copy_home, template_of


@pytest.fixture
def home(tmp_path_factory, tmp_path):
    return copy_home(template_of(tmp_path_factory), tmp_path)


def test_a_home_is_open_in_one_process_at_a_time(home):
    with open_context(home), pytest.raises(GatewayRunningError), open_context(home):
        pass
    with open_context(home) as again:
        assert again.home.path == home


def test_another_process_is_kept_out_until_this_one_ends(tmp_path):
    lock = tmp_path / "lock"
    code = f"from gateway.context import sole_owner\nwith sole_owner({str(lock)!r}): pass"
    with sole_owner(lock):
        refused = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert b"GatewayRunningError" in refused.stderr
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_that_is_no_home_is_named(tmp_path):
    with pytest.raises(HomeError, match="weir init"), open_context(tmp_path / "nothing"):
        pass


def test_a_home_does_not_open_with_another_homes_key(home, tmp_path_factory):
    other = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("other"))
    key = home.with_name("home.key")
    key.write_bytes(bytes(reversed(key.read_bytes())))
    with pytest.raises(KeysError), open_context(home):
        pass
    shutil.copy2(other.with_name("home.key"), key)
    with open_context(home) as context:
        assert context.registry.datasets() == ["cases"]


def test_a_home_that_was_moved_opens_where_it_is(home):
    moved = home.with_name("moved")
    home.rename(moved)
    for beside in ("key", "checkpoint"):
        home.with_name(f"home.{beside}").rename(home.with_name(f"moved.{beside}"))
    with open_context(moved) as context:
        assert context.lake.count("cases") == (40, 40)
        context.log.sign()

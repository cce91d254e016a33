"""A disk that fills under a load and under an extract: clear errors, and nothing is lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.crashes.gateways import CHECKOUT

MEGABYTES = 96


@pytest.fixture(scope="module")
def seen(thorough, tmp_path_factory):
    disk, elsewhere = (tmp_path_factory.mktemp(name) for name in ("disk", "elsewhere"))
    script = [sys.executable, "-m", "tests.crashes.full_disk"]
    mount = f"mount -t tmpfs -o size={MEGABYTES}m none {disk}"
    apart = ["unshare", "--map-root-user", "--mount", "sh", "-c"]
    if subprocess.run([*apart, mount], check=False, capture_output=True).returncode == 0:
        command = [*apart, f'{mount} && exec "$@"', "sh", *script, "disk"]
    else:
        command = [*script, "files"]
    done = subprocess.run(
        [*command, str(disk), str(elsewhere)],
        check=False,
        capture_output=True,
        cwd=CHECKOUT,
        env=dict(os.environ),
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_a_load_says_what_to_do_and_changes_nothing(seen):
    status, said = seen["load"]
    before, full, kept, _ = seen["records"]
    assert status == 1
    assert "no room is left on the disk" in said
    assert "make room" in said
    assert full == kept == before > 0


def test_the_same_load_succeeds_once_there_is_room(seen):
    before, _, _, after = seen["records"]
    assert seen["loaded"] > 0
    assert after > before


def test_an_extract_fails_with_its_reason_and_leaves_no_files(seen):
    first, failed, _, _, _ = seen["pulls"]
    state, said = failed
    assert first > 0
    assert state == "failed"
    assert "(storage-full)" in " ".join(said)
    assert seen["files"] == 1


def test_what_was_ready_is_read_on_a_full_disk(seen):
    first, _, read, _, _ = seen["pulls"]
    assert read == first


def test_the_same_extract_succeeds_once_there_is_room(seen):
    _, _, _, again, later = seen["pulls"]
    assert again == later > 0
    assert seen["broken"] == []

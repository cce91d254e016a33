"""The token vault: drawn once, kept before it is returned, and nothing computes it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import duckdb
import pyarrow as pa
import pytest

from gateway.errors import LakeError
from gateway.homes import Home
from gateway.keys import Keys
from gateway.lake.token_vault import TokenScope, TokenVault

SCOPE = TokenScope("harbor", "harbor-2026", "cases", "person", "2026")


def roots(*letters):
    values = [None if letter is None else letter.encode() * 16 for letter in letters]
    return pa.array(values, pa.binary(16))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    home = Home.create(
        tmp_path_factory.mktemp("vault") / "home", name="T", origin="t.example/log", timezone="UTC"
    )
    keys = Keys.create(home)
    TokenVault.create(home, keys)
    return home, keys


@pytest.fixture
def home(made, tmp_path):
    path = tmp_path / "home"
    shutil.copytree(made[0].path, path)
    shutil.copy2(made[0].key_file, f"{path}.key")
    return Home.open(path)


@pytest.fixture
def vault(home):
    opened = TokenVault(home, Keys.open(home))
    yield opened
    opened.close()


def test_a_root_has_one_token_and_null_has_none(vault):
    first = vault.tokens(SCOPE, roots("a", None, "b", "a")).to_pylist()
    assert first[1] is None
    assert first[0] == first[3] != first[2]
    assert {len(token) for token in first if token} == {16}
    assert vault.tokens(SCOPE, roots("b", "c", "a")).to_pylist()[::2] == [first[2], first[0]]
    assert vault.tokens(SCOPE, roots()).to_pylist() == []


@pytest.mark.parametrize("part", ["partner", "agreement", "dataset", "domain", "epoch"])
def test_every_part_of_a_scope_separates_tokens(vault, part):
    other = TokenScope(**{**vars(SCOPE), part: "o'ther"})
    assert vault.tokens(SCOPE, roots("a")) != vault.tokens(other, roots("a"))
    assert vault.tokens(other, roots("a")) == vault.tokens(other, roots("a"))


def test_two_homes_with_the_same_keys_have_other_tokens(home, tmp_path):
    """No key decides a token: the control of derived ones is in tests/attacks."""
    twin = tmp_path / "twin"
    shutil.copytree(home.path, twin)
    shutil.copy2(home.key_file, f"{twin}.key")
    both = [Home.open(path) for path in (home.path, twin)]
    tokens = [TokenVault(one, Keys.open(one)).tokens(SCOPE, roots("a")) for one in both]
    assert tokens[0] != tokens[1]


def test_tokens_outlive_the_process_and_lie_there_encrypted(home):
    vault = TokenVault(home, Keys.open(home))
    (token,) = vault.tokens(SCOPE, roots("a")).to_pylist()
    vault.close()
    stored = home.token_vault_file.read_bytes()
    assert token not in stored
    assert b"harbor" not in stored
    assert home.token_vault_file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(duckdb.Error):
        duckdb.connect().execute(f"ATTACH '{home.token_vault_file}' AS t")
    again = TokenVault(home, Keys.open(home))
    assert again.tokens(SCOPE, roots("a")).to_pylist() == [token]
    again.close()


def test_a_token_is_on_the_disk_before_it_is_returned(home):
    """The process is killed as soon as it has said its token."""
    program = (
        "import sys, time, pyarrow as pa\n"
        "from pathlib import Path\n"
        "from gateway.homes import Home\nfrom gateway.keys import Keys\n"
        "from gateway.lake.token_vault import TokenScope, TokenVault\n"
        "home = Home.open(Path(sys.argv[1]))\n"
        f"scope = {SCOPE!r}\n"
        "root = pa.array([b'a' * 16], pa.binary(16))\n"
        "token = TokenVault(home, Keys.open(home)).tokens(scope, root)[0].as_py()\n"
        "print(token.hex(), flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(home.path)], stdout=subprocess.PIPE, text=True
    ) as process:
        said = process.stdout.readline().strip()
        os.kill(process.pid, signal.SIGKILL)
    vault = TokenVault(home, Keys.open(home))
    assert vault.tokens(SCOPE, roots("a")).to_pylist() == [bytes.fromhex(said)]
    vault.close()


def test_a_call_that_fails_keeps_nothing(vault, monkeypatch):
    def fail(count):
        raise OSError("no randomness")

    with monkeypatch.context() as patched:
        patched.setattr("gateway.lake.token_vault._random", fail)
        with pytest.raises(OSError, match="no randomness"):
            vault.tokens(SCOPE, roots("a"))
    (scopes,) = vault._connection.execute("SELECT count(*) FROM tokens.scopes").fetchone()
    assert scopes == 0
    assert vault.tokens(SCOPE, roots("a")).null_count == 0


def test_threads_that_ask_at_once_get_the_same_tokens(vault):
    answers = []
    asking = [
        threading.Thread(target=lambda: answers.append(vault.tokens(SCOPE, roots("a", "b"))))
        for _ in range(4)
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert len({tuple(answer.to_pylist()) for answer in answers}) == 1


def test_erased_tokens_are_gone_and_others_stay(vault):
    second = TokenScope(**{**vars(SCOPE), "agreement": "harbor-2027"})
    other = TokenScope(**{**vars(SCOPE), "partner": "lantern"})
    before = [vault.tokens(scope, roots("a", "b")) for scope in (SCOPE, second, other)]
    assert vault.erase("harbor", "harbor-2026") == 2
    after = [vault.tokens(scope, roots("a", "b")) for scope in (SCOPE, second, other)]
    assert [new == old for new, old in zip(after, before, strict=True)] == [False, True, True]
    assert vault.erase("harbor") == 4
    assert vault.erase("nobody") == 0


def test_the_secret_of_an_order_is_one_until_it_is_erased(home, vault):
    asked = [
        ("harbor", "harbor-2026", "cases"),
        ("harbor", "harbor-2026", "o'thers"),
        ("harbor", "harbor-2027", "cases"),
        ("lantern", "harbor-2026", "cases"),
    ]
    first = [vault.order_secret(*one) for one in asked]
    assert {len(secret) for secret in first} == {32}
    assert len(set(first)) == len(asked)
    vault.close()
    vault = TokenVault(home, Keys.open(home))
    assert [vault.order_secret(*one) for one in asked] == first
    assert vault.erase("harbor", "harbor-2026") == 0
    again = [vault.order_secret(*one) for one in asked]
    assert [new == old for new, old in zip(again, first, strict=True)] == [False, False, True, True]
    vault.close()


def test_a_vault_that_is_gone_is_not_replaced_by_an_empty_one(home, vault):
    home.token_vault_file.unlink()
    with pytest.raises(LakeError, match=r"the token vault .* isn't there"):
        vault.tokens(SCOPE, roots("a"))
    assert not home.token_vault_file.exists()


def test_a_hundred_thousand_tokens_take_seconds(vault):
    many = pa.array([number.to_bytes(16, "big") for number in range(100_000)], pa.binary(16))
    start = time.perf_counter()
    tokens = vault.tokens(SCOPE, many)
    assert len(set(tokens.to_pylist())) == 100_000
    assert vault.tokens(SCOPE, many[::-1]).to_pylist() == tokens.to_pylist()[::-1]
    assert time.perf_counter() - start < 20

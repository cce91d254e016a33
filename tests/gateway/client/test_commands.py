"""`weir pull` and `weir verify` as people run them: what they print, and how they end."""

from __future__ import annotations

import json
from functools import partial

import httpx
import pytest
import typer
from typer.testing import CliRunner

from gateway import client
from gateway.cli.pull import pull as pull_command
from gateway.cli.verify import verify as verify_command

app = typer.Typer()
app.command("pull")(pull_command)
app.command("verify")(verify_command)


@pytest.fixture
def weir(monkeypatch, gateway, tmp_path, naps):
    """Run a command against the gateway at hand, in an empty folder."""
    through = partial(client.pull_to_file, transport=gateway.transport)
    monkeypatch.setattr(client, "pull_to_file", through)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def pull_options(key_file, tmp_path, fake):
    asked = {
        "--server": fake.url,
        "--client": fake.partner,
        "--key": key_file,
        "--dataset": "hotline-cases",
        "--purpose": "research",
        "--output": tmp_path / "cases.parquet",
    }
    return [part for option in asked.items() for part in option]


def test_a_pull_says_what_came_and_how_it_is_known(weir, pull_options, gateway):
    done = weir("pull", *pull_options)
    assert done.exit_code == 0
    assert "1,000 rows, k-anonymous extract" in done.stdout
    assert gateway.signer.vkey.fingerprint in done.stdout
    assert "pinned" in done.stdout
    assert "delete it by 2027-01-01" in done.stdout


def test_a_gateway_that_is_starting_is_waited_for_with_a_word(weir, pull_options, gateway, fake):
    gateway.faults = [httpx.ConnectError("refused")] * 3
    done = weir("pull", *pull_options)
    assert done.exit_code == 0
    assert done.stderr.count(f"{fake.url} takes no connection yet; trying for a while") == 1
    assert "takes no connection" not in done.stdout


def test_a_pull_that_waits_for_an_officer_says_so_once(weir, pull_options, gateway):
    waits = {"state": "in_review", "progress": 0.95}
    gateway.states = [waits, waits, {"state": "ready", "progress": 1}]
    done = weir("pull", *pull_options)
    assert done.exit_code == 0
    assert done.stderr.count("an officer reviews this extract first") == 1
    assert "Ctrl-C is safe" in done.stderr


def test_a_gateway_that_stays_away_ends_with_1_and_what_to_do(weir, pull_options, gateway):
    gateway.faults = [httpx.ConnectError("refused")] * 30
    done = weir("pull", *pull_options)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Is the gateway running (weir serve)" in done.stderr


def test_a_pull_can_print_json(weir, pull_options):
    shown = json.loads(weir("pull", *pull_options, "--json").stdout)
    assert (shown["rows"], shown["verified"], shown["first_pull"]) == (1000, True, True)


def test_a_pull_asks_with_columns_and_filters(weir, pull_options, gateway):
    weir("pull", *pull_options, "--columns", "month,noise", "--where", "month in 2024-03")
    posted = next(r for r in gateway.seen if r.url.path == "/v1/extracts")
    body = json.loads(posted.content)
    assert body["columns"] == ["month", "noise"]
    assert body["where"] == [{"column": "month", "in": ["2024-03"]}]


def test_a_refusal_ends_with_1_and_its_reasons_on_stderr(weir, pull_options, gateway, fake):
    reasons = [{"rule": "r", "params": {}, "message": "El propósito no está cubierto"}]
    gateway.faults = [None, None, fake.problem(403, "refused", "Denegado", reasons=reasons)]
    done = weir("pull", *pull_options, "--language", "es")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "Denegado" in done.stderr
    assert "El propósito no está cubierto" in done.stderr


@pytest.mark.parametrize(
    "wrong", [("--where", "state = CA"), ("--format", "docx"), ("--wait", "-1")]
)
def test_a_wrong_command_ends_with_2(weir, pull_options, gateway, wrong):
    assert weir("pull", *pull_options, *wrong).exit_code == 2
    assert gateway.seen == []


def test_an_output_without_a_known_ending_asks_for_the_format(weir, pull_options, tmp_path):
    done = weir("pull", *pull_options[:-1], tmp_path / "cases")
    assert done.exit_code == 2
    assert "--format" in done.stderr


@pytest.fixture
def pulled(weir, pull_options, tmp_path):
    weir("pull", *pull_options)
    return tmp_path / "cases.parquet"


def test_verify_with_a_key_ends_with_0(weir, pulled, key_file):
    done = weir("verify", pulled, "--vkey", f"{key_file}.vkey")
    assert (done.exit_code, done.stderr) == (0, "")
    assert "verified" in done.stdout


def test_verify_without_a_key_ends_with_1(weir, pulled):
    done = weir("verify", pulled)
    assert (done.exit_code, done.stdout) == (1, "")
    assert "contents match, signer unknown" in done.stderr


@pytest.mark.parametrize("place", ["beside", "here"])
def test_verify_finds_a_pinned_key(weir, pulled, key_file, tmp_path, place):
    folder = pulled.parent if place == "beside" else tmp_path / "here"
    (folder / "harbor.pem.vkey").write_bytes(key_file.with_name("harbor.pem.vkey").read_bytes())
    (folder / "damaged.vkey").write_text("nonsense")
    assert weir("verify", pulled).exit_code == 0


def test_verify_does_not_choose_between_two_keys_of_one_log(weir, pulled, key_file, other_signer):
    pinned = key_file.with_name("harbor.pem.vkey").read_bytes()
    (pulled.parent / "one.vkey").write_bytes(pinned)
    (pulled.parent / "two.vkey").write_text(str(other_signer.vkey))
    assert weir("verify", pulled).exit_code == 1


def test_verify_names_the_broken_link_in_json(weir, pulled):
    pulled.write_bytes(b"changed")
    done = weir("verify", pulled, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["broken_link"] == "file"

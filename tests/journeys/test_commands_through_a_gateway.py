"""The same commands with a running gateway and without one; gateways that are killed."""

from __future__ import annotations

import json
import shutil
import signal
from datetime import UTC, datetime

import pytest

from tests.journeys.consoles import Console
from tests.small_homes import POLICY, as_csv, copy_home, people, template_of

SERVE = "weir serve --port 0 &"
LOOKING = (
    "weir dataset show cases --json",
    "weir policy apply odd.yaml",
    "weir dataset load cases empty.csv",
    "weir audit check",
)


@pytest.fixture(scope="module")
def terminal(tmp_path_factory):
    """A terminal beside a small home, with files to use."""
    folder = tmp_path_factory.mktemp("terminal")
    home = copy_home(template_of(tmp_path_factory), folder)
    (folder / "new.yaml").write_text(POLICY.replace("k: 3", "k: 4"))
    (folder / "odd.yaml").write_text(POLICY.replace("k: 3", "k: three"))
    (folder / "empty.csv").write_text("")
    (folder / "more.csv").write_text(as_csv(people(41, 44)))
    opened = Console(folder, WEIR_HOME=str(home))
    yield opened
    opened.close()


@pytest.fixture
def home(terminal):
    return terminal.folder / "home"


def test_every_command_says_and_does_the_same_with_a_gateway_and_without(terminal, home):
    alone = [terminal.type(command) for command in LOOKING]
    assert "is up at http://127.0.0.1:" in terminal.type(SERVE).output
    assert (home / "weir.sock").stat().st_mode & 0o777 == 0o600
    through = [terminal.type(command) for command in LOOKING]
    assert through == alone
    assert {one.status for one in alone} == {0, 1}
    assert terminal.stop().status == 0
    assert not (home / "weir.sock").exists()


@pytest.mark.usefixtures("thorough")
def test_changes_through_the_one_gateway_are_there_without_it(terminal):
    terminal.type(SERVE)
    before = json.loads(terminal.type("weir dataset show cases --json").output)["records"]
    assert terminal.type("weir dataset load cases more.csv").status == 0
    assert terminal.type("weir policy apply new.yaml").status == 0
    second = terminal.type("weir serve --port 0")
    assert second.status == 1
    assert "open in another process" in second.output
    assert terminal.type("weir partner suspend lantern").status == 0
    assert terminal.stop(signal.SIGTERM).status == 0
    assert json.loads(terminal.type("weir dataset show cases --json").output)["records"] > before
    assert "(Lantern), ngo, suspended" in terminal.type("weir partner list").output


def test_a_killed_gateway_leaves_a_home_that_works(terminal, home):
    terminal.type(SERVE)
    terminal.stop(signal.SIGKILL)
    assert (home / "weir.sock").exists()
    assert terminal.type("weir review list").output == "Nothing waits for review.\n"
    assert "is up at" in terminal.type(SERVE).output
    assert terminal.type("weir review list").output == "Nothing waits for review.\n"
    assert terminal.stop().status == 0


@pytest.mark.usefixtures("thorough")
def test_a_backup_taken_while_serving_is_restored_elsewhere(terminal, home, tmp_path):
    terminal.type(SERVE)
    taken = terminal.type(f"weir backup {tmp_path}/taken.backup")
    assert taken.status == 0, taken.output
    terminal.stop()
    other = tmp_path / "machine" / "home"
    other.parent.mkdir()
    shutil.copy2(f"{home}.key", f"{other}.key")
    restored = terminal.type(f"weir restore {tmp_path}/taken.backup --home {other}")
    assert "all whole" in restored.output, restored.output
    shown = [terminal.type(f"weir dataset show cases --json --home {h}") for h in (home, other)]
    assert shown[0].output == shown[1].output


@pytest.mark.usefixtures("thorough")
def test_a_partner_pulls_and_verifies_from_its_own_terminal(terminal, tmp_path):
    """From a key pair to a verified file, by commands alone."""
    partner = Console(tmp_path)
    assert partner.type("weir partner keygen pier").status == 0
    shutil.copy2(tmp_path / "pier.jwks.json", terminal.folder)
    year = datetime.now(UTC).year
    agreement = {
        "agreement": "pier-asks",
        "dataset": "cases",
        "policy": "for-ngos",
        "purposes": ["research"],
        "starts": f"{year}-01-01",
        "ends": f"{year + 1}-12-31",
    }
    declared = {"partner": "pier", "name": "Pier", "class": "ngo", "jwks_file": "pier.jwks.json"}
    (terminal.folder / "pier.yaml").write_text(json.dumps({**declared, "agreements": [agreement]}))
    added = terminal.type("weir partner add pier.yaml")
    assert added.status == 0, added.output
    url = terminal.type(SERVE).output.split("is up at ")[1].split()[0]
    asked = f"weir pull --server {url} --client pier --key pier.pem --dataset cases"
    pulled = partner.type(f"{asked} --purpose research --output cases.csv --json")
    assert pulled.status == 0, pulled.output
    assert json.loads(pulled.output)["rows"] >= 40
    assert partner.type("weir verify cases.csv").status == 0
    assert json.loads(partner.type("weir verify cases.csv --json").output)["outcome"] == "verified"
    refused = partner.type(f"{asked} --purpose baking --output x.csv")
    assert refused.status == 1
    assert "isn't for the purpose baking" in refused.output
    assert "(--replace)" in partner.type(f"{asked} --purpose research --output cases.csv").output
    assert partner.type(f"{asked} --purpose research --output cases.txt").status == 2
    terminal.stop()
    unreachable = partner.type(f"{asked} --purpose research --output y.csv --wait 0")
    assert unreachable.status == 1
    assert not (tmp_path / "y.csv").exists()
    partner.close()

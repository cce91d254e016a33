"""deploy/ is checked as far as that goes without a container engine and without systemd."""

from __future__ import annotations

import configparser
import itertools
import re
import shlex
from pathlib import Path

import pytest
import yaml

from gateway.errors import ListeningError
from gateway.listening import Listening, check_listening
from gateway.master_key import CREDENTIAL

ROOT = Path(__file__).parent.parent
DEPLOY = ROOT / "deploy"
VARIABLE = re.compile(r"\b(WEIR_[A-Z][A-Z_]*[A-Z])\b")
DIRECTIVES = {
    *("FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "VOLUME", "EXPOSE", "HEALTHCHECK"),
    *("ENTRYPOINT", "CMD"),
}
SECRET = re.compile(
    r"-----BEGIN|(?i:password|passwd|secret|token|api_key)\s*[=:]\s*\S|\b[0-9a-f]{64}\b"
)


def instructions(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.split("\n"))]


@pytest.fixture(scope="module")
def containerfile() -> list[tuple[str, str]]:
    return instructions((DEPLOY / "Containerfile").read_text())


@pytest.fixture(scope="module")
def compose() -> dict[str, object]:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.fixture(scope="module")
def unit() -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(DEPLOY / "weir.service")
    return parser


def of(containerfile: list[tuple[str, str]], directive: str) -> list[str]:
    return [rest for word, rest in containerfile if word == directive]


def variables_read_by_the_code() -> set[str]:
    code = [path.read_text() for room in ("gateway",) for path in (ROOT / room).rglob("*.py")]
    read = re.compile(r"""(?:environ(?:\.get\(|\[)|getenv\(|envvar=)\s*["'](WEIR_[A-Z_]+)["']""")
    return {name for text in code for name in read.findall(text)}


def test_the_sample_names_exactly_the_variables_the_code_reads():
    sample = (DEPLOY / "weir.env.sample").read_text()
    named = set(re.findall(r"^#?(WEIR_[A-Z_]+)=", sample, re.MULTILINE))
    assert named == variables_read_by_the_code()


def test_nothing_in_deploy_names_a_variable_that_the_code_does_not_read():
    for path in (path for path in DEPLOY.rglob("*") if path.is_file()):
        assert set(VARIABLE.findall(path.read_text())) <= variables_read_by_the_code(), path.name


def test_the_containerfile_has_only_known_directives(containerfile):
    assert {word for word, _ in containerfile} <= DIRECTIVES


def test_the_container_runs_as_an_unprivileged_number(containerfile):
    users = of(containerfile, "USER")
    assert users
    assert all(int(part) >= 10_000 for part in users[-1].split(":"))
    last_stage = [word for word, _ in containerfile]
    last_from = len(last_stage) - 1 - last_stage[::-1].index("FROM")
    assert "USER" in last_stage[last_from:]


def test_everything_the_containerfile_copies_exists(containerfile):
    for rest in of(containerfile, "COPY"):
        if not rest.startswith("--from"):
            *sources, _ = rest.split()
            assert [source for source in sources if not (ROOT / source).exists()] == []


def test_every_package_is_installed_by_hash(containerfile):
    installs = [
        command
        for rest in of(containerfile, "RUN")
        for command in rest.split("&&")
        if "pip install" in command
    ]
    assert installs
    assert all("--require-hashes" in it or "--no-deps --no-index" in it for it in installs)


def test_the_container_has_a_health_check_on_the_port_it_serves(containerfile):
    (exposed,) = of(containerfile, "EXPOSE")
    (check,) = of(containerfile, "HEALTHCHECK")
    (command,) = of(containerfile, "CMD")
    assert f":{exposed}/healthz" in check
    assert f'"--port", "{exposed}"' in command


def test_the_build_lock_agrees_with_the_developers_lock():
    developers = (ROOT / "requirements-dev.lock").read_text()
    pins = re.findall(r"^\S+==\S+(?= \\$)", (DEPLOY / "build.lock").read_text(), re.MULTILINE)
    assert "hatchling" in {pin.partition("==")[0] for pin in pins}
    assert [pin for pin in pins if f"\n{pin} \\" not in f"\n{developers}"] == []


def test_compose_keeps_the_container_small(compose):
    service = compose["services"]["weir"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert all(port.startswith("127.0.0.1:") for port in service["ports"])
    assert set(service["secrets"]) == set(compose["secrets"])


def test_compose_hands_over_the_key_where_the_image_looks_for_it(compose, containerfile):
    (environment,) = of(containerfile, "ENV")
    (name,) = compose["secrets"]
    assert f"WEIR_MASTER_KEY_FILE=/run/secrets/{name}" in environment


@pytest.mark.parametrize("name", ["Containerfile", "compose.yaml", "weir.env.sample"])
def test_no_secret_stands_in_a_deployment_file(name):
    assert not SECRET.search((DEPLOY / name).read_text())


def test_the_search_for_secrets_finds_a_planted_one():
    assert SECRET.search("WEIR_DB_PASSWORD=hunter2")
    assert SECRET.search("key: " + "ab" * 32)


def test_the_unit_is_hardened_and_takes_its_key_as_a_credential(unit):
    service = unit["Service"]
    assert service["User"] != "root"
    assert service["LoadCredentialEncrypted"].startswith("weir-master-key:")
    for setting in ("NoNewPrivileges", "PrivateTmp", "ProtectHome", "PrivateDevices"):
        assert service[setting] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["CapabilityBoundingSet"] == ""
    assert service["LimitCORE"] == "0"
    assert unit["Install"]["WantedBy"] == "multi-user.target"


def listening_of(command: str) -> Listening:
    words = shlex.split(command)
    options = dict(itertools.pairwise([*words, ""]))
    return Listening(
        host=options["--host"],
        port=int(options["--port"]),
        public_url=options.get("--public-url", ""),
        behind_proxy="--behind-proxy" in words,
    )


def test_the_unit_and_compose_listen_as_the_gateway_allows(unit, compose):
    for command in (unit["Service"]["ExecStart"], compose["services"]["weir"]["command"]):
        check_listening(listening_of(command))


def test_a_command_without_the_public_address_would_be_refused(compose):
    command = compose["services"]["weir"]["command"]
    with pytest.raises(ListeningError):
        check_listening(listening_of(command.partition("--public-url")[0]))


def test_the_credential_has_the_name_that_the_code_asks_for(unit):
    assert unit["Service"]["LoadCredentialEncrypted"].partition(":")[0] == CREDENTIAL


def test_the_unit_may_write_where_the_sample_puts_the_home(unit):
    sample = (DEPLOY / "weir.env.sample").read_text()
    home = re.search(r"^WEIR_HOME=(\S+)$", sample, re.MULTILINE).group(1)
    assert home.startswith(f"/var/lib/{unit['Service']['StateDirectory']}/")

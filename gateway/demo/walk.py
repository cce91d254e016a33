"""The demo: a home of generated people, one pull walked aloud, then a gateway that stays up."""

from __future__ import annotations

import contextlib
import signal
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from gateway.audit.verifier import verify_release
from gateway.cli.previews import print_before_and_after
from gateway.client import pull_to_file
from gateway.client.new_keys import make_key_pair
from gateway.context import Context, open_context
from gateway.demo.cases import write_csv
from gateway.demo.declarations import DATASET, PARTNERS, POLICIES, demo_files
from gateway.errors import HomeError
from gateway.founding import found_home
from gateway.operations import perform
from gateway.server import Listening, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.client import Pulled
    from gateway.server import Running

NAME = "Weir demo"
OFFICER = "olivia-officer"
PARTNER, PURPOSE, POLICY = "harbor-network", "service-planning", "ngo-research"
ASKING_PARTNER, ASKING_PURPOSE = "meridian-bank", "typologies"
REVIEWED_PARTNER, REVIEWED_PURPOSE = "state-statistics", "statistics"
_STEPS = 9
_INDENT = "      "


@dataclass(frozen=True)
class Places:
    """Where the demo puts things.

    Attributes:
        home: the gateway's.
        files: declarations, data, partners' keys, and what they pull.
    """

    home: Path
    files: Path


def walk(home: Path | None, *, cases: int, port: int, once: bool) -> None:
    """Walk one pull aloud on a fresh home of generated cases.

    Args:
        home: where the demo's home goes; None for a folder that is removed at the end.
        cases: how many generated cases.
        port: of the gateway, on loopback; 0 for a free one.
        once: end after the walk instead of staying up.

    Raises:
        HomeError: there is something at `home`.
    """
    with _ending_in_order(), _places(home) as places:
        typer.echo(f"All of this happens in {places.files}, with people that nobody ever was.")
        _found(places)
        with open_context(places.home) as context:
            _declare_and_load(context, places, cases)
            _add_partners(context, places)
            _look_first(context, places)
        with serving(places.home, Listening(port=port)) as running:
            pulled = _pull(running, places)
            _verify(running, pulled)
            if not once:
                _stay_up(running, places)


@contextlib.contextmanager
def _ending_in_order() -> Iterator[None]:
    """Let SIGTERM end the demo as Ctrl-C does, so that nothing is left behind."""

    def stop(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


@contextlib.contextmanager
def _places(home: Path | None) -> Iterator[Places]:
    if home is None:
        with tempfile.TemporaryDirectory(prefix="weir-demo-") as folder:
            yield Places(Path(folder) / "home", Path(folder))
        return
    files = home.with_name(f"{home.name}.files")
    if files.exists():
        raise HomeError(f"{files} is from an earlier demo: remove it, or name another --home")
    yield Places(home, files)


def _say(step: int, text: str, command: str = "") -> None:
    typer.echo(f"\n[{step}/{_STEPS}] {text}")
    if command:
        typer.echo(f"{_INDENT}$ {command}")


def _tell(text: str) -> None:
    typer.echo(_INDENT + text)


def _do(context: Context, operation: str, **params: Any) -> Any:
    return perform(context, operation, params, lambda _text, _share: None)


def _found(places: Places) -> None:
    _say(1, "An operator makes a home.", f"weir init --home {places.home}")
    founded = found_home(places.home, name=NAME, origin="", timezone="UTC")
    places.files.mkdir(mode=0o700, exist_ok=True)
    _tell(f"Its audit log is {founded['origin']}; the master key lies beside it, not in it.")


def _declare_and_load(context: Context, places: Places, cases: int) -> None:
    for name, text in demo_files(context.clock.today("UTC")).items():
        (places.files / name).write_text(text, encoding="utf-8")
    _say(
        2,
        "The operator says what the data is: who is protected, what identifies people, what is "
        "sensitive.",
        f"weir dataset add {DATASET}.yaml",
    )
    _do(context, "dataset.add", **_declaration(places, DATASET), folders=[str(places.files)])
    _load(context, places, cases)
    _say(4, "Then what each class of partner may get.")
    for policy in POLICIES:
        _tell(f"$ weir policy apply {policy}.yaml")
        _do(context, "policy.apply", **_declaration(places, policy))


def _declaration(places: Places, name: str) -> dict[str, str]:
    file = places.files / f"{name}.yaml"
    return {"file": file.name, "text": file.read_text(encoding="utf-8")}


def _load(context: Context, places: Places, cases: int) -> None:
    _say(3, f"{cases:,} generated cases go in.", f"weir dataset load {DATASET} cases.csv")
    file = places.files / "cases.csv"
    write_csv(file, cases)
    started = time.perf_counter()
    report = _do(
        context,
        "dataset.load",
        dataset=DATASET,
        files=[str(file)],
        contributor="",
        mode="append",
        delimiter="",
    )
    seconds = time.perf_counter() - started
    left_out = report["rows_read"] - report["accepted"]
    _tell(
        f"{report['accepted']:,} rows in {seconds:.1f} s; {left_out:,} were left out, each with "
        "its reason. Names and numbers went to a vault that no release opens.",
    )


def _add_partners(context: Context, places: Places) -> None:
    _say(5, "Three partners come with the public halves of their keys.")
    for partner in PARTNERS:
        make_key_pair(partner, places.files)
        _tell(f"$ weir partner add {partner}.yaml")
        _do(context, "partner.add", **_declaration(places, partner), folder=str(places.files))


def _look_first(context: Context, places: Places) -> None:
    _say(
        6,
        f"{OFFICER} looks at what {PARTNER} would get, before anything can leave.",
        f"weir policy preview {POLICY}.yaml --partner {PARTNER} --rows 2",
    )
    seen = _do(
        context,
        "policy.preview",
        **_declaration(places, POLICY),
        partner=PARTNER,
        purpose=PURPOSE,
        rows=2,
    )
    print_before_and_after(seen, indent=_INDENT)
    _tell(f"The smallest class has {seen['smallest_class']} people. That she looked is logged.")


def _pull(running: Running, places: Places) -> Pulled:
    file = places.files / "extract.csv"
    _say(
        7,
        f"The gateway is up at {running.url}. {PARTNER} asks for an extract.",
        _pull_command(running, PARTNER, PURPOSE, file.name),
    )
    started = time.perf_counter()
    pulled = pull_to_file(
        running.url,
        client_id=PARTNER,
        key=places.files / f"{PARTNER}.pem",
        dataset=DATASET,
        purpose=PURPOSE,
        output=file,
    )
    seconds = time.perf_counter() - started
    _say(8, f"{seconds:.1f} s later it has {file.name}, its codebook, manifest and receipt.")
    _show_extract(file, pulled.manifest)
    return pulled


def _query_command(running: Running) -> str:
    return (
        f"weir query --server {running.url} --client {ASKING_PARTNER} --key {ASKING_PARTNER}.pem "
        f"--dataset {DATASET} --purpose {ASKING_PURPOSE} --measure count_people "
        "--group-by exploitation --epsilon 0.5"
    )


def _pull_command(running: Running, partner: str, purpose: str, output: str) -> str:
    return (
        f"weir pull --server {running.url} --client {partner} --key {partner}.pem "
        f"--dataset {DATASET} --purpose {purpose} --output {output}"
    )


def _show_extract(file: Path, manifest: Mapping[str, Any]) -> None:
    with file.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(3), strict=False):
            _tell(line.rstrip())
    protection = manifest["protection"]
    _tell(
        f"... {manifest['rows']:,} people, each like at least {protection['k'] - 1} others in "
        f"everything that could give them away; at most {protection['suppressed_share']:.0%} "
        "were left out for that.",
    )
    _tell(f"What it is: {manifest['guarantee']}; to be deleted by {manifest['delete_by']}.")


def _verify(running: Running, pulled: Pulled) -> None:
    file = pulled.files.file
    _say(9, "Anybody can check it, offline and years later.", f"weir verify {file.name}")
    verdict = verify_release(file, str(pulled.pin.vkey))
    _tell(f"{file.name}: {verdict.outcome}")
    entries = running.context.log.entries()
    _tell(f"The log says so in entry {entries[-1]['index']}; all it holds of this walk:")
    for kind in dict.fromkeys(entry["type"] for entry in entries):
        of_kind = [entry for entry in entries if entry["type"] == kind]
        _tell(f"  {len(of_kind):>3} {kind:<12} {_last_of(of_kind[-1])}")


def _last_of(entry: Mapping[str, Any]) -> str:
    state = f" ({entry['state']})" if "state" in entry else ""
    return f"the last: {entry['id']}{state}"


def _stay_up(running: Running, places: Places) -> None:
    home = f"--home {places.home}"
    typer.echo(
        f"\nThe gateway stays up at {running.url} until Ctrl-C. In another terminal:\n"
        f"  cd {places.files}\n"
        f"  {_query_command(running)}\n"
        "answers in numbers, noised: all that a bank ever gets. And\n"
        f"  {_pull_command(running, REVIEWED_PARTNER, REVIEWED_PURPOSE, 'reviewed.csv')}\n"
        f"waits, because that policy asks for an officer. In a third one:\n"
        f"  weir review list {home}\n"
        f"  weir review show ID --officer {OFFICER} {home}\n"
        f'  weir review approve ID --officer {OFFICER} --reason "as agreed" {home}\n'
        f"  weir release list {home}\n"
        f"  weir audit check {home}",
    )
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    typer.echo(
        "\nThe demo ends"
        + (", its folder is removed." if places.files in places.home.parents else ".")
    )

"""The demo: a home of generated people, one pull walked aloud, then a gateway that stays up."""

from __future__ import annotations

import contextlib
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gateway.audit.verifier import verify_release
from gateway.client import pull_to_file
from gateway.client.new_keys import make_key_pair
from gateway.context import Context, open_context
from gateway.demo.cases import write_csv
from gateway.demo.declarations import DATASET, PARTNERS, POLICIES, demo_files
from gateway.founding import found_home
from gateway.operations import perform
from gateway.server import Listening, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from gateway.server import Running

NAME = "Weir demo"
OFFICER = "olivia-officer"
PARTNER, PURPOSE = "harbor-network", "service-planning"
_STEPS = 8


def walk(home: Path | None, *, cases: int, port: int, once: bool) -> None:
    """Walk one pull aloud on a fresh home of generated cases.

    Args:
        home: where the demo's home goes; None for a folder that is removed at the end.
        cases: how many generated cases.
        port: of the gateway, on loopback; 0 for a free one.
        once: end after the walk instead of staying up.
    """
    with _folder(home) as folder:
        path = folder / "home"
        _say(1, f"An operator makes a home: weir init --home {path}")
        founded = found_home(path, name=NAME, origin="", timezone="UTC")
        typer.echo(f"      audit log {founded['origin']}")
        with open_context(path) as context:
            _declare_and_load(context, folder, cases)
            _add_partners(context, folder)
        with serving(path, Listening(port=port)) as running:
            _pull(running, folder)
            if not once:
                _stay_up(running, folder)


@contextlib.contextmanager
def _folder(home: Path | None) -> Iterator[Path]:
    if home is not None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        yield home
        return
    with tempfile.TemporaryDirectory(prefix="weir-demo-") as folder:
        yield Path(folder)


def _say(step: int, text: str) -> None:
    typer.echo(f"\n[{step}/{_STEPS}] {text}")


def _do(context: Context, operation: str, **params: Any) -> Any:
    return perform(context, operation, params, lambda _text, _share: None)


def _declare_and_load(context: Context, folder: Path, cases: int) -> None:
    today = context.clock.today("UTC")
    for name, text in demo_files(today).items():
        (folder / name).write_text(text, encoding="utf-8")
    _say(2, f"declares a dataset: weir dataset add {DATASET}.yaml")
    text = (folder / f"{DATASET}.yaml").read_text(encoding="utf-8")
    _do(context, "dataset.add", text=text, folders=[str(folder)])

    _say(3, f"loads {cases:,} generated cases (nobody in them exists): weir dataset load")
    write_csv(folder / "cases.csv", cases)
    started = time.perf_counter()
    report = _do(
        context,
        "dataset.load",
        dataset=DATASET,
        files=[str(folder / "cases.csv")],
        contributor="",
        mode="append",
        delimiter="",
    )
    seconds = time.perf_counter() - started
    typer.echo(f"      {report['accepted']:,} of {report['rows_read']:,} rows in {seconds:.1f} s")
    for problem in report["refused"]:
        typer.echo(f"      refused: {problem['count']:,} x {problem['kind']}")
    for problem in report["warnings"]:
        typer.echo(f"      loaded with a warning: {problem['count']:,} x {problem['kind']}")

    _say(4, "applies what partners may get: weir policy apply")
    for policy in POLICIES:
        text = (folder / f"{policy}.yaml").read_text(encoding="utf-8")
        applied = _do(context, "policy.apply", text=text)
        typer.echo(f"      {policy} {applied['sha256'][:12]}")


def _add_partners(context: Context, folder: Path) -> None:
    _say(5, "adds three partners, each with the public half of its key: weir partner add")
    for partner in PARTNERS:
        make_key_pair(partner, folder)
        text = (folder / f"{partner}.yaml").read_text(encoding="utf-8")
        _do(context, "partner.add", text=text, folder=str(folder))
        typer.echo(f"      {partner}")


def _pull(running: Running, folder: Path) -> None:
    key, file = folder / f"{PARTNER}.pem", folder / "extract.csv"
    _say(6, f"The gateway is up at {running.url}. {PARTNER} asks for an extract:")
    typer.echo(
        f"      weir pull --server {running.url} --client {PARTNER} --key {key} "
        f"--dataset {DATASET} --purpose {PURPOSE} --output {file}",
    )
    started = time.perf_counter()
    pulled = pull_to_file(
        running.url,
        client_id=PARTNER,
        key=key,
        dataset=DATASET,
        purpose=PURPOSE,
        output=file,
    )
    seconds = time.perf_counter() - started
    _say(7, f"and gets, {seconds:.1f} s later, {file.name} with codebook, manifest and receipt:")
    _show_extract(file, pulled.manifest)
    _say(8, f"Anybody can check that, offline: weir verify {file}")
    typer.echo("      " + str(verify_release(file, str(pulled.pin.vkey))).replace("\n", "\n      "))


def _show_extract(file: Path, manifest: Mapping[str, Any]) -> None:
    with file.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(4), strict=False):
            typer.echo(f"      {line.rstrip()}")
    protection = manifest["protection"]
    typer.echo(
        f"      ... {manifest['rows']:,} people; everyone shares all quasi-identifiers with at "
        f"least {protection['k'] - 1} others; {manifest['guarantee']}; "
        f"at most {protection['suppressed_share']:.0%} left out; "
        f"loss {manifest['utility']['loss']:.3f}",
    )


def _stay_up(running: Running, folder: Path) -> None:
    typer.echo(
        f"\nThe gateway stays up at {running.url}; partners' keys and files lie in {folder}.\n"
        f"Try, in another terminal:\n"
        f"  weir release list --home {folder / 'home'}\n"
        f"  weir audit check --home {folder / 'home'}\n"
        f"The officer of this demo is {OFFICER}. Stop with Ctrl-C.",
    )
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()

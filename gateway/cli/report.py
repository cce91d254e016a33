"""`weir report`: a saved list of aggregates, asked as one batch, as a folder to publish."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.evidence import describe_evidence, print_evidence
from gateway.cli.examples import example
from gateway.cli.prices import print_budget, print_estimate
from gateway.cli.pull import Language
from gateway.cli.query import (
    ClientOption,
    EpsilonOption,
    HalfWidthOption,
    KeyOption,
    RhoOption,
    ServerOption,
)
from gateway.cli.running import JsonOption, fail, failing_clearly, show, showing_progress
from gateway.counted import counted

if TYPE_CHECKING:
    from gateway.client.aggregates import Answer
    from gateway.client.private_keys import PartnerKey
    from gateway.client.session import Session
    from gateway.publishing.documents import PackDocument
    from gateway.publishing.reports import Plan

_ASKING = (
    "--server https://weir.hope.example --client harbor-network --key harbor.pem "
    "--dataset hotline-cases --purpose research"
)
EXAMPLE = example(
    f"weir report hot-spots {_ASKING} --estimate",
    f"weir report hot-spots {_ASKING} --output hot-spots-2026",
    f"weir report typology {_ASKING} --set industry=sector --language es --output tipologia",
    f"weir report quarterly.yaml {_ASKING} --output q3 --until 2026-09-30",
)
ANSWERING, DRAWING = 0.1, 0.4  # shares of the work


def report(
    file: Annotated[
        str, typer.Argument(help="A pack (YAML), or a shipped one: hot-spots, typology.")
    ],
    server: ServerOption,
    client: ClientOption,
    key: KeyOption,
    dataset: Annotated[str, typer.Option(help="Which dataset (default: as the pack says).")] = "",
    purpose: Annotated[
        str, typer.Option(help="What for: a purpose of your agreement (default: as the pack says).")
    ] = "",
    output: Annotated[
        Path | None, typer.Option(help="The folder to be made; nothing of it is there before.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A parameter of the pack, may be given several times: place=state or "
            "place=state:us-state (default: the first column that the dataset has).",
        ),
    ] = None,
    epsilon: EpsilonOption = None,
    rho: RhoOption = None,
    half_width: HalfWidthOption = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="Show whole periods up to this day (default: today)."
        ),
    ] = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say what it would cost; spend nothing.")
    ] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a report of this name.")
    ] = False,
    language: Annotated[Language, typer.Option(help="Of the page, and of reasons.")] = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """Ask a saved list of aggregates as one batch and make a folder that is ready to be published.

    The folder holds a page (`index.html`, without any script), a table (CSV) and charts (SVG) for
    each question, a map where a key is a US state or a country, a codebook, and what was released
    with its manifest and receipt (`weir verify answers.json`). All figures are noised ones, with
    their intervals; no exact figure is anywhere.

    Two packs ship with Weir. **hot-spots**: people by place and quarter, on a map, with the rises
    that noise doesn't explain. **typology**: type of exploitation, means of control and industry,
    with the combinations that stand out. For the price see `--estimate`; the same report again, on
    the same data, costs nothing.
    """
    day = until.date() if until else datetime.now(UTC).date()
    with failing_clearly():
        pack = _read_pack(file)
        chosen = _chosen(parameter)
        if not estimate:
            _check_ready(output, replace)
        asked = _asked(pack, dataset, purpose)
        with _session(server, client, key, language) as (session, partner_key):
            plan = _plan(session, pack, asked, chosen, (epsilon, rho, half_width), language, day)
            if estimate:
                _estimate(session, plan, as_json)
                return
            result = _make(session, partner_key, plan, Path(str(output)).absolute())
    show(result, as_json, _render)


def _read_pack(file: str) -> PackDocument:
    from gateway.cli.running import read_text
    from gateway.errors import DeclarationError
    from gateway.publishing.documents import parse_pack
    from gateway.publishing.reports import shipped_pack, shipped_packs
    from policies.documents.base import DocumentError

    path = Path(file)
    if file in shipped_packs() and not path.is_file():
        return shipped_pack(file)
    if not path.exists() and not path.suffix:
        fail(f"there is no pack {file}; these ship with Weir: {', '.join(shipped_packs())}")
    try:
        return parse_pack(read_text(path))
    except DocumentError as error:
        raise DeclarationError(file, error.problems) from error


def _chosen(parameters: list[str] | None) -> dict[str, str]:
    chosen = {}
    for text in parameters or []:
        name, mark, column = text.partition("=")
        if not (name.strip() and mark and column.strip()):
            message = f"{text!r}: write NAME=COLUMN or NAME=COLUMN:LEVEL, as in place=state"
            raise typer.BadParameter(message, param_hint="--set")
        chosen[name.strip()] = column.strip()
    return chosen


def _check_ready(output: Path | None, replace: bool) -> None:
    """Find what would keep the report from being made before anything is spent on it."""
    from gateway.charts import check_drawing
    from gateway.publishing.folders import check_folder

    if output is None:
        message = "name a folder to be made, or ask for the price alone (--estimate)"
        raise typer.BadParameter(message, param_hint="--output")
    check_folder(output.absolute(), replace=replace)
    check_drawing()


def _asked(pack: PackDocument, dataset: str, purpose: str) -> tuple[str, str]:
    named = {"--dataset": dataset or pack.dataset, "--purpose": purpose or pack.purpose}
    for option, value in named.items():
        if not value:
            message = f"the pack {pack.pack} names none; say which"
            raise typer.BadParameter(message, param_hint=option)
    return str(named["--dataset"]), str(named["--purpose"])


def _session(server: str, client: str, key: Path, language: str) -> Any:
    import contextlib

    from gateway.client.private_keys import load_partner_key
    from gateway.client.session import Session

    @contextlib.contextmanager
    def opened() -> Any:
        partner_key = load_partner_key(key)
        with Session(server, client, partner_key, language=language) as session:
            yield session, partner_key

    return opened()


def _plan(
    session: Session,
    pack: PackDocument,
    asked: tuple[str, str],
    chosen: Mapping[str, str],
    price: tuple[float | None, float | None, float | None],
    language: str,
    until: date,
) -> Plan:
    from gateway.client.aggregates import ask_dataset
    from gateway.client.questions import accuracy
    from gateway.publishing.reports import plan_report

    given = any(amount is not None for amount in price)
    return plan_report(
        pack,
        ask_dataset(session, asked[0]),
        dataset=asked[0],
        purpose=asked[1],
        chosen=chosen,
        price=accuracy(*(price if given else (pack.epsilon, pack.rho, pack.half_width))),
        language=language,
        until=until,
    )


def _estimate(session: Session, plan: Plan, as_json: bool) -> None:
    from dataclasses import asdict

    from gateway.client.aggregates import ask_estimate

    guess = ask_estimate(session, plan.question)
    show(asdict(guess), as_json, lambda _said: print_estimate(guess))


def _make(session: Session, partner_key: PartnerKey, plan: Plan, folder: Path) -> dict[str, Any]:
    from gateway.client.aggregates import ask_aggregates
    from gateway.publishing.folders import write_folder
    from gateway.publishing.reports import make_report, without_maps

    with showing_progress() as progress:
        progress(f"asking {counted(len(plan.question.queries), 'table')}", ANSWERING)
        answer = ask_aggregates(session, partner_key.file, plan.question)
        files = make_report(
            plan, answer, lambda text, share: progress(text, DRAWING + (1 - DRAWING) * share)
        )
        write_folder(folder, files)
    if missing := without_maps(answer):
        typer.echo(f"weir: places are on no map: {missing}", err=True)
    return _describe(answer, folder, files)


def _describe(answer: Answer, folder: Path, files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "folder": str(folder),
        "files": sorted(files),
        "guarantee": dict(answer.guarantee),
        "budget": dict(answer.budget),
        **describe_evidence(answer.evidence),
    }


def _render(result: Mapping[str, Any]) -> None:
    files = result["files"]
    tables = sum(name.startswith("tables/") for name in files)
    charts = sum(name.startswith("charts/") for name in files)
    made = f"{counted(tables, 'table')}, {counted(charts, 'chart')}, a codebook and a page"
    typer.echo(f"{result['folder']}: {made}")
    typer.echo(f"  open {Path(result['folder']) / 'index.html'}")
    print_budget(result["budget"], result["guarantee"])
    print_evidence(result)

"""`weir withdraw`: what a contributor runs to take data back; and the operator's part of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    failing_clearly,
    run,
    show,
    suggest,
)
from gateway.cli.tables import print_rows
from gateway.counted import counted

_ASKING = (
    "weir withdraw --server https://weir.hope.example --client harbor-network --key harbor.pem "
    "--dataset hotline-cases"
)
app = typer.Typer(
    help="Take back data: a contributor over the network, the operator on its home.",
    epilog=example(
        f"{_ASKING} --person person_id",
        f"{_ASKING} --record case_id=A-17",
        f"{_ASKING} --submission sub_0123456789abcdefghjk",
        "weir withdraw --dataset hotline-cases --everything --yes",
    ),
    rich_markup_mode="markdown",
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `weir withdraw list` shows it.")]


@app.callback(invoke_without_command=True)
def withdraw(
    command: typer.Context,
    dataset: Annotated[str, typer.Option(help="From which dataset.")] = "",
    person: Annotated[
        str,
        typer.Option(
            help="A person, as DOMAIN=VALUE. With DOMAIN alone the value is asked for, so that it "
            "is in no shell's history.",
        ),
    ] = "",
    record: Annotated[
        list[str] | None,
        typer.Option(help="A record, as COLUMN=VALUE for each column of the dataset's key."),
    ] = None,
    submission: Annotated[str, typer.Option(help="A submission, by its id.")] = "",
    everything: Annotated[
        bool, typer.Option("--everything", help="All that you gave to the dataset.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask before --everything.")] = False,
    server: Annotated[str, typer.Option(help="The gateway's address (default: a home here).")] = "",
    client: Annotated[str, typer.Option(help="Your name at the gateway.")] = "",
    key: Annotated[Path | None, typer.Option(help="Your private key (PEM).")] = None,
    contributor: Annotated[
        str,
        typer.Option(help="On a home: whose data (default: the operator's own)."),
    ] = "",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Take back a person, a record, a submission, or everything that you gave to a dataset.

    It is gone from the next release at once, and downloads of earlier ones that hold it end.
    After the days that the gateway's operator has set (30 by default) it is erased from all that
    is kept. Only your own records go; whether others know the person, nobody tells you.
    """
    if command.invoked_subcommand is not None:
        return
    if not dataset:
        raise typer.BadParameter("say from which dataset", param_hint="--dataset")
    if server and not (client and key):
        raise typer.BadParameter("say who you are, with --client and --key", param_hint="--server")
    body = _body(dataset, person, record or [], submission, everything=everything)
    if everything and not yes:
        _confirm(dataset)
    if server and key:
        result = _ask(server, client, key, body)
    else:
        result = run(home, "withdrawal.withdraw", contributor=contributor, body=body)
    show(result, as_json, _render)


def _body(
    dataset: str, person: str, record: list[str], submission: str, *, everything: bool
) -> dict[str, Any]:
    from gateway.client.withdrawals import withdrawal_body

    given = [bool(person), bool(record), bool(submission), everything]
    if given.count(True) != 1:
        raise typer.BadParameter(
            "name one: a person, a record, a submission, or everything",
            param_hint="--person, --record, --submission, --everything",
        )
    return withdrawal_body(
        dataset,
        person=_person(person) if person else None,
        record=dict(_pair(one) for one in record) or None,
        submission=submission or None,
        everything=everything,
    )


def _person(text: str) -> tuple[str, str]:
    domain, mark, value = text.partition("=")
    if not mark:
        value = typer.prompt(f"The person's value in {domain} (not shown)", hide_input=True)
    return domain, value


def _pair(text: str) -> tuple[str, str]:
    column, mark, value = text.partition("=")
    if not (column and mark and value):
        raise typer.BadParameter("write it as COLUMN=VALUE", param_hint="--record")
    return column, value


def _confirm(dataset: str) -> None:
    if not sys.stdin.isatty():
        raise typer.BadParameter(
            "nobody is here to confirm it; add --yes", param_hint="--everything"
        )
    typer.confirm(f"Take back everything that you gave to {dataset}?", abort=True, err=True)


def _ask(server: str, client: str, key: Path, body: Mapping[str, Any]) -> dict[str, Any]:
    from gateway.client import Weir

    with failing_clearly():
        return dict(Weir(server, client, key).withdraw_body(body))


def _render(result: Mapping[str, Any]) -> None:
    if result.get("records") == 0:
        typer.echo("Nothing of yours was there under that name. Look whether it is spelt right.")
    else:
        typer.echo(f"Taken back from {result['dataset']}: what of yours was there.")
    print_rows(
        [
            ("withdrawal", result["id"]),
            ("records", counted(result.get("records") or 0, "record")),
            ("state", result["state"]),
        ],
        indent="  ",
    )


@app.command("list", epilog=example("weir withdraw list"))
def list_all(home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False) -> None:
    """List withdrawals, the newest first, and backups that hold what was erased."""
    result = run(home, "withdrawal.list")

    def render(found: Mapping[str, Any]) -> None:
        if not found["withdrawals"]:
            typer.echo("Nothing was withdrawn.")
        for row in found["withdrawals"]:
            typer.echo(_line(row))
        _render_backups(found["backups_to_destroy"])

    show(result, as_json, render)


def _line(row: Mapping[str, Any]) -> str:
    giver = row["contributor"] or "the operator"
    decision = f", {row['decision']}" if row["decision"] else ""
    return f"{row['id']}: {row['kind']} of {giver} from {row['dataset']}, {row['state']}{decision}"


def _render_backups(files: list[str]) -> None:
    if files:
        typer.echo("These backups hold what was erased, and couldn't be reached; destroy them:")
    for file in files:
        typer.echo(f"  {file}")


@app.command("show", epilog=example("weir withdraw show wdr_0123456789abcdefghjk"))
def show_one(
    item: IdArgument, home: HomeOption = DEFAULT_HOME, as_json: JsonOption = False
) -> None:
    """Show a withdrawal, with every release that held what it took back."""
    result = run(home, "withdrawal.show", withdrawal=item)

    def render(row: Mapping[str, Any]) -> None:
        typer.echo(_line(row))
        print_rows(
            [
                *(("release", release) for release in row["releases"]),
                ("releases that held it", str(len(row["releases"]))),
            ],
            indent="  ",
        )

    show(result, as_json, render)


@app.command("erase", epilog=example("weir withdraw erase --now"))
def erase(
    now: Annotated[bool, typer.Option("--now", help="Erase also what isn't due yet.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Erase what was withdrawn from everything that is kept: what is due, or all of it.

    Snapshots from before can't be read any more, so releases from them can't be made again.
    Backups that were made before are deleted where they can be reached, and named where not.
    """
    result = run(home, "withdrawal.erase", now=now)

    def render(done: Mapping[str, Any]) -> None:
        typer.echo(f"Erased {counted(done['erased'], 'withdrawal')}.")
        _render_backups(done["backups_to_destroy"])
        if not done["erased"] and not now:
            suggest(home, "weir withdraw erase --now")

    show(result, as_json, render)

"""`weir submission` and `weir use`: what a contributor sees of what it handed in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.pull import Language
from gateway.cli.running import JsonOption, failing_clearly, show
from gateway.cli.tables import print_rows

if TYPE_CHECKING:
    from gateway.client import Weir

_WHO = "--server https://weir.hope.example --client haven --key haven.pem"
_ID = "sub_0123456789abcdefghjk"
USE_EXAMPLE = example(f"weir use {_WHO} hotline-cases")
app = typer.Typer(help="What you handed in: see it, cancel it.", no_args_is_help=True)
ServerOption = Annotated[str, typer.Option(help="The gateway's address, https://...")]
ClientOption = Annotated[str, typer.Option(help="Your name at the gateway.")]
KeyOption = Annotated[Path, typer.Option(help="Your private key (PEM).")]
LanguageOption = Annotated[Language, typer.Option(help="In which you are answered.")]
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `weir submission list` says.")]


@app.command("list", epilog=example(f"weir submission list {_WHO}"))
def list_all(
    server: ServerOption, client: ClientOption, key: KeyOption, as_json: JsonOption = False
) -> None:
    """List what you handed in, the newest first, and what became of it."""
    with failing_clearly():
        found = _weir(server, client, key).submissions()

    def render(rows: list[Mapping[str, Any]]) -> None:
        if not rows:
            typer.echo("You handed in nothing yet; begin with `weir submit`.")
        print_rows([_row(one) for one in rows])

    show([dict(one) for one in found], as_json, render)


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    came = f"{one['counts']['accepted']:,} records" if "counts" in one else ""
    kind = "dry run" if one["dry_run"] else one["state"]
    return one["id"], one["received_at"], one["dataset"], kind, came


@app.command("show", epilog=example(f"weir submission show {_WHO} {_ID}"))
def show_one(
    submission: IdArgument,
    server: ServerOption,
    client: ClientOption,
    key: KeyOption,
    language: LanguageOption = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """Show what became of one, as `weir submit` did."""
    from gateway.cli.submit import render

    with failing_clearly():
        done = _weir(server, client, key, language).submission(submission)
    show(dict(done.answer), as_json, lambda _result: render(done, language))


@app.command("cancel", epilog=example(f"weir submission cancel {_WHO} {_ID}"))
def cancel(
    submission: IdArgument,
    server: ServerOption,
    client: ClientOption,
    key: KeyOption,
    as_json: JsonOption = False,
) -> None:
    """Cancel one that isn't accepted yet; nothing of it is kept.

    What was accepted is taken back with `weir withdraw --submission ID`.
    """
    with failing_clearly():
        _weir(server, client, key).cancel_submission(submission)
    said = f"{submission} is cancelled; nothing of it is kept."
    show({"id": submission, "state": "cancelled"}, as_json, lambda _result: typer.echo(said))


def use(
    dataset: Annotated[str, typer.Argument(help="To which you give records.")],
    server: ServerOption,
    client: ClientOption,
    key: KeyOption,
    as_json: JsonOption = False,
) -> None:
    """Say what was made of your records: for whom, what for, and up to how many of them.

    Counts are upper bounds by what you gave and said yourself. Whether others' records were used
    in their stead, nobody tells you; small counts are not shown.
    """
    with failing_clearly():
        found = _weir(server, client, key).uses(dataset)

    def render(rows: list[Mapping[str, Any]]) -> None:
        if not rows:
            typer.echo("Nothing was made of this dataset yet.")
        print_rows([_use(one) for one in rows])

    show([dict(one) for one in found], as_json, render)


def _use(one: Mapping[str, Any]) -> tuple[str, ...]:
    most = one["records_up_to"]
    records = f"fewer than {one['fewer_than']}" if most is None else f"up to {most:,}"
    return one["month"], one["kind"], one["class"], one["purpose"], f"{records} of your records"


def _weir(server: str, client: str, key: Path, language: str = "en") -> Weir:
    from gateway.client import Weir

    return Weir(server, client, key, language=language)

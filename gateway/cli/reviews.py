"""`weir review`: the officer's decisions on extracts that wait."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show

app = typer.Typer(no_args_is_help=True, help="Decide on extracts that wait; every act is logged.")
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `weir review list` shows it.")]
OfficerOption = Annotated[str, typer.Option(help="Who decides.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]


@app.command("list")
def list_reviews(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List the extracts that wait for an officer, the oldest first."""
    show(run(home, "review.list"), as_json, _render_list)


def _render_list(waiting: list[dict[str, Any]]) -> None:
    for item in waiting:
        typer.echo(
            f"{item['id']}  {item['partner']}  {item['dataset']}  asked {item['requested_at'][:16]}"
            f"  {item['approvals']} of {item['needed']} approvals",
        )
    if not waiting:
        typer.echo("Nothing waits for review.")


@app.command("approve")
def approve(
    extract: IdArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Approve: with the last approval that was missing, the reviewed bytes are released."""
    result = run(home, "review.approve", extract=extract, officer=officer, reason=reason)
    show(result, as_json, _render_state)


@app.command("refuse")
def refuse(
    extract: IdArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Refuse: the extract ends, its bytes can't be opened any more."""
    result = run(home, "review.refuse", extract=extract, officer=officer, reason=reason)
    show(result, as_json, _render_state)


def _render_state(result: dict[str, Any]) -> None:
    typer.echo(f"{result['id']} is {result['state']}.")

"""`weir review`: the officer's decisions on what waits for them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show, suggest
from gateway.cli.tables import print_rows

app = typer.Typer(no_args_is_help=True, help="Decide on what waits for officers; all is logged.")
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `weir review list` shows it.")]
OfficerOption = Annotated[str, typer.Option(help="Who decides.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]
_DECISION = '--officer olivia --reason "agreement of March, purpose fits"'


@app.command("list", epilog=example("weir review list"))
def list_reviews(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List what waits for an officer: extracts, and policy drafts; the oldest first."""
    result = run(home, "review.list")

    def render(waiting: list[dict[str, Any]]) -> None:
        if not waiting:
            typer.echo("Nothing waits for review.")
            return
        print_rows([_TITLES, *(_about(item) for item in waiting)])
        suggest(home, f"weir review approve {waiting[0]['id']} --officer NAME --reason TEXT")

    show(result, as_json, render)


_TITLES = ("ID", "WHAT", "DATASET", "ASKED (UTC)", "APPROVALS")


def _about(item: dict[str, Any]) -> tuple[str, ...]:
    is_extract = item["kind"] == "extract"
    return (
        item["id"],
        _extract(item) if is_extract else f"policy {item['policy']}",
        item["dataset"],
        item["requested_at"][:16].replace("T", " "),
        f"{item['approvals']} of {item['needed']}",
    )


def _extract(item: dict[str, Any]) -> str:
    met = f", on people of {', '.join(item['overlaps'])}" if item["overlaps"] else ""
    return f"extract for {item['partner']}{met}"


@app.command("approve", epilog=example(f"weir review approve ext_0123456789abcdefghjk {_DECISION}"))
def approve(
    item: IdArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Approve: with the last approval that was missing, the reviewed bytes are released.

    A policy draft becomes the active version in the same way.
    """
    result = run(home, "review.approve", item=item, officer=officer, reason=reason)

    def render(decided: dict[str, Any]) -> None:
        _render_state(decided)
        if decided["state"] == "refused":
            typer.echo(_IN_VAIN)

    show(result, as_json, render)


_IN_VAIN = """\
  No approval releases it: nothing safe could be made, or it is recoded locally and
  people of it were released before, or what permitted it has ended."""


@app.command("refuse", epilog=example(f"weir review refuse ext_0123456789abcdefghjk {_DECISION}"))
def refuse(
    item: IdArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Refuse: the extract ends, and its bytes can't be opened any more; a draft is dropped."""
    result = run(home, "review.refuse", item=item, officer=officer, reason=reason)
    show(result, as_json, _render_state)


def _render_state(result: dict[str, Any]) -> None:
    more = result["state"] in ("in_review", "draft")
    state = "waiting for more approvals" if more else result["state"]
    typer.echo(f"{result['id']} is {state}.")

"""`weir review`: the officer's decisions on what waits for them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.reviewed import asked_rows, headline, render_review
from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show, suggest
from gateway.cli.tables import print_rows

app = typer.Typer(
    no_args_is_help=True,
    help="See and decide what waits for officers; all is logged.",
)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="As `weir review list` shows it.")]
OfficerOption = Annotated[str, typer.Option(help="Who decides.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]
_DECISION = '--officer olivia --reason "agreement of March, purpose fits"'


@app.command("list", epilog=example("weir review list"))
def list_reviews(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List what waits for an officer, the oldest first: who asks, for what, which columns."""
    result = run(home, "review.list")

    def render(waiting: list[dict[str, Any]]) -> None:
        if not waiting:
            typer.echo("Nothing waits for review.")
            return
        for item in waiting:
            typer.echo(headline(item))
            print_rows(asked_rows(item), indent="  ")
        suggest(home, f"weir review show {waiting[0]['id']} --officer NAME")

    show(result, as_json, render)


@app.command("show", epilog=example("weir review show ext_0123456789abcdefghjk --officer olivia"))
def show_review(
    item: IdArgument,
    officer: Annotated[str, typer.Option(help="Who looks; kept in the audit log.")],
    rows: Annotated[int, typer.Option(min=0, max=1000, help="Rows of the file to show.")] = 3,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show what an approval would release: the request, how people are protected, and rows.

    **The rows are those of the very file that waits**, from its first on (their order tells
    nothing of the data's): redacted text is shown whole, tokens aren't. That an officer looked
    is an entry of the audit log. Of a policy draft it shows what the policy says.
    """
    result = run(home, "review.show", item=item, officer=officer, rows=rows)

    def render(shown: dict[str, Any]) -> None:
        render_review(shown)
        suggest(home, f"weir review approve {item} --officer NAME --reason TEXT")

    show(result, as_json, render)


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

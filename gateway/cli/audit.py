"""`weir audit`: the log and everything that hangs on it, derived again."""

from __future__ import annotations

from typing import Any

import typer

from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show

app = typer.Typer(no_args_is_help=True, help="Check that log, releases and evidence are whole.")


@app.callback()
def about() -> None:
    """Check that log, releases and evidence are whole."""


@app.command("check")
def check(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Derive every leaf, node, checkpoint and release again; name the first that is off."""
    result = run(home, "audit.check")
    show(result, as_json, _render)
    if result["broken"]:
        raise typer.Exit(1)


def _render(result: dict[str, Any]) -> None:
    for broken in result["broken"]:
        typer.echo(f"broken: {broken}")
    if not result["broken"]:
        typer.echo(
            f"{result['entries']:,} entries, {result['releases']:,} releases, checkpoint of size "
            f"{result['checkpoint_size']:,}: all whole.",
        )

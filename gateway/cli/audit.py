"""`weir audit`: the log and everything that hangs on it, derived again."""

from __future__ import annotations

from typing import Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show
from gateway.counted import counted

app = typer.Typer(no_args_is_help=True, help="Check that log, releases and evidence are whole.")


@app.callback()
def about() -> None:
    """Check that log, releases and evidence are whole."""


@app.command("check", epilog=example("weir audit check"))
def check(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Derive the log, its checkpoints, declarations and releases again, and compare.

    Every entry must be the one its leaf commits to, every checkpoint must sign these leaves,
    every declaration must be the one that was logged, and the bytes of every release must be
    those that its manifest and its entry name. What isn't is listed, and the command ends with
    status 1.
    """
    result = run(home, "audit.check")
    show(result, as_json, _render)
    if result["broken"]:
        raise typer.Exit(1)


def _render(result: dict[str, Any]) -> None:
    for broken in result["broken"]:
        typer.echo(f"broken: {broken}")
    if result["broken"]:
        typer.echo("Keep this home as it is, and restore a backup that is whole elsewhere.")
        return
    typer.echo(
        f"All whole: {counted(result['entries'], 'entry', 'entries')}, "
        f"{counted(result['declarations'], 'declaration')}, "
        f"{counted(result['releases'], 'release')}; "
        f"the last checkpoint signs {result['checkpoint_size']:,} of the entries.",
    )

"""`weir policy`: check a policy, make it the active one, see it on real rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, fail, read_text, run, show

app = typer.Typer(no_args_is_help=True, help="Check and apply what partners may get.")


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The policy (YAML).")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Lint a policy against its dataset: errors stop it, warnings are worth a thought."""
    result = run(home, "policy.check", text=read_text(file))
    show(result, as_json, _render_findings)
    if result["errors"]:
        raise typer.Exit(1)


def _render_findings(result: dict[str, Any]) -> None:
    for error in result["errors"]:
        typer.echo(f"error: {error}")
    for warning in result["warnings"]:
        typer.echo(f"warning: {warning}")
    if not result["errors"]:
        typer.echo(f"Policy {result['name']} may be applied ({result['sha256'][:12]}).")


@app.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(help="The policy (YAML).")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make this version the active one. Refused while the lint finds errors."""
    result = run(home, "policy.apply", text=read_text(file))
    if result["errors"]:
        fail("the policy has errors; nothing was applied", result["errors"])
    show(result, as_json, _render_applied)


def _render_applied(result: dict[str, Any]) -> None:
    typer.echo(f"Policy {result['name']} {result['outcome']} ({result['sha256'][:12]}), active.")
    for warning in result["warnings"]:
        typer.echo(f"  warning: {warning}")

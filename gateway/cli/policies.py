"""`weir policy`: check a policy, see it on real rows, make it the active one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.advice import EXAMPLE as ADVISE_EXAMPLE
from gateway.cli.advice import advise
from gateway.cli.examples import example
from gateway.cli.previews import render_preview
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    fail,
    read_text,
    run,
    show,
    suggest,
)
from gateway.counted import counted

app = typer.Typer(no_args_is_help=True, help="Check, try out and apply what partners may get.")
FileArgument = Annotated[Path, typer.Argument(help="The policy (YAML).")]


@app.command("check", epilog=example("weir policy check ngo-research.yaml"))
def check(
    file: FileArgument,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Lint a policy against its dataset: errors stop it, warnings are worth a thought.

    The lint reads the policy alone, no record. How many people are left out, `weir policy preview`
    counts: `max_suppressed` binds the choice of levels alone, and l or t may leave out more.
    """
    result = run(home, "policy.check", file=str(file), text=read_text(file))

    def render(found: dict[str, Any]) -> None:
        for severity in ("error", "warning"):
            for said in found[f"{severity}s"]:
                typer.echo(f"{severity}: {said}")
        if found["errors"]:
            typer.echo(f"Policy {found['name']} can't be applied before the errors are corrected.")
        else:
            typer.echo(f"Policy {found['name']} may be applied, version {found['sha256'][:12]}.")
            suggest(home, f"weir policy preview {file} --partner PARTNER")

    show(result, as_json, render)
    if result["errors"]:
        raise typer.Exit(1)


@app.command("apply", epilog=example("weir policy apply ngo-research.yaml"))
def apply(
    file: FileArgument,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make this version the active one; the version before it is retired.

    Refused while the lint finds errors. Where `home.yaml` sets `policy_review`, it becomes a
    draft, which so many officers must approve (`weir review list`).
    """
    result = run(home, "policy.apply", file=str(file), text=read_text(file))
    if result["errors"]:
        fail(f"{file} has errors; nothing was applied", result["errors"])

    def render(applied: dict[str, Any]) -> None:
        typer.echo(f"Policy {applied['name']}, version {applied['sha256'][:12]}: {_state(applied)}")
        for warning in applied["warnings"]:
            typer.echo(f"  warning: {warning}")
        if applied["outcome"] == "draft":
            suggest(home, f"weir review approve {applied['review']} --officer NAME --reason TEXT")

    show(result, as_json, render)


def _state(applied: dict[str, Any]) -> str:
    if applied["outcome"] == "draft":
        return f"a draft; {counted(applied['needed'], 'approval')} will make it active."
    return {
        "added": "active.",
        "changed": "active; the version before it is retired.",
        "unchanged": "active already.",
    }[applied["outcome"]]


@app.command(
    "preview",
    epilog=example(
        "weir policy preview ngo-research.yaml --partner harbor-network",
        "weir policy preview ngo-research.yaml --partner harbor-network --rows 10 --json",
    ),
)
def preview(
    file: FileArgument,
    partner: Annotated[str, typer.Option(help="Whose extract it would be.")],
    purpose: Annotated[
        str,
        typer.Option(help="What for (default: the first purpose of its agreement)."),
    ] = "",
    rows: Annotated[int, typer.Option(min=0, max=100, help="Rows to show.")] = 3,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show what a partner would get under this policy, on real rows; nothing leaves or changes.

    The whole extract is made and counted again, as for a release: how many people are left out
    (with a warning where l or t takes that above `max_suppressed`), the smallest class, the level
    of each column and what that loses. **The rows shown
    are as stored**, beside what would leave: for the eyes of whoever runs this gateway. That
    somebody looked is an entry of the audit log.
    """
    result = run(
        home,
        "policy.preview",
        file=str(file),
        text=read_text(file),
        partner=partner,
        purpose=purpose,
        rows=rows,
    )

    def render(seen: dict[str, Any]) -> None:
        render_preview(seen)
        suggest(home, f"weir policy apply {file}")

    show(result, as_json, render)


app.command("advise", epilog=ADVISE_EXAMPLE)(advise)

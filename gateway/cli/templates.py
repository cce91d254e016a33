"""`weir dataset template`: the shipped schemas, to take as they are or to change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.examples import example
from gateway.cli.running import JsonOption, fail, show

EXAMPLE = example("weir dataset template", "weir dataset template htcds-cases --output our-cases")


def template(
    name: Annotated[str, typer.Argument(help="A template; without one they are listed.")] = "",
    output: Annotated[
        Path | None, typer.Option(help="The folder to write it and its ladders into.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the shipped dataset templates, or write one with its ladders.

    `htcds-cases` has all 83 fields of the Human Trafficking Case Data Standard 2.0, `htcds-ctdc`
    what CTDC publishes. Leave out columns that you don't hold, then `weir dataset add` it.
    """
    from gateway.recipe_drafts import template_files, templates

    if not name:
        show({"templates": [*templates()]}, as_json, lambda it: _say(it["templates"]))
        return
    if name not in templates():
        fail(f"there is no template {name!r}", [*templates()])
    files = template_files(name)
    if output is None:
        typer.echo(files[0].read_text(encoding="utf-8"), nl=False)
        return
    there = [path.name for path in files if (output / path.name).exists()]
    if there:
        fail(f"{output} has {', '.join(there)} already; name another folder")
    output.mkdir(parents=True, exist_ok=True)
    for path in files:
        (output / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    show(
        {"written": [str(output / path.name) for path in files]},
        as_json,
        lambda it: _say(it["written"]),
    )


def _say(lines: list[str]) -> None:
    for line in lines:
        typer.echo(line)

"""`weir release`: what left."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show

app = typer.Typer(no_args_is_help=True, help="See what left, to whom, and how protected.")


@app.command("list")
def list_releases(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List all releases, the newest first."""
    show(run(home, "release.list"), as_json, _render_list)


def _render_list(releases: list[dict[str, Any]]) -> None:
    for release in releases:
        typer.echo(
            f"{release['id']}  {release['settled_at'][:16]}  {release['partner']}  "
            f"{release['dataset']}  {release['state']}  delete by {release['delete_by']}",
        )
    if not releases:
        typer.echo("Nothing has left yet.")


@app.command("show")
def show_release(
    release: Annotated[str, typer.Argument(metavar="ID", help="As `weir release list` shows it.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show one release with its manifest, its approvals and its place in the log."""
    show(run(home, "release.show", release=release), as_json, _render_release)


def _render_release(release: dict[str, Any]) -> None:
    typer.echo(json.dumps(release, ensure_ascii=False, indent=2))

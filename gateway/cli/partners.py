"""`weir partner`: who may ask, under which agreements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    failing_clearly,
    read_text,
    run,
    show,
)

app = typer.Typer(no_args_is_help=True, help="Add, list, suspend and resume partners; make a partner's key.")


@app.command("keygen")
def keygen(
    partner: Annotated[str, typer.Argument(help="The partner's name at the gateway.")],
    folder: Annotated[Path, typer.Option(help="Where the two files go.")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a key pair, as a partner: PARTNER.pem stays with you, PARTNER.jwks.json goes out."""
    from gateway.client.new_keys import make_key_pair

    with failing_clearly():
        files = make_key_pair(partner, folder)
    made = {"private": str(files.private), "jwks": str(files.jwks)}
    show(made, as_json, _render_keys)


def _render_keys(made: dict[str, str]) -> None:
    typer.echo(
        f"{made['private']}  private key: keep it to yourself, it is your password\n"
        f"{made['jwks']}  public key: send it to the gateway's operator",
    )


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="The partner with its agreements (YAML).")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Add a partner, or replace its keys and agreements. `jwks_file` is read beside FILE."""
    result = run(home, "partner.add", text=read_text(file), folder=str(file.parent.absolute()))
    show(result, as_json, _render_change)


def _render_change(result: dict[str, Any]) -> None:
    typer.echo(f"Partner {result['name']} {result['outcome']}.")


@app.command("list")
def list_partners(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List partners with their class, state and agreements."""
    show(run(home, "partner.list"), as_json, _render_list)


def _render_list(partners: list[dict[str, Any]]) -> None:
    for partner in partners:
        typer.echo(f"{partner['partner']:<24} {partner['class']:<12} {partner['state']}")
        for agreement in partner["agreements"]:
            typer.echo(
                f"  {agreement['agreement']:<22} {agreement['dataset']} "
                f"{agreement['starts']} to {agreement['ends']}",
            )
    if not partners:
        typer.echo("No partners yet: weir partner add FILE")


@app.command("suspend")
def suspend(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Stop a partner at its next request; running extracts end before they leave."""
    show(run(home, "partner.suspend", partner=partner), as_json, _render_suspended)


def _render_suspended(result: dict[str, Any]) -> None:
    typer.echo(f"Partner {result['name']} is suspended.")


@app.command("resume")
def resume(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let a suspended partner ask again."""
    show(run(home, "partner.resume", partner=partner), as_json, _render_resumed)


def _render_resumed(result: dict[str, Any]) -> None:
    typer.echo(f"Partner {result['name']} is active.")

"""`weir partner`: who may ask, under which agreements."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    failing_clearly,
    read_text,
    run,
    show,
    suggest,
)
from gateway.cli.tables import harmless, print_rows
from gateway.counted import counted

app = typer.Typer(
    no_args_is_help=True,
    help="Add, list, suspend and resume partners; make a partner's key.",
)


@app.command("keygen", epilog=example("weir partner keygen harbor-network"))
def keygen(
    partner: Annotated[str, typer.Argument(help="The partner's name at the gateway.")],
    folder: Annotated[Path, typer.Option(help="Where the two files go.")] = Path(),
    as_json: JsonOption = False,
) -> None:
    """Make a key pair, as a partner: PARTNER.pem stays with you, PARTNER.jwks.json goes out.

    Run it on the partner's own machine; needs no home. The operator puts the public file beside
    the partner's YAML.
    """
    from gateway.client.new_keys import make_key_pair

    with failing_clearly():
        files = make_key_pair(partner, folder)
    made = {"private": str(files.private), "jwks": str(files.jwks)}
    show(made, as_json, _render_keys)


def _render_keys(made: dict[str, str]) -> None:
    print_rows(
        (
            (made["private"], "private key: it is your password, keep it to yourself"),
            (made["jwks"], "public key: send it to the gateway's operator"),
        ),
    )


@app.command("add", epilog=example("weir partner add harbor-network.yaml"))
def add(
    file: Annotated[Path, typer.Argument(help="The partner with its agreements (YAML).")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Add a partner, or replace its keys and agreements; a `jwks_file` is read beside FILE.

    Each agreement names a dataset and, unless it only hands data in, an active policy. Of several
    in force for a dataset and purpose the one that ends last decides, of equals the first in the
    file; one that no request could ever fall under is refused.
    """
    result = run(
        home,
        "partner.add",
        file=str(file),
        text=read_text(file),
        folder=str(file.parent.absolute()),
    )

    def render(change: dict[str, Any]) -> None:
        typer.echo(f"Partner {change['name']} {change['outcome']}.")
        for warning in change["warnings"]:
            typer.echo(f"  warning: {warning}")
        if change["outcome"] == "added":
            suggest(home, "weir serve")

    show(result, as_json, render)


@app.command("list", epilog=example("weir partner list"))
def list_partners(
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List partners with their class, state and agreements."""
    result = run(home, "partner.list")

    def render(partners: list[dict[str, Any]]) -> None:
        for partner in partners:
            said = f"{partner['partner']} ({harmless(partner['name'])})"
            typer.echo(f"{said}, {partner['class']}, {partner['state']}")
            print_rows([_about_agreement(one) for one in partner["agreements"]], indent="  ")
        if not partners:
            typer.echo("No partners yet.")
            suggest(home, "weir partner add PARTNER.yaml")

    show(result, as_json, render)


def _about_agreement(agreement: dict[str, Any]) -> tuple[str, ...]:
    asks = f"asks under {agreement['policy']} for {', '.join(agreement['purposes'])}"
    return (
        agreement["agreement"],
        agreement["dataset"],
        f"{agreement['starts']} to {agreement['ends']}",
        "hands data in" if agreement["submits"] else asks,
    )


@app.command("suspend", epilog=example("weir partner suspend harbor-network"))
def suspend(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Stop a partner at its next request; extracts on their way end before they leave."""
    show(run(home, "partner.suspend", partner=partner), as_json, _render_suspended)


def _render_suspended(result: dict[str, Any]) -> None:
    already = "was suspended already" if result["outcome"] == "unchanged" else "is suspended"
    typer.echo(f"Partner {result['name']} {already}.")


@app.command("resume", epilog=example("weir partner resume harbor-network"))
def resume(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Let a suspended partner ask again."""
    show(run(home, "partner.resume", partner=partner), as_json, _render_resumed)


def _render_resumed(result: dict[str, Any]) -> None:
    already = "was active already" if result["outcome"] == "unchanged" else "may ask again"
    typer.echo(f"Partner {result['name']} {already}.")


@app.command("erase-tokens", epilog=example("weir partner erase-tokens harbor-network"))
def erase_tokens(
    partner: Annotated[str, typer.Argument(help="The partner's name.")],
    agreement: Annotated[str, typer.Option(help="Only tokens under this agreement.")] = "",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Erase a partner's random (vaulted) tokens: the home knows no more whose they were.

    Its ready and waiting extracts with such tokens end. Ask for again, they have new tokens in a
    new order, and wait for an officer: rows of the old files can still be compared with rows of
    the new ones, and with the data, by what they say besides the token. Derived tokens aren't
    touched. Backups keep the erased ones until they are deleted.
    """
    result = run(home, "partner.erase-tokens", partner=partner, agreement=agreement)
    show(result, as_json, _render_erased)


def _render_erased(result: dict[str, Any]) -> None:
    erased, ended = counted(result["erased"], "random token"), counted(result["ended"], "extract")
    typer.echo(f"Partner {result['name']}: {erased} erased, {ended} ended.")

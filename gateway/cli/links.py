"""`weir link`: who is one person under several identifiers, and officers' word on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show, suggest
from gateway.cli.tables import print_rows
from gateway.counted import counted

app = typer.Typer(
    no_args_is_help=True,
    help="Find people who came under several identifiers; decide, and take back.",
)
LinkArgument = Annotated[str, typer.Argument(metavar="ID", help="As `weir link list` shows it.")]
OfficerOption = Annotated[str, typer.Option(help="Who decides.")]
ReasonOption = Annotated[str, typer.Option(help="Why; kept with the decision.")]
_ID = "lnk_0123456789abcdef0123"
_DECISION = '--officer olivia --reason "same mother, seen both files"'


@app.command("run", epilog=example("weir link run hotline-cases --dry-run"))
def run_links(
    dataset: Annotated[str, typer.Argument(help="Whose people are compared.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count, and keep nothing.")] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Look for people who came under several identifiers, as the dataset's `linkage` says.

    Who agrees on a whole key is one person at once; likely pairs wait for an officer, and count
    for nothing until then. Identifiers are compared inside the home and never leave it.
    """
    result = run(home, "link.run", dataset=dataset, dry_run=dry_run)

    def render(found: dict[str, Any]) -> None:
        done = "would be linked" if dry_run else "are linked"
        typer.echo(f"{counted(found['deterministic'], 'new pair')} that agree on a key {done}.")
        typer.echo(f"{counted(found['likely'], 'likely pair')} and ", nl=False)
        typer.echo(f"{counted(found['to_review'], 'less likely one')} wait for an officer.")
        suggest(home, f"weir link list {dataset}")

    show(result, as_json, render)


@app.command("list", epilog=example("weir link list hotline-cases"))
def list_links(
    dataset: Annotated[str, typer.Argument(help="Whose people.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Linked ones and ones told apart as well.")
    ] = False,
    officer: Annotated[str, typer.Option(help="Who looks; kept in the audit log.")] = "",
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """List pairs that wait for an officer, likely ones first, by the fields that agree."""
    result = run(home, "link.list", dataset=dataset, officer=officer, everything=everything)

    def render(links: list[dict[str, Any]]) -> None:
        if not links:
            typer.echo("No pair waits for an officer.")
            return
        print_rows([("LINK", "PROBABILITY", "STATE", "AGREE"), *map(_cells, links)])
        suggest(home, f"weir link show {links[0]['id']} --officer NAME")

    show(result, as_json, render)


def _cells(link: dict[str, Any]) -> tuple[str, ...]:
    likely = f"{link['probability']:.4f}"
    return link["id"], likely, link["state"], ", ".join(link["agree"])


@app.command("show", epilog=example(f"weir link show {_ID} --officer olivia"))
def show_link(
    link: LinkArgument,
    officer: Annotated[str, typer.Option(help="Who looks; kept in the audit log.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show the identifiers of both people of a pair, out of the vault.

    **These are names of people.** That an officer looked is an entry of the audit log.
    """
    result = run(home, "link.show", link=link, officer=officer)

    def render(shown: dict[str, Any]) -> None:
        typer.echo(f"{shown['id']}: {shown['state']}, probability {shown['probability']:.4f}")
        for number, side in enumerate(shown["people"], start=1):
            for dataset, columns in side.items():
                typer.echo(f"  PERSON {number}, in {dataset}")
                said = [(name, ", ".join(values) or "-") for name, values in columns.items()]
                print_rows(said, indent="    ")
        suggest(home, f"weir link confirm {link} --officer NAME --reason TEXT")

    show(result, as_json, render)


@app.command("confirm", epilog=example(f"weir link confirm {_ID} {_DECISION}"))
def confirm(
    link: LinkArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Make both one person: one token, one consent (the strictest), one share of every count."""
    _decide(home, link, "confirmed", officer, reason, as_json=as_json)


@app.command("refuse", epilog=example(f"weir link refuse {_ID} {_DECISION}"))
def refuse(
    link: LinkArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Keep both apart, whatever else would link them."""
    _decide(home, link, "refused", officer, reason, as_json=as_json)


@app.command("undo", epilog=example(f"weir link undo {_ID} {_DECISION}"))
def undo(
    link: LinkArgument,
    officer: OfficerOption,
    reason: ReasonOption,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Take a link back, or a refusal: everybody is again who they were."""
    _decide(home, link, "undone", officer, reason, as_json=as_json)


def _decide(
    home: Path, link: str, verdict: str, officer: str, reason: str, *, as_json: bool
) -> None:
    act = {"link": link, "verdict": verdict, "officer": officer, "reason": reason}
    result = run(home, "link.decide", **act)

    def render(decided: dict[str, Any]) -> None:
        typer.echo(f"{decided['id']}: {_STATES[decided['state']]}.")

    show(result, as_json, render)


_STATES = {
    "confirmed": "one person",
    "deterministic": "one person",
    "apart": "two people",
    "open": "undecided, two people until an officer confirms it",
}

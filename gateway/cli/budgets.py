"""`weir budget`: what aggregates may spend, what they spent, and further periods."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, run, show, suggest
from gateway.cli.tables import print_rows, print_wrapped
from gateway.counted import counted

app = typer.Typer(
    no_args_is_help=True,
    help="See what aggregates may tell of one person at most, and how much of it is spent.",
)
_DECISION = '--officer olivia --officer marta --reason "report of 2027, agreed in March"'


@app.command("show", epilog=example("weir budget show", "weir budget show hotline-cases"))
def show_budgets(
    dataset: Annotated[
        str | None, typer.Argument(help="A dataset; without it, every budget.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show every budget: whose it is, what was spent, and what is left.

    Everybody's budget is the promise to the people in the data: all answers together, whoever
    asked, tell of one person at most so much. The others are shares of it. **Records that left
    as extracts aren't in it**: they have no such bound.
    """
    show(run(home, "budget.show", dataset=dataset), as_json, _render_all)


def _render_all(budgets: list[dict[str, Any]]) -> None:
    if not any(budget["caps"] for budget in budgets):
        typer.echo("No dataset here has a budget; aggregates need one (`budget` in its file).")
        return
    for budget in budgets:
        if budget["caps"]:
            _render(budget)


def _render(budget: dict[str, Any]) -> None:
    typer.echo(f"{budget['subject']} ({', '.join(budget['datasets'])})")
    lines = [("WHOSE", "SPENT", "OF", "LEFT"), *(_cells(cap) for cap in budget["caps"])]
    print_rows(lines, indent="  ")
    for cap in budget["caps"]:
        if cap["kind"] == "dataset" and "total" in cap:
            print_wrapped(_promise(cap["total"], budget["periods"]), indent="  ")
    if any(cap["counted_in"] == "rho" for cap in budget["caps"]):
        print_wrapped(_IN_RHO, indent="  ")


def _promise(total: dict[str, float], periods: int) -> str:
    return (
        f"All answers together, over the whole lifetime, tell of one person at most epsilon "
        f"{total['epsilon']:g} (delta {total['delta']:g}), in {counted(periods, 'period')}. "
        "Nothing refills this but a further period, which two officers open."
    )


_IN_RHO = (
    "Counted in rho: with Gaussian noise in it, a budget is spent in rho; it ends where rho "
    "comes to the same epsilon and delta."
)


def _cells(cap: dict[str, Any]) -> tuple[str, ...]:
    unit = cap["counted_in"]
    spent = f"{unit} {cap['spent'][unit]:.4g}"
    if "limit" not in cap:
        return _whose(cap["cap"]), spent, "no longer asked", "-"
    of, left = cap["limit"][unit], cap["remaining"][unit]
    return _whose(cap["cap"]), spent, f"{unit} {of:.4g}", f"{unit} {left:.4g}"


def _whose(cap: str) -> str:
    """Say whose a cap is, from its id."""
    match cap.split(":"):
        case ["contributor", name, dataset]:
            return f"contributor {name}, for its records in {dataset}"
        case ["partner", name, "purpose", policy, purpose]:
            return f"partner {name}, for {purpose} under {policy}"
        case ["partner", name, *_]:
            return f"partner {name}"
        case ["purpose", policy, purpose]:
            return f"everybody, for {purpose} under {policy}"
        case _:
            return "everybody"


@app.command("open-period", epilog=example(f"weir budget open-period hotline-cases {_DECISION}"))
def open_period(
    dataset: Annotated[str, typer.Argument(help="One of those that spend from the budget.")],
    officer: Annotated[list[str], typer.Option(help="Who decides: two, each once.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the decision.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Open a further period: the budget, and each partner's share of it, counts once more.

    What was spent stays spent, and the same people may be told more about: from now on every
    guarantee names the lifetime total. The decision is an entry of the audit log.
    """
    opened = run(home, "budget.open-period", dataset=dataset, officers=officer, reason=reason)

    def render(result: dict[str, Any]) -> None:
        typer.echo(f"Period {result['period']} of {result['subject']} is open.")
        suggest(home, f"weir budget show {dataset}")

    show(opened, as_json, render)

"""What aggregates cost, in words: the price, what it buys, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.tables import harmless, print_wrapped
from gateway.counted import counted

if TYPE_CHECKING:
    from gateway.client import Estimate

_COUNTS = ("count_people", "count_records", "histogram", "distinct")


def print_estimate(guess: Estimate) -> None:
    """Say what a question would cost: `this costs epsilon 0.5 of the 2 you have; ...`."""
    for line in estimate_lines(guess):
        print_wrapped(line, "")


def estimate_lines(guess: Estimate) -> list[str]:
    """Return the same as lines of text."""
    lines = [_cost(guess)]
    lines += [_exactness(name, measure) for name, measure in guess.measures.items()]
    lines.append(f"  {counted(guess.keys, 'row')}, {counted(guess.cells, 'value')}")
    if guess.remaining_questions is not None:
        more = counted(guess.remaining_questions, "more such question")
        fits = "fits" if guess.remaining_questions == 1 else "fit"
        lines.append(f"  {more} {fits} into your budget")
    if guess.after is not None and not guess.cached:
        lines.append(f"  afterwards {_left(guess.after)} is left for one further answer")
    lines += [str(note.get("message", "")) for note in guess.notes]
    return list(dict.fromkeys(lines))


def price_of(price: Mapping[str, Any]) -> str:
    """Return `epsilon 0.5` or `rho 0.1`."""
    named = (name for name in ("epsilon", "rho") if price.get(name) is not None)
    return " and ".join(f"{name} {short(price[name])}" for name in named) or "nothing"


def print_budget(budget: Mapping[str, Any], guarantee: Mapping[str, Any]) -> None:
    """Say what an answer cost and what is left of this partner's own budget."""
    remaining, total = budget.get("remaining", {}), budget.get("total", {}).get("epsilon")
    cached = guarantee.get("cached")
    charged = budget.get("charged")
    cost = "cost nothing: it was answered before" if cached else f"cost {price_of(guarantee)}"
    if not cached and charged is not None and not (charged["epsilon"] or charged["rho"]):
        cost = "cost nothing: all parts of it were answered before"
    left = remaining.get("epsilon")
    if left is None:
        typer.echo(harmless(cost))
        return
    of = f" of {short(total)}" if total is not None else ""
    rho = ", counted in rho from now on" if budget.get("counted_in") == "rho" else ""
    typer.echo(harmless(f"{cost}; epsilon {short(left)}{of} is left{rho}"))


def short(number: object) -> str:
    """Return a number without digits that nobody asked for."""
    return f"{float(number):.4g}" if isinstance(number, int | float) else str(number)


def _cost(guess: Estimate) -> str:
    if guess.cached:
        return "This costs nothing: it was answered before on these data."
    way = "epsilon" if guess.price.get("epsilon") is not None else "rho"
    left = guess.budget.get("remaining", {}).get(way)
    have = f" of the {short(left)} you have" if left is not None else ""
    return f"This costs {price_of(guess.price)}{have}:"


def _left(budget: Mapping[str, Any]) -> str:
    """Return `epsilon 1.5`, or `epsilon 0.3 or rho 0.05` where a budget is counted in rho."""
    remaining = budget.get("remaining", {})
    names = ("epsilon",) if budget.get("counted_in") == "epsilon" else ("epsilon", "rho")
    return " or ".join(f"{name} {short(remaining[name])}" for name in names if name in remaining)


def _exactness(name: str, measure: Mapping[str, Any]) -> str:
    """Say how wide the interval of a value will be, where that is known beforehand."""
    table, of, measure_name = name.partition("/")
    if not of or ":" in table:  # the name of a column, not that of a table of a batch
        table, measure_name = "", name
    kind = measure_name.partition(":")[0]
    if kind not in (*_COUNTS, "sum"):
        return f"  {name}: how exact depends on the values; each comes with its interval"
    width, confidence = measure["half_width"], float(measure["confidence"])
    shown = f"{width:,}" if isinstance(width, int) else f"{float(width):,.2f}"
    what = "count" if kind in _COUNTS else measure_name
    what += f" of {table}" if table else ""
    return f"  ± {shown} on each {what} ({confidence:.0%})".replace("%", " %")

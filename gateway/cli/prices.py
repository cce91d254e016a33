"""What aggregates cost, in words: the price, what it buys, what is left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import typer

from gateway.cli.tables import harmless, print_wrapped
from gateway.counted import counted

if TYPE_CHECKING:
    from gateway.client import Estimate

_PERCENT = 100


def print_estimate(guess: Estimate) -> None:
    """Say what a question would cost: `this costs epsilon 0.5 of the 2 you have; ...`."""
    for line in estimate_lines(guess):
        print_wrapped(line, "")


def estimate_lines(guess: Estimate) -> list[str]:
    """Return the same as lines of text."""
    lines = [_cost(guess)]
    lines += [
        f"  ± {half_width(one)} on each {_named(name)} ({_confidence(one)})"
        for name, one in guess.measures.items()
    ]
    lines.append(f"  {counted(guess.keys, 'row')}, {counted(guess.cells, 'value')}")
    if guess.remaining_questions is not None:
        more = counted(guess.remaining_questions, "more such question")
        lines.append(f"  {more} fit into your budget")
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
    cost = "cost nothing: it was answered before" if cached else f"cost {price_of(guarantee)}"
    left = remaining.get("epsilon")
    if left is None:
        typer.echo(harmless(cost))
        return
    of = f" of {short(total)}" if total is not None else ""
    typer.echo(harmless(f"{cost}; epsilon {short(left)}{of} is left"))


def half_width(measure: Mapping[str, Any]) -> str:
    """Return how far noise moves a value at most, at the stated confidence."""
    width = measure.get("half_width")
    return "?" if width is None else f"{width:,.6g}" if isinstance(width, float) else f"{width:,}"


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


def _named(measure: str) -> str:
    kind = measure.partition(":")[0]
    return (
        "count" if kind in {"count_people", "count_records", "histogram", "distinct"} else measure
    )


def _confidence(measure: Mapping[str, Any]) -> str:
    return f"{float(measure.get('confidence', 0.95)) * _PERCENT:g} %"

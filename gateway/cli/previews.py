"""How a preview reads on a terminal."""

from __future__ import annotations

from typing import Any

import typer

from gateway.cli.tables import counted, print_rows


def render_preview(seen: dict[str, Any]) -> None:
    """Print the figures, the columns, then some rows before and after."""
    typer.echo(
        f"{seen['policy']}, version {seen['policy_sha256'][:12]}, for {seen['partner']} "
        f"({seen['purpose']}), on {seen['dataset']} as it is now. Nothing left.\n",
    )
    print_rows(_figures(seen), indent="  ")
    if seen["records_left_out"]:
        typer.echo("\n  records that aren't in it, by the first rule that leaves them out:")
        print_rows(_left_out(seen["records_left_out"]), indent="    ")
    typer.echo("")
    print_rows([_TITLES, *(_about_column(column) for column in seen["columns"])], indent="  ")
    if seen["rows"]:
        typer.echo("\nRows as stored, and as they would leave:")
        print_before_and_after(seen, indent="  ")
        typer.echo("")


_TITLES = ("COLUMN", "LEAVES AS", "LOSS")


def _figures(seen: dict[str, Any]) -> list[tuple[str, str]]:
    out, people = seen["left_out"], seen["people"]
    smallest = counted(seen["smallest_class"], "person", "people")
    return [
        ("people", f"{people:,} would leave; {out:,} of {people + out:,} left out to protect them"),
        (
            "classes",
            f"{seen['classes']:,}, the smallest {smallest}; the policy asks for {seen['k']}",
        ),
        *((f"distinct {name}", f"at least {fewest}") for name, fewest in seen["l"].items()),
        ("loss", f"{seen['loss']:.3f} (0 is exact, 1 is nothing left)"),
        ("guarantee", seen["guarantee"]),
    ]


def _left_out(records: dict[str, int]) -> list[tuple[str, str]]:
    return [(f"{count:,}", _SAID.get(rule, rule)) for rule, count in records.items()]


_SAID = {
    "further-records": "further records of people who are in it with one",
    "minors-left-out": "records of minors, or of people whose age isn't known",
}


def _about_column(column: dict[str, Any]) -> tuple[str, str, str]:
    loss = "" if column["loss"] is None else f"{column['loss']:.3f}"
    return column["name"], column["leaves_as"], loss


def print_before_and_after(seen: dict[str, Any], indent: str) -> None:
    """Print each row as it is stored, and below it what would leave."""
    names = [column["name"] for column in seen["columns"]]
    lines = [["", *names]]
    for row in seen["rows"]:
        lines.append(["stored", *(_cell(row["stored"][name]) for name in names)])
        lines.append(["leaves", *(_cell(row["leaves"][name]) for name in names)])
    print_rows(lines, indent=indent)


def _cell(value: str | None) -> str:
    """Return a value as one harmless word: data may hold what a terminal would obey."""
    if value is None:
        return "(empty)"
    shown = "".join(mark if mark.isprintable() else "?" for mark in value)
    return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 3] + "..."


_WIDEST = 28

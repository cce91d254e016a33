"""How a preview reads on a terminal."""

from __future__ import annotations

import shutil
from typing import Any

import typer

from gateway.cli.tables import counted, print_rows, width_of


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


_LOCAL = "local: refused where somebody in it was in a release before"
_TITLES = ("COLUMN", "LEAVES AS", "LOSS")


def _figures(seen: dict[str, Any]) -> list[tuple[str, str]]:
    people, out = seen["people"], seen["left_out"]
    smallest = counted(seen["smallest_class"], "person", "people")
    return [
        ("people", f"{people:,} of {people + out:,} would leave"),
        ("left out", _why_left_out(seen)),
        (
            "classes",
            f"{seen['classes']:,}, the smallest {smallest}; the policy asks for {seen['k']}",
        ),
        *((f"distinct {name}", f"at least {fewest}") for name, fewest in seen["l"].items()),
        *(
            (f"entropy of {name}", f"at least that of {least:.2f} values")
            for name, least in seen["entropy"].items()
        ),
        *((f"distance of {name}", f"at most {far:.3f}") for name, far in seen["t"].items()),
        *_alike(seen["k_map"]),
        ("loss", f"{seen['loss']:.3f} (0 is exact, 1 is nothing left)"),
        *((("recoding", _LOCAL),) if seen["recoding"] == "local" else ()),
        ("guarantee", seen["guarantee"]),
    ]


def _alike(fewest: int | None) -> list[tuple[str, str]]:
    if fewest is None:
        return []
    return [("population", f"at least {counted(fewest, 'person', 'people')} alike in every class")]


def _why_left_out(seen: dict[str, Any]) -> str:
    out, by_search = seen["left_out"], seen["left_out_by_search"]
    share = f"{out / (seen['people'] + out):.1%}"
    if out == by_search:
        return f"{out:,} ({share}), to protect them"
    return f"{out:,} ({share}): {by_search:,} by the search, {out - by_search:,} more by l or t"


def _left_out(records: dict[str, int]) -> list[tuple[str, str]]:
    return [(f"{count:,}", _SAID.get(rule, rule)) for rule, count in records.items()]


_SAID = {
    "differing-records": "records that differ from a person's others in what mustn't change",
    "further-records": "further records of people who are in it already",
    "minors-left-out": "records of minors, or of people whose age isn't known",
    "recipients-own": "records that the partner gave itself",
}


def _about_column(column: dict[str, Any]) -> tuple[str, str, str]:
    loss = "" if column["loss"] is None else f"{column['loss']:.3f}"
    unsaid = column.get("suppressed_cells", 0)
    left_as = f"{column['leaves_as']}, {unsaid:,} of them as *" if unsaid else column["leaves_as"]
    return column["name"], left_as, loss


def print_before_and_after(seen: dict[str, Any], indent: str) -> None:
    """Print each row as it is stored beside what would leave: across, where that fits."""
    names = [column["name"] for column in seen["columns"]]
    across = [["", *names]]
    for row in seen["rows"]:
        across.append(["stored", *(_cell(row["stored"][name]) for name in names)])
        across.append(["leaves", *(_cell(row["leaves"][name]) for name in names)])
    if len(indent) + width_of(across) <= shutil.get_terminal_size().columns:
        print_rows(across, indent=indent)
        return
    for number, row in enumerate(seen["rows"], start=1):
        down = [(name, _cell(row["stored"][name]), _cell(row["leaves"][name])) for name in names]
        print_rows([(f"ROW {number}", "STORED", "LEAVES"), *down], indent=indent)


def _cell(value: str | None) -> str:
    """Return a value as one harmless word: data may hold what a terminal would obey."""
    if value is None:
        return "(empty)"
    shown = "".join(mark if mark.isprintable() else "?" for mark in value)
    return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 3] + "..."


_WIDEST = 28

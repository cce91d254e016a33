"""How a preview reads on a terminal."""

from __future__ import annotations

import shutil
from typing import Any

import typer

from gateway.cli.tables import harmless, print_rows, print_wrapped, width_of
from gateway.counted import counted, counted_people


def render_preview(seen: dict[str, Any]) -> None:
    """Print the figures, the columns, then some rows before and after."""
    typer.echo(
        f"{seen['policy']}, version {seen['policy_sha256'][:12]}, for {seen['partner']} "
        f"({seen['purpose']}), on {seen['dataset']} as it is now. Nothing left.\n",
    )
    print_rows(_figures(seen), indent="  ")
    print_records_left_out(seen["records_left_out"])
    print_warnings(seen["warnings"])
    typer.echo("")
    print_rows([_TITLES, *(_about_column(column) for column in seen["columns"])], indent="  ")
    if seen["rows"]:
        typer.echo("\nRows as stored, and as they would leave:")
        print_before_and_after(seen, indent="  ")
        typer.echo("")


def print_records_left_out(records: dict[str, int]) -> None:
    """Print which rules left records out, where any did."""
    if records:
        typer.echo("\n  records that aren't in it, by the first rule that leaves them out:")
        print_rows(_left_out(records), indent="    ")


def print_warnings(warnings: list[str]) -> None:
    """Print what whoever decides must know."""
    for warning in warnings:
        typer.echo("")
        print_wrapped(f"warning: {warning}", indent="  ")


_LOCAL = "local: refused where somebody in it was in a release before"
_TITLES = ("COLUMN", "LEAVES AS", "LOSS")
NOTHING = "* (nothing of it is said)"


def _figures(seen: dict[str, Any]) -> list[tuple[str, str]]:
    people, out = seen["people"], seen["left_out"]
    smallest = counted_people(seen["smallest_class"])
    return [
        ("people", f"{people:,} of {people + out:,} would leave"),
        *_rows(seen),
        ("left out", f"{_why(seen)}; max_suppressed is {seen['max_suppressed']:.0%}"),
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


def _rows(seen: dict[str, Any]) -> list[tuple[str, str]]:
    rows = seen["records"]
    return [("rows", f"{rows:,}, several of some people")] if rows > seen["people"] else []


def _alike(fewest: int | None) -> list[tuple[str, str]]:
    if fewest is None:
        return []
    return [("population", f"at least {counted(fewest, 'person', 'people')} alike in every class")]


def _why(seen: dict[str, Any]) -> str:
    out = seen["left_out"]
    return why_left_out(seen["people"] + out, out, seen["left_out_by_search"])


def why_left_out(people: int, out: int, by_search: int) -> str:
    """Say how many of the people whom the search saw aren't in the file, and for which rule."""
    share = f"{out / people:.1%}"
    if out == by_search:
        return f"{out:,} ({share}), to protect them"
    return f"{out:,} ({share}): {by_search:,} by the search, {out - by_search:,} more by l or t"


def _left_out(records: dict[str, int]) -> list[tuple[str, str]]:
    return [(counted(count, "record"), _SAID.get(rule, rule)) for rule, count in records.items()]


_SAID = {
    "consent-class": "of people who don't share with partners of this class",
    "consent-contributor-class": "whose contributor doesn't share with partners of this class",
    "consent-contributor-ended": "whose contributor shared them until an earlier day",
    "consent-contributor-maximum": "whose contributor allows less",
    "consent-contributor-purpose": "whose contributor doesn't share for this purpose",
    "consent-contributor-unknown": "given under terms that aren't known",
    "consent-default": "that say nothing about consent",
    "consent-ended": "whose consent has ended",
    "consent-label-class": "of submissions that aren't shared with partners of this class",
    "consent-label-ended": "of submissions that were shared until an earlier day",
    "consent-label-maximum": "of submissions whose label allows less",
    "consent-label-purpose": "of submissions that aren't shared for this purpose",
    "consent-newest-statement": "of people whose newest statement allows less",
    "consent-purpose": "of people who don't share for this purpose",
    "consent-restricted-funding": "of services whose grant forbids it",
    "consent-stated": "whose own consent allows less",
    "consent-unknown-value": "whose consent isn't understood",
    "differing-records": "that differ from a person's others in what mustn't change",
    "further-records": "further ones of people who are in it already",
    "minors-left-out": "of minors, or of people whose age isn't known",
    "not-asked-for": "that the conditions leave out",
    "recipients-own": "that the partner gave itself",
}


def _about_column(column: dict[str, Any]) -> tuple[str, str, str]:
    loss = "" if column["loss"] is None else f"{column['loss']:.3f}"
    unsaid = column.get("suppressed_cells", 0)
    leaves_as = NOTHING if column["leaves_as"] == "*" else column["leaves_as"]
    left_as = f"{leaves_as}, {unsaid:,} of them as *" if unsaid else leaves_as
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
    shown = harmless(value)
    return shown if len(shown) <= _WIDEST else shown[: _WIDEST - 3] + "..."


_WIDEST = 28

"""How what waits for officers reads on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
import yaml

from gateway.cli.previews import print_records_left_out, print_warnings, why_left_out
from gateway.cli.releases import minute, said_protection, said_rows
from gateway.cli.tables import harmless, print_rows, print_wrapped
from gateway.counted import counted, counted_people

if TYPE_CHECKING:
    from collections.abc import Mapping

_WITHDRAWAL = (
    "Approving makes the person's no the operator's own word: it stops all their records, whoever "
    "gave them, until the operator says otherwise. Refusing adds nothing to what was said."
)
_COLUMNS = ("COLUMN", "ROLE", "ACTION", "LEVEL")


def headline(item: Mapping[str, Any]) -> str:
    """Say in one line what waits."""
    approved = f"{item['approvals']} of {counted(item['needed'], 'approval')}"
    if item["kind"] == "withdrawal":
        what = f"a person whom others' records know, withdrawn by {_giver(item)}"
    elif item["kind"] == "policy":
        what = f"policy {item['policy']}"
    else:
        met = f", on people of {', '.join(item['overlaps'])}" if item["overlaps"] else ""
        what = f"extract for {item['partner']}{met}"
    return f"{item['id']}: {what}; {approved}, asked {minute(item['requested_at'])} UTC"


def _giver(item: Mapping[str, Any]) -> str:
    return str(item["contributor"]) or "the operator"


def asked_rows(item: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Say what is asked, by facts."""
    if item["kind"] in ("policy", "withdrawal"):
        return [("dataset", item["dataset"])]
    version = f"version {item['policy_sha256'][:12]}"
    return [
        ("what for", f"{item['purpose']}, under agreement {item['agreement']}"),
        ("from", f"{item['dataset']}, by policy {item['policy']}, {version}"),
        ("columns", ", ".join(item["columns"])),
        *(("only where", condition(one)) for one in item["where"]),
        *(("beside", _beside(one)) for one in item["beside"]),
    ]


def _beside(view: Mapping[str, Any]) -> str:
    """Say what else of the same people the partner has, or waits for."""
    only = "".join(f", only where {condition(one)}" for one in view["where"])
    columns = ", ".join(view["columns"])
    return (
        f"{view['id']} ({view['state']}): {view['dataset']} for {view['purpose']}: {columns}{only}"
    )


def condition(clause: Mapping[str, Any]) -> str:
    """Say a condition as `--where` takes it."""
    if "in" in clause:
        return f"{clause['column']} in {','.join(clause['in'])}"
    edges = (f"{edge} {clause[edge]}" for edge in ("from", "to") if edge in clause)
    return f"{clause['column']} {' '.join(edges)}"


def render_review(shown: Mapping[str, Any]) -> None:
    """Print one item as an officer decides on it."""
    typer.echo(headline(shown))
    print_rows(asked_rows(shown), indent="  ")
    if shown["kind"] == "policy":
        _render_draft(shown)
        return
    if shown["kind"] == "withdrawal":
        print_rows([("releases that held it", str(len(shown["releases"])))], indent="  ")
        print_wrapped(_WITHDRAWAL, indent="  ")
        return
    if shown["approved_by"]:
        print_rows([("approved by", _names(shown))], indent="  ")
    for objection in shown["objections"]:
        print_wrapped(f"An approval would end it as refused: {objection}", indent="  ")
    if shown["made"] is not None:
        _render_made(shown["made"], shown["format"])
    typer.echo("")


def _names(shown: Mapping[str, Any]) -> str:
    return ", ".join(f"{one['officer']} ({minute(one['time'])})" for one in shown["approved_by"])


def _render_draft(shown: Mapping[str, Any]) -> None:
    for severity in ("error", "warning"):
        for said in shown[f"{severity}s"]:
            print_wrapped(f"{severity}: {said}", indent="  ")
    typer.echo("")
    text = yaml.safe_dump(shown["document"], sort_keys=False, allow_unicode=True)
    for line in text.splitlines():
        typer.echo(f"  {harmless(line)}")
    typer.echo("")


def _render_made(made: Mapping[str, Any], file_format: str) -> None:
    typer.echo("\nWhat would leave:")
    print_rows(_figures(made, file_format), indent="  ")
    print_records_left_out(made["records_left_out"])
    print_warnings(made["warnings"])
    typer.echo("")
    columns = ((c["name"], c["role"], c["action"], c["level"] or "") for c in made["columns"])
    print_rows([_COLUMNS, *columns], indent="  ")
    if made["rows"]:
        typer.echo("\nRows of the waiting file:")
    for number, row in enumerate(made["rows"], start=1):
        _print_row(number, row, made["columns"])


def _figures(made: Mapping[str, Any], file_format: str) -> list[tuple[str, str]]:
    people, protection = made["people_seen"], made["protection"]
    left_out = why_left_out(people, made["left_out"], made["left_out_by_search"])
    smallest = counted_people(round(1 / protection["prosecutor_risk"]))
    end = made["first_consent_end"]
    return [
        ("file", f"{file_format}, {said_rows(made['rows_in_file'], protection)}"),
        ("people", f"{people - made['left_out']:,} of {people:,}"),
        ("left out", f"{left_out}; max_suppressed is {made['max_suppressed']:.0%}"),
        ("smallest class", smallest),
        ("protection", said_protection(protection)),
        ("guarantee", made["guarantee"]),
        ("loss", f"{made['loss']:.3f} (0 is exact, 1 is nothing left)"),
        *((("first consent ends", end),) if end else ()),
    ]


def _print_row(number: int, row: Mapping[str, str | None], columns: list[dict[str, Any]]) -> None:
    """Print a row down the page; free text whole, for every word of it has to be read."""
    typer.echo(f"  ROW {number}")
    texts = [column["name"] for column in columns if column["action"] == "redact"]
    short = [(name, _said(value)) for name, value in row.items() if name not in texts]
    if short:
        print_rows(short, indent="    ")
    for name in texts:
        typer.echo(f"    {harmless(name)}:")
        print_wrapped(_said(row[name]), indent="      ")


def _said(value: str | None) -> str:
    return "(empty)" if value is None else value

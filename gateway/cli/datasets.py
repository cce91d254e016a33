"""`weir dataset`: declare data, load it, look at what is there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.running import DEFAULT_HOME, HomeOption, JsonOption, read_text, run, show

app = typer.Typer(
    no_args_is_help=True,
    help="Declare datasets, load data into them, look at them.",
)


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(help="The dataset's declaration (YAML).")],
    home: HomeOption = DEFAULT_HOME,
    ladders: Annotated[
        Path | None,
        typer.Option(help="Folder with the files of own ladders (default: beside FILE)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Declare a dataset: its columns, roles, ladders, consent and privacy unit."""
    folders = [str(folder.absolute()) for folder in (file.parent, ladders) if folder is not None]
    result = run(home, "dataset.add", text=read_text(file), folders=folders)
    show(result, as_json, _render_change)


def _render_change(result: dict[str, Any]) -> None:
    typer.echo(f"Dataset {result['name']} {result['outcome']} ({result['sha256'][:12]}).")
    for warning in result["warnings"]:
        typer.echo(f"  note: {warning}")
    typer.echo(f"Next: weir dataset load {result['name']} DATA")


@app.command("load")
def load(
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")],
    data: Annotated[list[Path], typer.Argument(help="CSV, TSV, JSONL or Parquet files.")],
    home: HomeOption = DEFAULT_HOME,
    contributor: Annotated[
        str,
        typer.Option(help="The partner whose data this is (default: the operator's own)."),
    ] = "",
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Replace all records of this dataset."),
    ] = False,
    delimiter: Annotated[
        str,
        typer.Option(help="Separator of a CSV file (default: detected)."),
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Load files, all or nothing, and say what was refused and why (never the value).

    The same file loaded twice is loaded once. With a `record_key`, a known record is updated.
    """
    result = run(
        home,
        "dataset.load",
        dataset=dataset,
        files=[str(path.absolute()) for path in data],
        contributor=contributor,
        mode="replace" if replace else "append",
        delimiter=delimiter,
    )
    show(result, as_json, _render_report)


def _render_report(report: dict[str, Any]) -> None:
    if report["state"] == "loaded before":
        typer.echo(f"Loaded before, as {report['submission']}: nothing changed.")
        return
    typer.echo(
        f"Loaded {report['accepted']:,} of {report['rows_read']:,} rows into {report['dataset']} "
        f"({report['updated']:,} were updates) as {report['submission']}.",
    )
    for file in report["files"]:
        typer.echo("  " + ", ".join(f"{name} {value}" for name, value in file.items() if value))
    for severity in ("refused", "warnings"):
        for problem in report[severity]:
            typer.echo(
                f"  {severity}: {problem['count']:,} x {problem['kind']} ({_places(problem)})",
            )


def _places(problem: dict[str, Any]) -> str:
    """Name the first places: rows as a spreadsheet counts them."""
    shown = [
        f"row {place['row']}" + (f", {place['column']}" if place["column"] else "")
        for place in problem["places"][:_PLACES_SHOWN]
    ]
    more = "; ..." if problem["count"] > len(shown) else ""
    return "; ".join(shown) + more


_PLACES_SHOWN = 3


@app.command("show")
def show_dataset(
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show a dataset's declaration, records, people and loads."""
    show(run(home, "dataset.show", dataset=dataset), as_json, _render_dataset)


def _render_dataset(shown: dict[str, Any]) -> None:
    typer.echo(
        f"{shown['dataset']}: {shown['records']:,} records of {shown['people']:,} people, "
        f"{shown['submissions']} loads, privacy unit {shown['privacy_unit']}",
    )
    for column in shown["columns"]:
        ladder = f"  ladder {column['ladder']}" if column["ladder"] else ""
        typer.echo(f"  {column['name']:<24} {column['type']:<10} {column['role']}{ladder}")
    typer.echo(f"Policies: {', '.join(shown['policies']) or 'none yet (weir policy apply FILE)'}")

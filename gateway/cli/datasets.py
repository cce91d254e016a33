"""`weir dataset`: declare data, load it, look at what is there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.labels import LabelOption, RelabelOption, read_label_options
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    fail,
    read_text,
    run,
    show,
    suggest,
)
from gateway.cli.tables import print_rows
from gateway.cli.unmapped import render_unmapped
from gateway.counted import counted
from gateway.languages import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

app = typer.Typer(
    no_args_is_help=True,
    help="Declare datasets, load data into them, look at them.",
)


@app.command(
    "add",
    epilog=example(
        "weir dataset add hotline-cases.yaml",
        "weir dataset add adult.yaml --ladders ~/hierarchies",
    ),
)
def add(
    file: Annotated[Path, typer.Argument(help="The dataset's declaration (YAML).")],
    home: HomeOption = DEFAULT_HOME,
    ladders: Annotated[
        Path | None,
        typer.Option(help="Folder with the files of own ladders (default: beside FILE)."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Declare a dataset: its columns, their roles and ladders, consent, and whom it protects.

    The privacy unit says whose presence is protected: a column that identifies people, or `row`
    where each row is one person. Declaring a dataset again changes it, as long as its stored
    columns stay as they are.
    """
    folders = [str(folder.absolute()) for folder in (file.parent, ladders) if folder is not None]
    result = run(home, "dataset.add", file=str(file), text=read_text(file), folders=folders)

    def render(change: dict[str, Any]) -> None:
        typer.echo(f"Dataset {change['name']} {change['outcome']}, version {_short(change)}.")
        for warning in change["warnings"]:
            typer.echo(f"  warning: {warning}")
        if change["outcome"] == "added":
            suggest(home, f"weir dataset load {change['name']} DATA.csv")

    show(result, as_json, render)


def _short(change: dict[str, Any]) -> str:
    return str(change["sha256"][:12])


@app.command(
    "load",
    epilog=example(
        "weir dataset load hotline-cases cases.csv",
        "weir dataset load hotline-cases 2025.parquet 2026.parquet --replace",
        "weir dataset load hotline-cases shelter.csv --contributor harbor-network "
        "--label share_with=ngo --label share_until=2027-01-31",
        "weir dataset load hotline-cases casos.csv --recipe casos.recipe.yaml",
    ),
)
def load(
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")],
    data: Annotated[list[Path], typer.Argument(help="CSV, TSV, XLSX, JSONL or Parquet files.")],
    home: HomeOption = DEFAULT_HOME,
    contributor: Annotated[
        str,
        typer.Option(help="The partner whose data this is (default: the operator's own)."),
    ] = "",
    replace: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="First take out what this contributor, or the operator, gave before.",
        ),
    ] = False,
    delimiter: Annotated[
        str,
        typer.Option(help="Separator of a CSV file (default: detected)."),
    ] = "",
    sheet: Annotated[
        str,
        typer.Option(help="Sheet of a workbook (default: the one that holds something)."),
    ] = "",
    header_row: Annotated[
        int,
        typer.Option(min=0, help="Row with the columns' names (default: found)."),
    ] = 0,
    recipe: Annotated[
        Path | None,
        typer.Option(help="The recipe (YAML) that maps the files onto the dataset."),
    ] = None,
    label: LabelOption = [],  # noqa: B006 - typer copies it
    report: Annotated[
        Path | None,
        typer.Option(help="Write a report of the file's quality: .html, .xlsx or .json."),
    ] = None,
    language: Annotated[str, typer.Option(help="Of that report: en or es.")] = "en",
    corrections: Annotated[
        Path | None,
        typer.Option(help="Write what could be corrected, with its values: .csv or .json."),
    ] = None,
    accept_corrections: Annotated[
        bool,
        typer.Option("--accept-corrections", help="Make these corrections before loading."),
    ] = False,
    again: Annotated[
        bool,
        typer.Option("--again", help="Load also people and records that were taken back before."),
    ] = False,
    relabel: RelabelOption = False,
    as_json: JsonOption = False,
) -> None:
    """Load files, all or nothing, and report what was left out and why (never the value).

    Files in UTF-8, UTF-16 and Windows' western code page are recognized. The same files loaded
    twice are loaded once. With a `record_key`, a row with a known key updates its record. Words
    that neither the recipe nor the dataset knows are listed, to be decided about once.

    What has one clear reading in another form (a date, a number, a misspelt code) can be corrected:
    look at `--corrections`, then load with `--accept-corrections`.
    """
    if language not in LANGUAGES:
        fail(f"no language {language!r}; there are {', '.join(LANGUAGES)}")
    for path in data:
        if not path.is_file():
            fail(f"{path} is a folder; name files" if path.is_dir() else f"there is no file {path}")
    result = run(
        home,
        "dataset.load",
        dataset=dataset,
        files=[str(path.absolute()) for path in data],
        contributor=contributor,
        mode="replace" if replace else "append",
        delimiter=delimiter,
        sheet=sheet,
        header_row=header_row,
        labels=read_label_options(label),
        accepted=_all_corrections() if accept_corrections else [],
        report=_absolute(report),
        corrections=_absolute(corrections),
        language=language,
        again=again,
        relabel=relabel,
        recipe="" if recipe is None else read_text(recipe),
        recipe_file="" if recipe is None else str(recipe),
    )
    show(result, as_json, _render_report)


def _all_corrections() -> list[str]:
    from gateway.lake.corrections import ALL_KINDS

    return sorted(ALL_KINDS)


def _absolute(path: Path | None) -> str:
    return "" if path is None else str(path.absolute())


def _render_report(report: dict[str, Any]) -> None:
    if report["state"] == "loaded before":
        typer.echo(
            f"These files are part of {report['dataset']} already ({report['submission']}): "
            "nothing changed.",
        )
        return
    typer.echo(
        f"Loaded {report['accepted']:,} of {counted(report['rows_read'], 'row')} into "
        f"{report['dataset']} as {report['submission']}"
        + (f"; {report['updated']:,} updated a known record." if report["updated"] else "."),
    )
    print_rows([_about_file(file) for file in report["files"]], indent="  ")
    _render_problems("left out", report["refused"])
    _render_problems("taken, but look", report["warnings"])
    _render_problems("corrected", report["repairs"])
    _render_problems("could be corrected (--corrections)", report["proposals"])
    if report["score"]:
        typer.echo(f"  score: {report['score']['points']:g} of 100")
    for note in report["recipe_notes"]:
        typer.echo(f"  recipe: {note}")
    render_unmapped(report["unmapped"], report["unmapped_left_out"])


def _about_file(file: dict[str, Any]) -> tuple[str, str]:
    facts = [file["format"]]
    if file["encoding"]:
        facts.append(file["encoding"])
    if file["delimiter"]:
        facts.append(f"separated by {_NAMED.get(file['delimiter'], file['delimiter'])}")
    if file["sheet"]:
        facts.append(f"sheet {file['sheet']}")
    if file["header_row"] > 1:
        facts.append(f"columns named in row {file['header_row']}")
    facts.extend(_about_workbook(file["workbook"] or {}))
    if file["ignored_columns"]:
        facts.append(f"not declared and not read: {', '.join(file['ignored_columns'])}")
    return file["name"], ", ".join(facts)


def _about_workbook(workbook: dict[str, Any]) -> Iterator[str]:
    if workbook.get("formulas"):
        yield f"{counted(workbook['formulas'], 'formula')} of which the saved value counts"
    if workbook.get("errors"):
        yield f"{counted(workbook['errors'], 'cell')} with an error, taken as empty"
    if workbook.get("hidden_rows"):
        yield f"{counted(workbook['hidden_rows'], 'hidden row')}, read like the others"
    if workbook.get("hidden_sheets"):
        yield f"hidden and not read: {', '.join(workbook['hidden_sheets'])}"
    if workbook.get("macros"):
        yield "macros, which were not run"


_NAMED = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}


def _render_problems(title: str, problems: list[dict[str, Any]]) -> None:
    if problems:
        typer.echo(f"  {title}:")
    for problem in problems:
        typer.echo(f"    {_where(problem)}: {problem['message']}")


def _where(problem: dict[str, Any]) -> str:
    first = problem["places"][0]
    more = f" and {problem['count'] - 1:,} more" if problem["count"] > 1 else ""
    return f"{first['file']}, row {first['row']}{more}"


@app.command("show", epilog=example("weir dataset show hotline-cases"))
def show_dataset(
    dataset: Annotated[str, typer.Argument(help="The dataset's name.")],
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show a dataset: its columns, how much is in it, and which policies give from it."""
    result = run(home, "dataset.show", dataset=dataset)

    def render(shown: dict[str, Any]) -> None:
        _render_dataset(shown)
        if not shown["records"]:
            suggest(home, f"weir dataset load {dataset} DATA.csv")
        elif not shown["policies"]:
            suggest(home, "weir policy apply POLICY.yaml")

    show(result, as_json, render)


def _render_dataset(shown: dict[str, Any]) -> None:
    typer.echo(
        f"{shown['dataset']}, version {_short(shown)}: {counted(shown['records'], 'record')} of "
        f"{counted(shown['people'], 'person', 'people')} from "
        f"{counted(shown['submissions'], 'load')}",
    )
    typer.echo(f"whose presence is protected: {_unit(shown['privacy_unit'])}")
    print_rows(
        [
            (column["name"], column["type"], column["role"], column["ladder"] or "")
            for column in [_TITLES, *shown["columns"]]
        ],
        indent="  ",
    )
    typer.echo(f"policies: {', '.join(shown['policies']) or 'none yet'}")


_TITLES = {"name": "COLUMN", "type": "TYPE", "role": "ROLE", "ladder": "LADDER"}


def _unit(privacy_unit: str | None) -> str:
    if privacy_unit is None:
        return "nobody's; without a privacy unit no records can be released"
    return "each row is one person" if privacy_unit == "row" else f"by {privacy_unit}"

"""`weir recipe`: from a file in its own words to a recipe that maps it, without a manual."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    fail,
    failing_clearly,
    read_text,
    run,
    show,
)
from gateway.cli.tables import harmless
from gateway.counted import counted

if TYPE_CHECKING:
    from policies.documents import DatasetDocument

app = typer.Typer(
    no_args_is_help=True,
    help="Recipes: how a file in its own words becomes records of a dataset.",
)
DatasetOption = Annotated[
    str,
    typer.Option(
        help="A declaration (YAML), a shipped template (htcds-cases), or one of the home."
    ),
]


@app.command(
    "draft",
    epilog=example(
        "weir recipe draft casos.csv --dataset htcds-cases --output casos.recipe.yaml",
        "weir recipe draft cases.csv --dataset our-cases.yaml --glossary our-words.csv",
    ),
)
def draft(
    file: Annotated[Path, typer.Argument(help="The data file, as it is.")],
    dataset: DatasetOption,
    glossary: Annotated[
        list[Path] | None,
        typer.Option(help="Own terms: a file with lines `concept;term` (birth-date;F. Nac.)."),
    ] = None,
    sheet: Annotated[str, typer.Option(help="Of a workbook: which sheet.")] = "",
    header_row: Annotated[
        int, typer.Option(min=0, help="The row with the columns' names (default: found).")
    ] = 0,
    output: Annotated[
        Path | None, typer.Option(help="Write the recipe here, for you alone to read.")
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace a file of this name.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Propose a recipe for a file, from its headers and values, in English or Spanish.

    Above each column stands how sure Weir is (1.00 is certain) and why; below it, the words whose
    meaning you must decide. Start with the questions on top, correct what is wrong, and check it:
    `weir recipe check`. Nothing leaves this machine. The draft quotes words of your file: keep it
    as safe as the file.
    """
    with failing_clearly():
        from gateway.lake.readers import stated_layout
        from gateway.lake.sources import SourceError
        from gateway.messages import render
        from gateway.recipe_drafts import described, draft_for_file, read_glossary

        declared = _dataset(dataset, home)
        terms = read_glossary([(path.name, read_text(path)) for path in glossary or []])
        try:
            stated = stated_layout(sheet=sheet, header_row=header_row)
            made = draft_for_file(file, declared, terms, stated=stated)
        except SourceError as error:
            fail(render(error.reason, "en"))
        if output is not None:
            _write(output, made.text.encode(), replace=replace)
    result = described(made)
    show(result, as_json, lambda shown: _render_draft(shown, output))


def _write(file: Path, data: bytes, *, replace: bool) -> None:
    """Write a draft, which quotes the data, so that its owner alone can read it."""
    from gateway.files import atomic_write, create_exclusively

    if replace:
        atomic_write(file, data)
        return
    try:
        create_exclusively(file, data)
    except FileExistsError:
        fail(f"{file} is there already; name another file, or say --replace")


def _render_draft(shown: dict[str, Any], output: Path | None) -> None:
    if output is None:
        for line in shown["recipe"].splitlines():
            typer.echo(harmless(line))
        return
    typer.echo(
        f"Wrote {output}: {counted(len(shown['columns']), 'column')} proposed, "
        f"{counted(len(shown['undecided']), 'word')} and "
        f"{counted(len(shown['questions']), 'question')} to decide, "
        f"{counted(len(shown['unused']), 'column')} of the file left out."
    )
    for question in shown["questions"]:
        typer.echo(harmless(f"  ? {question}"))


@app.command(
    "check",
    epilog=example(
        "weir recipe check casos.recipe.yaml --dataset htcds-cases",
        "weir recipe check casos.recipe.yaml --dataset our-cases.yaml casos.csv",
    ),
)
def check(
    recipe: Annotated[Path, typer.Argument(help="The recipe (YAML).")],
    dataset: DatasetOption,
    file: Annotated[
        Path | None, typer.Argument(help="A file that it should map: its header is compared.")
    ] = None,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Check a recipe against its dataset, and against the header of a file if one is given.

    What must be corrected ends the command with status 1; what somebody should look at is listed.
    """
    with failing_clearly():
        from gateway.lake.readers import read_header
        from gateway.lake.sources import SourceError
        from gateway.messages import render, worded
        from gateway.recipe_files import read_recipe_file, ready_recipe
        from policies.recipes.headers import HeaderError, match_header

        read = read_recipe_file(recipe.name, read_text(recipe))
        ready = ready_recipe(recipe.name, read, _dataset(dataset, home))
        try:
            if file is not None:
                match_header(read.reads, read_header(file, read.file).names, file.name)
        except (SourceError, HeaderError) as error:
            fail(render(error.reason, "en"))
    result = {"recipe": read.recipe, "notes": worded(ready.notes)}

    def said(shown: dict[str, Any]) -> None:
        typer.echo(f"Recipe {shown['recipe']} can be used.")
        for note in shown["notes"]:
            typer.echo(f"  note: {note}")

    show(result, as_json, said)


def _dataset(named: str, home: Path) -> DatasetDocument:
    """Return a dataset by its file, as a shipped template, or as the home declares it."""
    from gateway.recipe_drafts import read_dataset_text, templates

    path = Path(named)
    if path.suffix not in (".yaml", ".yml"):
        if home.is_dir():
            text = run(home, "dataset.document", dataset=named)
            return read_dataset_text(named, text, None)
        if named not in templates():
            fail(f"there is no home {home}, and no template {named}", [*templates()])
        path = templates()[named]
    return read_dataset_text(path.name, read_text(path), path.parent)

"""`weir measure`: how well a file protects the people in it, and what that cost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import JsonOption, fail, failing_clearly, show
from gateway.cli.tables import harmless
from gateway.counted import counted, counted_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rich.console import Console

    from gateway.measuring.questions import Question
    from gateway.measuring.words import Row

EXAMPLE = example(
    "weir measure extract.csv",
    "weir measure cases.csv --quasi-identifiers year,gender,age --sensitive exploitation "
    "--svg risk.svg",
    "weir measure released.csv --quasi-identifiers age,town --hierarchy age=ages.csv "
    "--hierarchy town=towns.csv --original cases.csv --population register.csv",
)
WP216 = "The three questions of WP216 (Article 29 Working Party):"
RISKS = "risk (worst case, average, share of people above the limit)"


def measure(
    file: Annotated[Path, typer.Argument(help="CSV, TSV, JSONL, Parquet, or Weir's XLSX.")],
    quasi_identifiers: Annotated[
        str,
        typer.Option(
            help="Columns that somebody else may know about a person, with commas between "
            "(default: as FILE.manifest.json says)."
        ),
    ] = "",
    sensitive: Annotated[
        str, typer.Option(help="Columns that nobody should find out, with commas between.")
    ] = "",
    k: Annotated[
        int, typer.Option(min=0, help="People that every group should have (0: manifest, or 11).")
    ] = 0,
    hierarchy: Annotated[
        list[str] | None,
        typer.Option(
            help="column=FILE: what its forms cover, one line `value;coarser;...` for each value."
        ),
    ] = None,
    says_nothing: Annotated[
        list[str] | None,
        typer.Option(
            help="column=VALUE: a value that counts as unknown, besides the usual ones "
            "(refused, n/a, no sabe, ...) and those of the manifest."
        ),
    ] = None,
    original: Annotated[
        Path | None, typer.Option(help="What the file was made of: counts who is left out.")
    ] = None,
    population: Annotated[
        Path | None,
        typer.Option(
            help="Everybody who could be in the file, those in it included, with the same columns; "
            "a column `people` may count them."
        ),
    ] = None,
    sampled_share: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Without --population: which share of everybody is in the file (0: unknown).",
        ),
    ] = 0.0,
    unit: Annotated[
        str,
        typer.Option(help="Column that names people, where one may have several rows."),
    ] = "",
    noise: Annotated[
        float, typer.Option(min=0, max=1, help="Share of wrong cells in the attacker's register.")
    ] = 0.0,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of the chance in the experiment with the register.")
    ] = 1,
    delimiter: Annotated[str, typer.Option(help="Between cells of CSV (found by itself).")] = "",
    svg: Annotated[Path | None, typer.Option(help="Write a picture here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure how well a file protects people: groups, risks, what can be inferred, what was lost.

    For any file, whoever made it; needs no home. People who are alike in all quasi-identifiers
    form a group: the smallest group is **k**. The report says what each figure means, links a
    made-up register to the file to see whom an attacker finds, and answers the three questions
    that European data protection authorities ask of anonymous data (opinion WP216): can somebody
    be singled out, can records be linked, can something be inferred?

    It counts only what the file and these options say: whoever knows other columns knows more.
    """
    with failing_clearly():
        from gateway.measuring.measures import measure_file
        from gateway.measuring.questions import Question

        question = Question(
            file=file,
            quasi_identifiers=_names(quasi_identifiers),
            sensitive=_names(sensitive),
            unit=unit,
            delimiter=delimiter or None,
            k=k,
            hierarchies=dict(map(_column_and_file, hierarchy or [])),
            says_nothing=_values_by_column(says_nothing or []),
            original=original,
            population=population,
            sampled_share=sampled_share,
            noise=noise,
            seed=seed,
        )
        found = _worded(measure_file(question))
        if svg is not None:
            _write_picture(found, svg)
    show(found, as_json, lambda measured: _render(measured, question, svg))


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _column_and_file(text: str) -> tuple[str, Path]:
    column, mark, file = text.partition("=")
    if not (column and mark and file):
        fail(f"--hierarchy takes column=FILE, as in age=ages.csv; {text!r} isn't that")
    return column.strip(), Path(file)


def _values_by_column(texts: Sequence[str]) -> dict[str, tuple[str, ...]]:
    values: dict[str, tuple[str, ...]] = {}
    for text in texts:
        column, mark, value = text.partition("=")
        if not (column and mark and value):
            fail(f"--says-nothing takes column=VALUE, as in harm=refused; {text!r} isn't that")
        values[column.strip()] = (*values.get(column.strip(), ()), value)
    return values


def _worded(found: dict[str, Any]) -> dict[str, Any]:
    from gateway.measuring.words import because

    answers = {name: {**a, "why": because(a)} for name, a in found["wp216"].items()}
    return {**found, "wp216": answers}


def _write_picture(found: dict[str, Any], svg: Path) -> None:
    from gateway.charts import render_svg
    from gateway.measuring.chart import risk_chart

    svg.write_text(render_svg(risk_chart(found)), encoding="utf-8")


def _render(found: dict[str, Any], question: Question, svg: Path | None) -> None:
    from rich.console import Console

    from gateway.measuring import words

    console = Console(markup=False, highlight=False, emoji=False)
    console.print(harmless(_heading(found)))
    verdicts = [
        (words.QUESTIONS[name], words.POSSIBLE[answer["possible"]], answer["why"])
        for name, answer in found["wp216"].items()
    ]
    _print_rows(console, f"{words.verdict(found)} {WP216}", verdicts)
    _print_rows(console, "groups of people who are alike", words.class_rows(found))
    _print_rows(console, RISKS, words.risk_rows(found))
    for name, column in found["sensitive"].items():
        _print_rows(console, f"{name}, in the worst group", words.sensitive_rows(name, column))
    _print_rows(console, "loss", words.loss_rows(found))
    console.print(f"\n{words.register_sentence(found)}")
    if svg is not None:
        console.print(f"\nThe picture is in {svg}.")
    elif question.original is None and question.hierarchies:
        console.print("\nWith --original FILE the loss counts who is left out.")


def _heading(found: dict[str, Any]) -> str:
    whole = f"{found['file']}: {counted(found['rows'], 'row')}"
    people = "" if found["unit"] == "row" else f" of {counted_people(found['people'])}"
    names = found["quasi_identifiers"]
    by = f"quasi-identifier{'s' if len(names) > 1 else ''} {', '.join(names)}"
    return f"{whole}{people}, {by}{_unread(found['unreadable_rows'])}"


def _unread(rows: int) -> str:
    if not rows:
        return ""
    verb = "isn't" if rows == 1 else "aren't"
    return f"; {counted(rows, 'row')} can't be read and {verb} counted"


def _print_rows(console: Console, title: str, rows: Sequence[Row] | Iterable[Row]) -> None:
    """Print figures with what they mean, which may take several lines."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 2), pad_edge=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*(Text(harmless(cell)) for cell in row))
    if table.row_count:
        console.print(f"\n{harmless(title)}")
        console.print(table)

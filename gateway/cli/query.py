"""`weir query`: what a partner runs to count: noised aggregates, their intervals, their price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.cli.evidence import describe_evidence, print_evidence
from gateway.cli.examples import example
from gateway.cli.prices import print_budget, print_estimate
from gateway.cli.pull import Language
from gateway.cli.running import JsonOption, failing_clearly, show
from gateway.cli.tables import harmless, print_rows, print_wrapped
from gateway.counted import counted

if TYPE_CHECKING:
    from gateway.client import Aggregated, Weir
    from gateway.client.answer_files import AnswerFiles
    from gateway.client.answers import Row

_ASKING = (
    "weir query --server https://weir.hope.example --client harbor-network --key harbor.pem "
    "--dataset hotline-cases --purpose research"
)
EXAMPLE = example(
    f"{_ASKING} --measure count_people --group-by exploitation --epsilon 0.5 --estimate",
    f"{_ASKING} --measure count_people --measure sum:wage_debt --group-by exploitation "
    "--group-by reported_on:year --epsilon 0.5 --output counts.csv",
    f'{_ASKING} --measure histogram:age:10-years --where "state in CA,TX" --half-width 10',
)

_MEDIAN = ("quantile", ":0.5")

ServerOption = Annotated[str, typer.Option(help="The gateway's address, https://...")]
ClientOption = Annotated[str, typer.Option(help="Your name at the gateway, as in its agreement.")]
KeyOption = Annotated[Path, typer.Option(help="Your private key (PEM): Ed25519, P-256 or RSA.")]
EpsilonOption = Annotated[
    float | None,
    typer.Option(help="The price of all of it: small is noisy and cheap, 0.5 is usual."),
]
RhoOption = Annotated[
    float | None,
    typer.Option(
        help="The price under zCDP instead (Gaussian noise): cheaper for many small questions. "
        "From the first one on your budget is counted in rho for good; --estimate says what "
        "that leaves."
    ),
]
HalfWidthOption = Annotated[
    float | None,
    typer.Option(
        help="The accuracy instead: intervals of counts and sums no wider than ± this. Takes the "
        "cheaper noise, by epsilon or rho; --estimate says which."
    ),
]


def query(
    server: ServerOption,
    client: ClientOption,
    key: KeyOption,
    dataset: Annotated[str, typer.Option(help="Which dataset.")],
    purpose: Annotated[str, typer.Option(help="What for: a purpose of your agreement.")],
    measure: Annotated[
        list[str],
        typer.Option(
            help="What to measure, may be given several times: count_people, count_records, "
            "sum:COLUMN, mean:COLUMN, median:COLUMN, quantile:COLUMN:0.25, "
            "histogram:COLUMN:LEVEL, distinct:COLUMN."
        ),
    ],
    group_by: Annotated[
        list[str] | None,
        typer.Option(
            help="A key, may be given several times: COLUMN or COLUMN:LEVEL, as in "
            "reported_on:year."
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="A filter, may be given several times: 'state in CA,TX' or "
            "'reported_on from 2024-01-01 to 2024-12-31'."
        ),
    ] = None,
    epsilon: EpsilonOption = None,
    rho: RhoOption = None,
    half_width: HalfWidthOption = None,
    estimate: Annotated[
        bool, typer.Option("--estimate", help="Say what it would cost; spend nothing.")
    ] = False,
    totals: Annotated[
        bool, typer.Option("--totals", help="Totals over the keys as well; parts add up to them.")
    ] = False,
    non_negative: Annotated[
        bool,
        typer.Option(
            "--non-negative", help="Show values below 0 as 0 (then sums of them are too high)."
        ),
    ] = False,
    clipped_share: Annotated[
        bool,
        typer.Option(
            "--clipped-share", help="Spend a little on how many records the bounds leave out."
        ),
    ] = False,
    output: Annotated[
        Path | None,
        typer.Option(help="Write it here as well (.csv or .json), with manifest and receipt."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace files of these names.")
    ] = False,
    language: Annotated[Language, typer.Option(help="In which reasons are worded.")] = Language.EN,
    as_json: JsonOption = False,
) -> None:
    """Ask a gateway how many, how much, how distributed: noised answers with exact intervals.

    Every answer costs a part of a budget that never refills, so ask `--estimate` first. The noise
    hides each single person; the interval beside a value says how far noise may have moved it
    (in 95 of 100 cases no further). What was asked before, on the same data, comes back with the
    same noise and costs nothing.

    Every key of a column answers, empty ones too: `null` is no value, `other` is a value that no
    list names. Values may be below 0: that is noise around a small number, and makes sums right.

    With `--output counts.json` the released bytes are kept, with `counts.json.manifest.json` and
    `counts.json.tlog-proof`; with `counts.csv` also a table made from `counts.csv.json`.
    """
    from gateway.client import Weir

    _check_usage(measure, group_by, where, epsilon, rho, half_width)
    weir = Weir(server, client, key, language=language)
    asked: dict[str, Any] = {
        "purpose": purpose,
        "measures": measure,
        "group_by": group_by or (),
        "where": where,
        "epsilon": epsilon,
        "rho": rho,
        "half_width": half_width,
        "totals": totals,
        "clipped_share": clipped_share,
    }
    if estimate:
        _estimate(weir, dataset, asked, as_json)
        return
    with failing_clearly():
        files = _files(output, replace)
        answered = weir.aggregate(dataset, **asked, non_negative=non_negative)
        if files is not None:
            from gateway.client.answer_files import save_answer

            save_answer(answered, files)
    show(_describe(answered, files), as_json, lambda said: _render(answered, said))


def _check_usage(
    measures: list[str],
    keys: list[str] | None,
    where: list[str] | None,
    epsilon: float | None,
    rho: float | None,
    half_width: float | None,
) -> None:
    """End with status 2 where the command itself is wrong."""
    from gateway.client import MeasureError, WhereError
    from gateway.client import query as table
    from gateway.client.questions import accuracy

    try:
        table(measures, keys or ())
    except MeasureError as error:
        raise typer.BadParameter(str(error), param_hint="--measure, --group-by") from error
    try:
        table(measures, (), where)
    except WhereError as error:
        raise typer.BadParameter(str(error), param_hint="--where") from error
    try:
        accuracy(epsilon, rho, half_width)
    except MeasureError as error:
        hint = "--epsilon, --rho or --half-width"
        raise typer.BadParameter(str(error), param_hint=hint) from error


def _estimate(weir: Weir, dataset: str, asked: Mapping[str, Any], as_json: bool) -> None:
    from dataclasses import asdict

    with failing_clearly():
        guess = weir.estimate(dataset, **asked)
    show(asdict(guess), as_json, lambda _said: print_estimate(guess))


def _files(output: Path | None, replace: bool) -> AnswerFiles | None:
    from gateway.client.answer_files import answer_files

    return None if output is None else answer_files(output, replace=replace)


def _describe(answered: Aggregated, files: AnswerFiles | None) -> dict[str, Any]:
    return {
        "rows": list(answered.answer.rows),
        "notes": list(answered.notes),
        "left_out": dict(answered.answer.left_out),
        "guarantee": dict(answered.guarantee),
        "budget": dict(answered.budget),
        **describe_evidence(answered.evidence),
        "files": [str(path) for path in files.all] if files else [],
    }


def _render(answered: Aggregated, said: Mapping[str, Any]) -> None:
    answer = answered.answer
    if answer.measures or not answer.histograms:
        _print_table(answer.flat())
    for histogram in answer.histograms:
        typer.echo(f"\n{harmless(histogram)}:")
        _print_table(answer.bins(histogram))
    typer.echo("")
    for name, share in answer.left_out.items():
        print_wrapped(_left_out(name, share), "")
    for note in answered.notes:
        print_wrapped(_note(note), "")
    print_budget(answered.budget, answered.guarantee)
    print_evidence(said)
    if said["files"]:
        typer.echo(f"written: {', '.join(Path(name).name for name in said['files'])}")


def _print_table(rows: Sequence[Row]) -> None:
    """Print values with their intervals; figures stand right, so that they can be compared."""
    from gateway.client.answers import HIGH, LOW

    if not rows:
        typer.echo("no rows: no key had enough people to be named")
        return
    names = [name for name in rows[0] if not name.endswith((LOW, HIGH))]
    texts = [name for name in names if name + LOW not in rows[0]]
    cells = [
        [
            [str(row[name])]
            if name in texts
            else [figure(row[name]), f"{figure(row[name + LOW])} to {figure(row[name + HIGH])}"]
            for name in names
        ]
        for row in rows
    ]
    header = [[name] if name in texts else [_title(name), "interval (95 %)"] for name in names]
    flat = [[cell for part in line for cell in part] for line in (header, *cells)]
    right = [number for part in header for number in ([False] if len(part) == 1 else [True, True])]
    widths = [max(map(len, column)) for column in zip(*flat, strict=True)]
    print_rows(
        [
            cell.rjust(width) if on else cell
            for cell, width, on in zip(line, widths, right, strict=True)
        ]
        for line in flat
    )
    typer.echo(counted(len(rows), "row"))


def _note(note: Mapping[str, Any]) -> str:
    """Return a note with its measure as it is asked for."""
    message, measure = str(note.get("message", "")), (note.get("params") or {}).get("measure")
    return message.replace(measure, _title(measure)) if measure else message


def _title(measure: str) -> str:
    """Return a measure's name as it is asked for."""
    kind, _, rest = measure.partition(":")
    return f"median:{rest.removesuffix(':0.5')}" if (kind, rest[-4:]) == _MEDIAN else measure


def _left_out(name: str, share: Mapping[str, Any]) -> str:
    low, high = share["interval"]
    what = (
        "of people have records that don't count"
        if name == "people"
        else f"of {name} lie beyond its bounds"
    )
    return f"about {share['value']:.1%} ({low:.1%} to {high:.1%}) {what}"


def figure(value: object) -> str:
    """Return a number as people read it."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)  # a date, or a very large sum

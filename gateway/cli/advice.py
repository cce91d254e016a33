"""`weir policy advise`: what each k would cost on the records there are, to choose from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.cli.examples import example
from gateway.cli.running import (
    DEFAULT_HOME,
    HomeOption,
    JsonOption,
    fail,
    failing_clearly,
    run,
    show,
    suggest,
)
from gateway.cli.tables import print_rows, print_wrapped
from gateway.counted import counted_people

EXAMPLE = example(
    "weir policy advise hotline-cases --purpose research",
    "weir policy advise hotline-cases --purpose research --weights reported_on=3,age=1 "
    "--floors reported_on=month --k 5,11,20 --svg frontier.svg --write research.yaml",
)


def advise(
    dataset: Annotated[str, typer.Argument(help="The dataset.")],
    purpose: Annotated[str, typer.Option(help="What partners would use it for.")],
    partner_class: Annotated[
        str, typer.Option("--class", help="Whom the policy is for: ngo, government or public.")
    ] = "ngo",
    columns: Annotated[
        str,
        typer.Option(
            help="Columns to release, with commas between (default: every quasi-identifier, and "
            "sensitive columns with codes)."
        ),
    ] = "",
    weights: Annotated[
        str, typer.Option(help="What matters more: column=weight, as in reported_on=3,age=1.")
    ] = "",
    floors: Annotated[
        str, typer.Option(help="Finest level to consider: column=level, as in reported_on=month.")
    ] = "",
    k: Annotated[str, typer.Option(help="People in every class: one choice for each.")] = "5,11,20",
    max_suppressed: Annotated[
        float,
        typer.Option(
            min=0,
            max=1,
            help="Share of people whom the choice of levels may leave out; l may take out more.",
        ),
    ] = 0.05,
    svg: Annotated[Path | None, typer.Option(help="Write a picture of the choices here.")] = None,
    write: Annotated[
        Path | None, typer.Option(help="Write the policy of one choice into this new file.")
    ] = None,
    choose: Annotated[int, typer.Option(help="Which k `--write` takes (0: the recommended).")] = 0,
    home: HomeOption = DEFAULT_HOME,
    as_json: JsonOption = False,
) -> None:
    """Show what each k would cost on the records of a dataset, and write a policy to begin with.

    For each k the levels with the least loss are found on the records that such a policy would
    release; weights say which columns matter more. Choices that give something away for nothing
    are marked. **For the operator's eyes**: choosing by these figures makes the choice depend on
    the records. That somebody looked is an entry of the audit log.
    """
    if write is not None and write.exists():
        fail(f"{write} is there already; name a new file")
    advice = run(
        home,
        "policy.advise",
        dataset=dataset,
        purpose=purpose,
        partner_class=partner_class,
        columns=[name.strip() for name in columns.split(",") if name.strip()],
        floors=_pairs("--floors", floors),
        weights={name: _number("--weights", value) for name, value in _weights(weights)},
        ks=sorted({_whole("--k", value) for value in k.split(",")}),
        max_suppressed=max_suppressed,
    )
    chosen = _chosen(advice, choose)
    with failing_clearly():
        if svg is not None:
            _write_picture(advice, svg)
        if write is not None:
            write.write_text(chosen["policy"], encoding="utf-8")

    def render(found: dict[str, Any]) -> None:
        _render(found)
        if write is not None:
            typer.echo(f"\nThe policy with k={chosen['k']} is in {write}.")
            suggest(home, f"weir policy check {write}")

    show(advice, as_json, render)


def _weights(text: str) -> list[tuple[str, str]]:
    return [*_pairs("--weights", text).items()]


def _pairs(option: str, text: str) -> dict[str, str]:
    pairs = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, mark, value = part.partition("=")
        if not (mark and name.strip() and value.strip()):
            fail(f"{option} takes column=value, with commas between; {part!r} isn't that")
        if name.strip() in pairs:
            fail(f"{option} names {name.strip()} twice; keep one of the two")
        pairs[name.strip()] = value.strip()
    return pairs


def _number(option: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        fail(f"{option} takes numbers above 0, as in reported_on=3,age=1; {text!r} isn't one")


def _whole(option: str, text: str) -> int:
    if not text.strip().isdecimal():
        fail(f"{option} takes whole numbers with commas between; {text!r} isn't one")
    return int(text)


def _chosen(advice: dict[str, Any], choose: int) -> dict[str, Any]:
    """Return the choice to write."""
    wanted = choose or advice["recommended"]
    found = [choice for choice in advice["choices"] if choice["k"] == wanted]
    if not found:
        fail(f"there is no choice with k={wanted}: nothing safe has it, or --k doesn't name it")
    return dict(found[0])


def _write_picture(advice: dict[str, Any], svg: Path) -> None:
    from gateway.advice_chart import frontier_chart
    from gateway.charts import render_svg

    svg.write_text(render_svg(frontier_chart(advice)), encoding="utf-8")


def _render(advice: dict[str, Any]) -> None:
    weights = ", ".join(f"{name} {weight:g}" for name, weight in advice["weights"].items())
    people = counted_people(advice["people"])
    typer.echo(
        f"{advice['dataset']} for {advice['purpose']}: {people}, of whom the choice of levels may "
        f"leave out {advice['max_suppressed']:.0%}.\nWeights: {weights}.\n"
    )
    names = [*advice["weights"]]
    titles = ("K", "RISK", "LOSS", "WEIGHTED", "LEFT OUT", "CLASSES", *names, "")
    print_rows([titles, *(_row(choice, names, advice) for choice in advice["choices"])])
    for choice in advice["choices"]:
        for warning in choice["left_out_warnings"]:
            typer.echo("")
            print_wrapped(f"warning for k={choice['k']}: {warning}", indent="")
    typer.echo(
        "\nRisk: the chance to find somebody who is known to be in it, at worst. Loss: 0 exact, "
        "1 nothing left.\n" + advice["note"]
    )


def _row(choice: dict[str, Any], names: list[str], advice: dict[str, Any]) -> tuple[str, ...]:
    return (
        str(choice["k"]),
        f"{choice['highest_risk']:.1%}",
        f"{choice['loss']:.3f}",
        f"{choice['weighted_loss']:.3f}",
        f"{choice['left_out_share']:.1%}",
        f"{choice['classes']:,}",
        *(choice["levels"][name] for name in names),
        _remark(choice, advice),
    )


def _remark(choice: dict[str, Any], advice: dict[str, Any]) -> str:
    if not choice["on_frontier"]:
        return "another is as safe and loses less"
    return "recommended" if choice["k"] == advice["recommended"] else ""

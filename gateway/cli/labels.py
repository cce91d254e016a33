"""Labels on the command line: `--label share_with=ngo,government`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

LISTS = ("share_with", "share_for")
LabelOption = Annotated[
    list[str],
    typer.Option(
        "--label",
        help="Who may see these records, for what, until when: share_with=ngo,government, "
        "share_for=research, share_until=2027-01-31, consent_max=aggregate, funding=vawa. Several "
        "may be given; each narrows what the agreement and the records allow, none widens it.",
    ),
]
RelabelOption = Annotated[
    bool,
    typer.Option(
        "--relabel", help="Let the labels count also for records that had narrower ones before."
    ),
]


def read_label_options(options: list[str]) -> dict[str, Any]:
    """Return labels as a document says them; what their words mean is checked where they count.

    Raises:
        typer.BadParameter: one isn't NAME=VALUE, or stands twice.
    """
    labels: dict[str, Any] = {}
    for option in options:
        name, found, value = option.partition("=")
        name, value = name.strip(), value.strip()
        if not found or not name or not value:
            raise typer.BadParameter(f"{option!r}: write NAME=VALUE, such as share_with=ngo")
        if name in labels:
            raise typer.BadParameter(f"{name} stands twice; list its values with commas")
        labels[name] = [one.strip() for one in value.split(",")] if name in LISTS else value
    return labels

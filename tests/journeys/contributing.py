"""A contributor of a served home: its declaration, and what it sends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from gateway.context import open_context
from gateway.declarations import add_partner
from policies.documents import parse_partner
from tests.journeys.served_homes import partner_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.journeys.served_homes import Served


def add_contributors(home: Served, *names: str) -> None:
    """Declare contributors while no gateway runs."""
    today = date.today()  # noqa: DTZ011 - a year around today is in force in every zone
    with open_context(home.path) as context:
        for name in names:
            document = partner_document(name, home.folder)
            document["agreements"] = [
                {
                    "agreement": f"{name}-gives",
                    "dataset": "cases",
                    "submits": True,
                    "starts": (today - timedelta(days=180)).isoformat(),
                    "ends": (today + timedelta(days=180)).isoformat(),
                }
            ]
            add_partner(context, parse_partner(document))


def written(folder: Path, name: str, text: str) -> Path:
    """Write a file that is to be sent."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file

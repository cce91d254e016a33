"""The demo's dataset, policies and partners, with agreements that are in force today."""

from __future__ import annotations

from importlib import resources
from string import Template
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

DATASET = "hotline-cases"
POLICIES = ("ngo-research", "government-statistics", "financial-indicators")
PARTNERS = ("harbor-network", "ministry-statistics", "meridian-bank")


def demo_files(today: date) -> dict[str, str]:
    """Return the text of every demo file by its name, as `ngo-research.yaml`.

    Agreements run from the first day of this year to the last of the next. Partner files name
    a `PARTNER.jwks.json` for their public keys, which the caller puts beside them.
    """
    dates = {"starts": f"{today.year}-01-01", "ends": f"{today.year + 1}-12-31"}
    folder = resources.files("gateway.demo") / "files"
    return {
        name: Template((folder / name).read_text(encoding="utf-8")).substitute(dates)
        for name in (f"{stem}.yaml" for stem in (DATASET, *POLICIES, *PARTNERS))
    }

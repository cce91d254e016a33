"""The demo's dataset, policies and partners: the hotline examples, in force today."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

DATASET = "hotline-cases"
LADDERS = ("languages.csv",)
POLICIES = ("ngo-research", "government-statistics", "financial-indicators")
PARTNERS = ("harbor-network", "state-statistics", "meridian-bank")

_FOLDER = resources.files("policies") / "examples" / "hotline"
_TERM = re.compile(r"^( +(?:- )?(?:starts|ends): ).*$", re.MULTILINE)


def demo_files(today: date) -> dict[str, str]:
    """Return the text of every demo file by its name, as `ngo-research.yaml`.

    Agreements run from the first day of this year to the last of the next. The dataset names a
    ladder's file, which is among them; partner files name a `PARTNER.jwks.json` for their public
    keys, which the caller puts beside them.
    """
    declared = (f"{stem}.yaml" for stem in (DATASET, *POLICIES, *PARTNERS))
    return {name: _in_force(_text(name), today) for name in (*declared, *LADDERS)}


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _in_force(text: str, today: date) -> str:
    """Return a partner's file with agreements that run now, and any other file as it is."""
    days = {"starts": f"{today.year}-01-01", "ends": f"{today.year + 1}-12-31"}
    return _TERM.sub(lambda term: term[1] + days[term[1].strip(" -:")], text)

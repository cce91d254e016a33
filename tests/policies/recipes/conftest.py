from __future__ import annotations

import pytest

from policies.documents import parse_dataset, parse_recipe
from policies.recipes import makers_of

COLUMNS = {
    "case_id": {"type": "string", "role": "direct_identifier", "domain": "case"},
    "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
    "met_on": {"type": "date", "role": "insensitive"},
    "called_at": {"type": "timestamp", "role": "insensitive"},
    "age": {"type": "integer", "role": "quasi_identifier", "ladder": "age", "bounds": [0, 120]},
    "band": {"type": "string", "role": "sensitive", "codes": ["minor", "adult"]},
    "debt": {"type": "decimal", "role": "insensitive", "scale": 2, "unit": "USD"},
    "harm": {"type": "string", "role": "sensitive", "codes": ["ForcedLabour", "Sexual", "Other"]},
    "controls": {
        "type": "string",
        "role": "sensitive",
        "codes": ["Debt", "Threats", "Violence"],
        "multiple": ";",
        "max_codes": 3,
    },
    "minor": {"type": "boolean", "role": "insensitive"},
    "country": {"type": "string", "role": "quasi_identifier", "ladder": "country"},
    "zip": {"type": "string", "role": "quasi_identifier", "ladder": "us-postcode"},
    "notes": {"type": "string", "role": "free_text"},
    "consent": {"type": "string", "role": "consent"},
    "consent_ends": {"type": "date", "role": "consent_end"},
    "funding": {"type": "string", "role": "funding"},
}


def dataset(**changes):
    """Return a dataset of every kind of column."""
    given = {
        "dataset": "cases",
        "privacy_unit": "person_id",
        "record_key": ["case_id"],
        "columns": COLUMNS,
    }
    return parse_dataset({**given, **changes})


def recipe(columns, **changes):
    """Return a recipe for these columns of a Spanish file."""
    file = {
        "language": "es",
        "dates": "day-month-year",
        "numbers": "comma",
        "missing": ["N/D", "-99"],
        **changes.pop("file", {}),
    }
    given = {"recipe": "casos", "dataset": "cases", "file": file, "columns": columns}
    return parse_recipe({**given, **changes})


@pytest.fixture
def make():
    """Make one declared column of one row by a rule."""

    def made(name, rule, *texts, **file):
        if isinstance(rule, dict) and not {"join", "flags", "constant", "age"} & rule.keys():
            rule = {"from": "x", **rule}
        (maker,) = makers_of(recipe({name: rule}, file=file), dataset())
        return maker.make(*texts)

    return made

"""The reference of what contributors write: every example is read, and no key is left out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from policies.documents import parse_dataset, parse_recipe
from policies.documents.linkage import LinkageDocument, ProbabilisticLinkage
from policies.documents.quality import CHECKS
from policies.documents.recipe import FileLayout, RecipeColumn, RecipeDocument
from policies.lint import lint_dataset
from policies.lint.recipes import lint_recipe

TEXT = (Path(__file__).parent.parent / "docs" / "giving-data.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)
RECIPE, QUALITY, LINKAGE = map(yaml.safe_load, FENCE.findall(TEXT))
DATASET = {
    "dataset": "hotline-cases",
    "privacy_unit": "person_id",
    "record_key": ["case_id"],
    "columns": {
        "case_id": {"type": "string", "role": "direct_identifier", "domain": "case"},
        "person_id": {"type": "string", "role": "direct_identifier", "domain": "person"},
        "phone": {"type": "string", "role": "direct_identifier", "domain": "phone"},
        "name": {"type": "string", "role": "direct_identifier", "domain": "name"},
        "born_on": {"type": "date", "role": "insensitive"},
        "reported_on": {"type": "date", "role": "insensitive"},
        "age": {"type": "integer", "role": "quasi_identifier", "ladder": "age", "bounds": [0, 120]},
        "county": {"type": "string", "role": "quasi_identifier", "ladder": "us-county"},
        "state": {"type": "string", "role": "quasi_identifier", "ladder": "us-state"},
        "exploitation": {
            "type": "string",
            "role": "sensitive",
            "codes": ["ForcedLabour", "ForcedMarriage", "Other"],
        },
        "controls": {
            "type": "string",
            "role": "sensitive",
            "codes": ["DebtBondage", "Threats"],
            "multiple": ";",
        },
        "wage_debt": {"type": "decimal", "role": "sensitive", "scale": 2},
        "industry": {
            "type": "string",
            "role": "sensitive",
            "codes": ["Agriculture", "Construction"],
        },
        "funding": {"type": "string", "role": "funding"},
        "consent": {"type": "string", "role": "consent"},
        "consent_ends": {"type": "date", "role": "consent_end"},
    },
}


def test_the_recipe_is_one_that_maps_its_dataset():
    found = lint_recipe(parse_recipe(RECIPE), parse_dataset(DATASET))
    assert found.errors == ()


def keys_of(model):
    return {field.alias or name for name, field in model.model_fields.items()}


@pytest.mark.parametrize(
    ("model", "written"),
    [
        (RecipeDocument, set(RECIPE)),
        (FileLayout, set(RECIPE["file"])),
        (
            RecipeColumn,
            {
                "yes" if key is True else key
                for rule in RECIPE["columns"].values()
                if isinstance(rule, dict)
                for key in rule
            },
        ),
        (LinkageDocument, set(LINKAGE["linkage"])),
        (ProbabilisticLinkage, set(LINKAGE["linkage"]["probabilistic"])),
    ],
)
def test_every_key_stands_in_an_example(model, written):
    assert keys_of(model) == written


def test_rules_and_linkage_are_those_of_a_dataset():
    dataset = parse_dataset({**DATASET, **QUALITY, **LINKAGE})
    assert lint_dataset(dataset).errors == ()
    shown = {key for rule in QUALITY["quality"] for key in rule} & set(CHECKS)
    assert shown | {"consistent"} == set(CHECKS)
    assert "`consistent:" in TEXT

"""CTDC's files: the draft alone gets most columns right; recipes and table fit the dataset."""

from __future__ import annotations

import csv
import os
import random
from pathlib import Path

import pytest
import yaml

from policies.documents import parse_recipe
from policies.lint import lint_dataset
from policies.lint.recipes import lint_recipe
from tests.drafted import HTCDS, drafted, sample_of, share_right, template

SHARED = Path(__file__).parents[4] / "shared"
REAL = Path(os.environ.get("WEIR_REAL_DATA", SHARED / "data")) / "ctdc"
KANON = {
    "yearOfRegistration": "registration_year",
    "gender": "prs_Gender",
    "ageBroad": "age_band",
    "citizenship": "prs_Citizenship",
    "isForcedLabour": "vic_TypeOfExploitation",
    "isSexualExploit": "vic_TypeOfExploitation",
    "CountryOfExploitation": "hte_Country",
    "nacionalidade_lat": None,
    "nacionalidade_long": None,
    "nacionalidade": None,
    "pais_exploracao_lat": None,
    "pais_exploracao_long": None,
    "pais_exploracao": None,
    "nacionalidade_alpha3": None,
    "pais_exploracao_alpha3": None,
}
VICTIMS = {
    "yearRegister": "registration_year",
    "gender": "prs_Gender",
    "majorityStatus": "majority_status",
    "isForcedLabour": "vic_TypeOfExploitation",
    "isSexualExploit": "vic_TypeOfExploitation",
    "UN_COO_Region": "citizenship_region",
    "UN_COE_Region": "exploitation_region",
    "IP_Exploiter": "per_RoleInProcess",
    "IP_Gender": "perpetrator_gender",
    "IP_ageBroad": "perpetrator_age_band",
    "IP_citizen_UNRegion": "perpetrator_region",
    "IP_Relation": "perpetrator_relation",
    "IP_PayMoney": "perpetrator_paid",
    "IP_RecruiterBroker": "per_RoleInProcess",
    "IP_TransactionProcess": "perpetrator_process",
    "IP_ControlAbuseKidnap": "perpetrator_process",
}
KANON_VALUES = (
    ("2016", "2002"),
    ("Female", "Male"),
    ("18--20", "", "48+"),
    ("PH", "0", "UA"),
    ("0.0", "1.0", ""),
    ("1.0", "", "0.0"),
    ("US", "", "RU"),
    ("12.879721", "-0.789275"),
    ("121.774017", "-95.712891"),
    ("Philippines", "Ukraine"),
    ("37.09024", ""),
    ("-95.712891", ""),
    ("United States", ""),
    ("PHL", "UKR"),
    ("USA", ""),
)
VICTIMS_VALUES = (
    ("2014-2018", "", "2019"),
    ("Female", "Male", ""),
    ("Adult", "Minor"),
    ("1", ""),
    ("", "1"),
    ("Asia", "Europe"),
    ("Africa", "Americas/Oceania"),
    ("1", ""),
    ("Male", "Female;Male"),
    ("39--47", "0--29;30--38"),
    ("Asia", "Asia;Europe"),
    ("StrangerUnknownOther", "FriendAcquaintance;StrangerUnknownOther"),
    ("No", "No;Yes"),
    ("1", ""),
    ("1", ""),
    ("", "1"),
)
FILES = {
    "ctdc_kanon11_7cols_from_Global_Dataset_14Apr2020.csv": KANON,
    "CTDC_VPsynthetic_condensed.csv": VICTIMS,
}


@pytest.mark.parametrize(("truth", "values"), [(KANON, KANON_VALUES), (VICTIMS, VICTIMS_VALUES)])
def test_most_columns_of_files_that_look_like_ctdc_s_are_right(truth, values):
    rng = random.Random(5)
    rows = [[rng.choice(texts) for texts in values] for _ in range(300)]
    draft = drafted(template("htcds-ctdc"), sample_of(list(truth), rows))
    assert share_right(draft, truth) >= 0.8


@pytest.mark.parametrize("name", FILES)
def test_most_columns_of_the_real_files_are_right(name):
    if not (REAL / name).is_file():
        pytest.skip("the real data isn't here")
    with (REAL / name).open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    draft = drafted(template("htcds-ctdc"), sample_of(header, rows))
    assert share_right(draft, FILES[name]) >= 0.8


@pytest.mark.parametrize("path", sorted(HTCDS.glob("recipes/*.yaml")), ids=lambda p: p.stem)
def test_shipped_recipes_are_clean_and_read_every_column(path):
    recipe = parse_recipe(path.read_text(encoding="utf-8"))
    found = lint_recipe(recipe, template("htcds-ctdc"))
    assert (found.errors, found.warnings) == ((), ())
    truth = KANON if path.stem == "ctdc-kanon" else VICTIMS
    assert {*recipe.reads, *recipe.ignore} == truth.keys()
    for header, column in truth.items():
        assert column is None or header in recipe.columns[column].reads


def variables():
    with (HTCDS / "recipes/ctdc-variables.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def test_the_table_of_variables_names_columns_and_codes_of_the_dataset():
    dataset = template("htcds-ctdc")
    for row in variables():
        if row["column"]:
            column = dataset.columns[row["column"]]
            assert not row["code"] or row["code"] in column.codes
        else:
            assert row["note"], row


def test_the_table_has_every_variable_and_the_template_every_field():
    file = SHARED / "field/htcds_fields.yaml"
    if not file.is_file():
        pytest.skip("the collected facts of the field aren't here")
    facts = yaml.safe_load(file.read_text(encoding="utf-8"))
    known = {row["variable"] for row in variables()}
    listed = {f["field"] for k in facts if k.startswith("ctdc") for f in facts[k]["fields"]}
    assert listed <= known
    columns = template("htcds-cases").columns
    for field in facts["htcds"]["fields"]:
        column = columns[field["field"]]
        assert tuple(field.get("allowed", column.codes or ())) == (column.codes or ())


def test_every_field_of_the_template_has_a_label_in_both_languages():
    assert len(template("htcds-cases").columns) >= 83
    for column in template("htcds-cases").columns.values():
        assert {"en", "es"} <= column.label.keys()


def test_the_dataset_of_ctdc_is_clean():
    found = lint_dataset(template("htcds-ctdc"))
    assert (found.errors, found.warnings) == ((), ())

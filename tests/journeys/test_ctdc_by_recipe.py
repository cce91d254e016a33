"""CTDC's files through the shipped recipes: loaded by command, asked for over HTTP, counted again.

What each cell must become is said here once more, from the raw file and the `csv` module alone.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from gateway.lake.snapshots import read_snapshot
from gateway.listening import Listening
from gateway.server import serving
from policies.documents import parse_dataset
from tests.journeys.operators import Operator
from tests.small_homes import copy_home

HTCDS = Path(__file__).parents[2] / "policies" / "examples" / "htcds"
DATASET = parse_dataset((HTCDS / "htcds-ctdc.yaml").read_text(encoding="utf-8"))
K = 11
SUPPRESSED = {"ctdc-kanon": 0.0, "ctdc-victims": 0.05}
FILES = {
    "ctdc-kanon": "ctdc_kanon11_7cols_from_Global_Dataset_14Apr2020.csv",
    "ctdc-victims": "CTDC_VPsynthetic_condensed.csv",
}
KANON = (
    *("yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation"),
    *("isForcedLabour", "isSexualExploit"),
)
GENDERS = {"Female": "Feminine", "Male": "Masculine", "": None}
STATED = {"1.0": "Affirmed", "0.0": "Denied", "": None}


def said(text):
    return text or None


def country(text):
    return None if text in ("", "0") else text


def country_status(text):
    return {"": None, "0": "Withheld"}.get(text, "Given")


def flagged(row, codes):
    """Return the codes of the columns in which a file says 1, as a cell of the lake."""
    return ";".join(c for name, c in codes.items() if row[name] in ("1", "1.0")) or None


TYPES = {"isForcedLabour": "ForcedLabour", "isSexualExploit": "SexualExploitation"}


def kanon_record(row):
    """Return what a row of the k-anonymised file means."""
    return {
        "registration_year": said(row["yearOfRegistration"]),
        "prs_Gender": GENDERS[row["gender"]],
        "age_band": said(row["ageBroad"]),
        "prs_Citizenship": country(row["citizenship"]),
        "citizenship_status": country_status(row["citizenship"]),
        "hte_Country": country(row["CountryOfExploitation"]),
        "country_status": country_status(row["CountryOfExploitation"]),
        "vic_TypeOfExploitation": flagged(row, TYPES),
        "labour_status": STATED[row["isForcedLabour"]],
        "sexual_status": STATED[row["isSexualExploit"]],
    }


def victims_record(row):
    """Return what a row of the victim-perpetrator file means."""
    roles = {"IP_Exploiter": "Exploiter", "IP_RecruiterBroker": "RecruiterOrIntermediary"}
    parts = {
        "IP_TransactionProcess": "TransactionProcess",
        "IP_ControlAbuseKidnap": "ControlAbuseKidnap",
    }
    return {
        "registration_year": said(row["yearRegister"]),
        "prs_Gender": GENDERS[row["gender"]],
        "majority_status": said(row["majorityStatus"]),
        "citizenship_region": said(row["UN_COO_Region"]),
        "exploitation_region": said(row["UN_COE_Region"]),
        "vic_TypeOfExploitation": flagged(row, TYPES),
        "per_RoleInProcess": flagged(row, roles),
        "perpetrator_process": flagged(row, parts),
        "perpetrator_gender": said(row["IP_Gender"]),
        "perpetrator_age_band": said(row["IP_ageBroad"]),
        "perpetrator_region": said(row["IP_citizen_UNRegion"]),
        "perpetrator_relation": said(row["IP_Relation"]),
        "perpetrator_paid": said(row["IP_PayMoney"]),
    }


MEANS = {"ctdc-kanon": kanon_record, "ctdc-victims": victims_record}


def columns_of(name):
    """Return the columns that a recipe fills, each with whether it is a quasi-identifier."""
    return {
        column: DATASET.columns[column].role == "quasi_identifier"
        for column in MEANS[name](defaultdict(str))
    }


def policy(name, max_suppressed):
    """Return a policy that gives all columns of a file, in groups of eleven."""
    columns = {c: "coarsen" if quasi else "keep" for c, quasi in columns_of(name).items()}
    return {
        "policy": name,
        "dataset": DATASET.dataset,
        "classes": ["public"],
        "purposes": ["research"],
        "extract": {"columns": columns, "protect": {"k": K, "max_suppressed": max_suppressed}},
        "review": {"extract": 0},
        "retention_days": 365,
    }


@dataclass
class Journey:
    """What was seen of one file on its way.

    Attributes:
        raw: the rows of the file; records: what they mean.
        report: of the load; loaded: the records in the lake.
        table, manifest: of the extract.
    """

    raw: list[dict[str, str]]
    records: list[dict[str, str | None]]
    report: dict[str, Any]
    loaded: pa.Table
    table: pa.Table
    manifest: dict[str, Any]


@pytest.fixture(scope="module")
def journeys(real_data, empty_home, tmp_path_factory):
    """Both files, one after the other in a home, each asked for before the next replaces it."""
    folder = tmp_path_factory.mktemp("ctdc")
    with serving(copy_home(empty_home, folder), Listening(port=0)) as running:
        operator = Operator(running.context.home.path, folder, running.url)
        operator.weir("dataset", "add", HTCDS / "htcds-ctdc.yaml")
        return {
            name: travel(operator, running.context.lake, real_data / "ctdc" / file, name)
            for name, file in FILES.items()
        }


def travel(operator, lake, file, name):
    """Load a file by its recipe, look into the lake, and pull an extract."""
    with file.open(encoding="utf-8", newline="") as lines:
        raw = list(csv.DictReader(lines))
    recipe = HTCDS / "recipes" / f"{name}.yaml"
    report = operator.weir(
        *("dataset", "load", DATASET.dataset, file, "--recipe", recipe, "--replace")
    )
    loaded = in_the_lake(lake)
    operator.permit(policy(name, SUPPRESSED[name]))
    pulled = operator.pull(name, DATASET.dataset, name=f"{name}.parquet")
    table = pq.read_table(pulled.files.file)
    return Journey(raw, [MEANS[name](row) for row in raw], report, loaded, table, pulled.manifest)


def in_the_lake(lake):
    """Return the records of the newest snapshot."""
    with lake.engine() as backend:
        at = lake.dataset_snapshot(DATASET.dataset)
        return read_snapshot(backend, lake, DATASET, at).to_pyarrow()


def counts(rows, *columns):
    """Count combinations of values; the order in which a cell lists its codes says nothing."""
    listed = rows.select(columns).to_pylist() if isinstance(rows, pa.Table) else rows
    return Counter(tuple(same(row[column]) for column in columns) for row in listed)


def same(cell):
    return None if cell is None else ";".join(sorted(cell.split(";")))


@pytest.fixture(params=FILES)
def journey(journeys, request):
    return journeys[request.param]


def test_every_row_is_loaded_and_no_word_is_unknown(journey):
    report, rows = journey.report, len(journey.raw)
    assert rows > 20_000
    assert (report["rows_read"], report["accepted"]) == (rows, rows)
    assert (report["refused"], report["warnings"], report["unmapped"]) == ([], [], [])
    assert report["files"][0]["ignored_columns"] == []


def test_each_value_is_loaded_as_often_as_it_stands_in_the_file(journey):
    for column in journey.records[0]:
        assert counts(journey.loaded, column) == counts(journey.records, column), column
    whole = tuple(journey.records[0])
    assert counts(journey.loaded, *whole) == counts(journey.records, *whole)
    empty = set(DATASET.columns) - set(whole)
    assert all(journey.loaded[column].null_count == len(journey.raw) for column in empty)


def test_what_is_missing_denied_or_withheld_stays_apart(journeys):
    kanon = journeys["ctdc-kanon"]
    raw = Counter(row["citizenship"] for row in kanon.raw)
    found = counts(kanon.loaded, "prs_Citizenship", "citizenship_status")
    assert (found[None, None], found[None, "Withheld"]) == (raw[""], raw["0"])
    assert found["PH", "Given"] == raw["PH"] == 11_365
    flags = Counter(row["isForcedLabour"] for row in kanon.raw)
    found = counts(kanon.loaded, "labour_status")
    assert [found[(word,)] for word in ("Affirmed", "Denied", None)] == [
        *(flags["1.0"], flags["0.0"], flags[""])
    ]


def test_codes_with_a_semicolon_between_are_counted_one_by_one(journeys):
    victims = journeys["ctdc-victims"]
    for header, column in (
        ("IP_Gender", "perpetrator_gender"),
        ("IP_citizen_UNRegion", "perpetrator_region"),
        ("IP_PayMoney", "perpetrator_paid"),
    ):
        raw = Counter(code for row in victims.raw for code in row[header].split(";") if code)
        found = filter(None, victims.loaded[column].to_pylist())
        assert Counter(code for cell in found for code in cell.split(";")) == raw
        assert len(raw) > 1


def test_the_groups_of_eleven_that_ctdc_made_are_still_groups(journeys):
    kanon = journeys["ctdc-kanon"]
    made = counts(kanon.raw, *KANON)
    assert (len(made), min(made.values())) == (936, K)
    for rows in (kanon.loaded, kanon.table):
        found = counts(rows, *kanon.records[0])
        assert sorted(found.values()) == sorted(made.values())


def test_a_file_of_groups_of_eleven_leaves_whole(journeys):
    kanon = journeys["ctdc-kanon"]
    assert kanon.manifest["utility"]["loss"] == 0
    assert kanon.table.num_rows == kanon.manifest["rows"] == len(kanon.raw)
    whole = tuple(kanon.records[0])
    assert counts(kanon.table, *whole) == counts(kanon.records, *whole)


def test_an_extract_has_each_value_but_for_what_it_suppressed(journeys):
    victims = journeys["ctdc-victims"]
    suppressed = len(victims.raw) - victims.table.num_rows
    assert 0 < suppressed <= SUPPRESSED["ctdc-victims"] * len(victims.raw)
    assert victims.manifest["rows"] == victims.table.num_rows
    quasi = [column for column, coarsened in columns_of("ctdc-victims").items() if coarsened]
    assert min(counts(victims.table, *quasi).values()) >= K
    told = [c for c in victims.records[0] if counts(victims.table, c).keys() != {("*",)}]
    assert len(told) == len(victims.records[0]) - 1  # the year alone says nothing any more
    for column in told:
        there, left = counts(victims.records, column), counts(victims.table, column)
        assert left <= there, column
        assert (there - left).total() == suppressed, column

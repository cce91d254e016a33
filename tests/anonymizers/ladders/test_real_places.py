"""Places as others wrote them: nothing is taken for another place, and little is left unknown."""

import csv

import pyarrow as pa
import pytest

from anonymizers.ladders.catalogue import build_ladder

KANON = "ctdc/ctdc_kanon11_7cols_from_Global_Dataset_14Apr2020.csv"
HOTLINE = "hotline/hotline_calls_cases_state_year_2012_2016.csv"
# What ISO 3166 calls otherwise, and the makers of the file wrote with brackets or in short.
NOT_IN_ISO = {"Congo [DRC]", "Macedonia [FYROM]", "Myanmar [Burma]"}


@pytest.fixture
def columns(real_data):
    def read(name, *wanted):
        with (real_data / name).open(encoding="utf-8") as lines:
            return {tuple(row[column] for column in wanted) for row in csv.DictReader(lines)}

    return read


def test_ctdc_countries_are_known_by_code_and_by_name(columns, released):
    countries = build_ladder("country")
    rows = sorted(columns(KANON, "nacionalidade_alpha3", "nacionalidade"))
    codes, names = (pa.array([row[n] for row in rows if all(row)]) for n in (0, 1))
    assert len(codes) > 40
    by_code, by_name = (released(countries, values, "country") for values in (codes, names))
    assert "*" not in by_code
    wrong = {n for n, a, b in zip(names, by_code, by_name, strict=True) if b not in (a, "*")}
    assert wrong == set()
    unknown = {str(n) for n, form in zip(names, by_name, strict=True) if form == "*"}
    assert unknown == NOT_IN_ISO & set(names.to_pylist())


def test_hotline_states_are_known_by_name(columns, released):
    states = build_ladder("us-state", min_population=20_000)
    rows = sorted(columns(HOTLINE, "State", "postal"))
    found = released(states, pa.array([row[0] for row in rows]), "us-state")
    missed = {row for row, form in zip(rows, found, strict=True) if form != row[1]}
    assert len(rows) == 51
    assert missed == {("district-columbia", "DC")}

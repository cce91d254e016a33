from __future__ import annotations

from decimal import Decimal

import pyarrow as pa
import pytest

from gateway.release_values import kept_values
from policies.documents import parse_dataset

DATASET = """
dataset: cases
privacy_unit: row
consent: assumed
consent_basis: generated
columns:
  harm:     {type: string, role: sensitive, codes: [Labour, Sexual]}
  controls: {type: string, role: sensitive, codes: [Debt, Threats, Papers], multiple: ";"}
  note:     {type: string, role: insensitive}
  debt:     {type: decimal, role: sensitive, bounds: [0, 100], scale: 2}
"""
COLUMNS = parse_dataset(DATASET).columns


def kept(column, *values):
    return kept_values(COLUMNS[column], pa.array(values, pa.string())).to_pylist()


def test_codes_leave_as_they_are_and_everything_else_as_other():
    assert kept("harm", "Labour", "Maria Lopez", None, "labour") == [
        "Labour",
        "other",
        None,
        "other",
    ]


@pytest.mark.parametrize(
    ("cell", "released"),
    [
        ("Debt;Threats", "Debt;Threats"),
        ("Threats; Debt", "Debt;Threats"),
        ("Debt;Debt", "Debt"),
        ("Debt;Maria Lopez", "Debt;other"),
        ("Maria;Lopez", "other"),
        ("Debt;;", "Debt"),
        (";", None),
        (" ; ", None),
        (None, None),
    ],
)
def test_each_code_of_a_cell_is_looked_up_and_the_order_tells_nothing(cell, released):
    assert kept("controls", cell) == [released]


def test_a_column_without_codes_leaves_as_it_is():
    values = pa.array(["a", None, "b"])
    assert kept_values(COLUMNS["note"], values) is values


def test_a_number_beyond_its_bounds_is_left_empty():
    amounts = pa.array([Decimal("0.00"), Decimal("100.01"), None, Decimal("100.00")])
    assert kept_values(COLUMNS["debt"], amounts).to_pylist() == [
        Decimal("0.00"),
        None,
        None,
        Decimal("100.00"),
    ]


def test_more_codes_than_count_do_not_leave():
    column = COLUMNS["controls"].model_copy(update={"max_codes": 2})
    cell = pa.array(["Papers;Threats;Debt"])
    assert kept_values(column, cell).to_pylist() == ["Debt;Threats"]


def test_a_column_of_no_values_stays_one():
    assert kept("harm", None, None) == [None, None]
    assert kept("harm") == []

from __future__ import annotations

import pytest

from policies.documents import parse_dataset, parse_policy
from policies.plans import InFilter
from policies.requests import WhereClause
from policies.where import filterable_columns, where_filters, where_reasons

DATASET = """
dataset: cases
privacy_unit: row
consent: assumed
consent_basis: generated
columns:
  postcode: {type: string, role: quasi_identifier, ladder: us-postcode}
  state: {type: string, role: quasi_identifier, ladder: us-state}
  harm: {type: string, role: sensitive, codes: [Labour, Sexual]}
"""
POLICY = """
policy: research
dataset: cases
classes: [ngo]
purposes: [research]
extract:
  columns: {postcode: {coarsen: {from: zip3, min_population: 20000}}, state: coarsen, harm: keep}
  protect: {k: 11, l: {harm: 2}}
"""


def test_conditions_name_quasi_identifiers_on_the_policy_s_floors():
    extract = parse_policy(POLICY).extract
    assert extract is not None
    columns = filterable_columns(extract.columns, parse_dataset(DATASET))
    assert list(columns) == ["postcode", "state"]
    assert columns["postcode"].levels == ("zip3", "us-state")
    assert columns["postcode"].min_population == 20_000


@pytest.mark.parametrize(
    ("form", "reasons"),
    [("787", []), ("rest of VT", []), ("059", ["where-unknown-value"])],
)
def test_conditions_cannot_name_a_place_that_the_floor_hides(form, reasons):
    extract = parse_policy(POLICY).extract
    assert extract is not None
    columns = filterable_columns(extract.columns, parse_dataset(DATASET))
    clause = WhereClause.model_validate({"column": "postcode", "in": [form]})
    assert [reason.rule for reason in where_reasons((clause,), columns)] == reasons
    if not reasons:
        (condition,) = where_filters((clause,), columns)
        assert condition == InFilter("postcode", (form,), "zip3", 20_000)

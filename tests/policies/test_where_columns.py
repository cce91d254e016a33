from __future__ import annotations

from policies.documents import parse_dataset, parse_policy
from policies.where import filterable_columns

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
  columns: {postcode: coarsen, state: coarsen, harm: keep}
  protect: {k: 11, l: {harm: 2}}
"""


def test_conditions_name_quasi_identifiers_with_a_ladder_that_is_there():
    extract = parse_policy(POLICY).extract
    assert extract is not None
    assert list(filterable_columns(extract.columns, parse_dataset(DATASET))) == ["state"]

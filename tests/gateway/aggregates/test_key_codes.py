"""Which key each stored value counts under."""

from __future__ import annotations

from itertools import pairwise

import pyarrow as pa
import pytest

from gateway.aggregates.key_codes import forms_of, key_codes
from policies.aggregates.components import Key
from policies.documents import parse_dataset

DOCUMENT = parse_dataset(
    """
dataset: places
consent: assumed
consent_basis: a test
columns:
  town:  {type: string, role: quasi_identifier, ladder: city}
  state: {type: string, role: quasi_identifier, ladder: us-state}
  born:  {type: date, role: quasi_identifier, ladder: date, bounds: [2000-01-01, 2003-12-31]}
  harm:  {type: string, role: sensitive, codes: [A, B, C], multiple: ";", max_codes: 2}
"""
)
TOWNS = pa.array(["Austin, TX", "austin (texas)", "El Paso, TX", "Nowhere", None])


def named(key, values):
    """Return for each value the forms that it counts under."""
    codes, forms = key_codes(DOCUMENT, key, values), forms_of(DOCUMENT, key, values)
    starts = range(len(values) + 1) if codes.starts is None else codes.starts.tolist()
    return [[forms[n] for n in codes.flat[start:end]] for start, end in pairwise(starts)]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("city", ["Austin (US-TX)", "Austin (US-TX)", "El Paso (US-TX)", "other", "null"]),
        ("subdivision", ["US-TX", "US-TX", "US-TX", "other", "null"]),
    ],
)
def test_private_keys_are_forms_of_the_policy_s_level_never_what_was_stored(level, expected):
    key = Key("town", level, private=True)
    assert named(key, TOWNS) == [[form] for form in expected]
    assert set(forms_of(DOCUMENT, key, TOWNS)) == {*expected}


def test_declared_keys_are_there_whoever_is_in_the_data():
    key = Key("state", "us-state")
    few = pa.array(["Texas", "zz", None])
    assert named(key, few) == [["TX"], ["other"], ["null"]]
    assert forms_of(DOCUMENT, key, few) == forms_of(DOCUMENT, key, few[:1])
    years = pa.array([None, "2001-05-01", "1999-12-31"], pa.string()).cast(pa.date32())
    assert named(Key("born", "year"), years) == [["null"], ["2001"], ["other"]]


@pytest.mark.parametrize("private", [False, True])
def test_cells_with_several_codes_count_under_the_first_of_the_list(private):
    key = Key("harm", "exact", private=private)
    cells = pa.array(["C;B;A", "x;C", "B;B", "", None])
    assert named(key, cells) == [["A", "B"], ["C", "other"], ["B"], ["null"], ["null"]]

"""One set of generated cases for all tests of the demo."""

from __future__ import annotations

import pytest

from gateway.demo.cases import generate_cases


@pytest.fixture(scope="session")
def cases():
    return generate_cases(20_000, seed=7)


@pytest.fixture(scope="session")
def people(cases):
    """Person ids as a careful reader would write them."""
    return [value and value.strip().upper() for value in cases["person_id"].to_pylist()]

"""Any history of a home is valid: whatever is declared, loaded, asked, lost and restored."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.history.machine import AnyHistory, begin

HISTORIES, STEPS = 5, 30


@pytest.fixture(scope="module")
def beginning(tmp_path_factory):
    return begin(tmp_path_factory.mktemp("beginning"))


def test_any_history_is_valid(beginning, effort):
    AnyHistory.beginning = beginning
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=int(os.environ.get("HIST", HISTORIES * effort)),
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="HIST" not in os.environ,
            print_blob=True,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )

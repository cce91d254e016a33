"""Any history of a home is valid: whatever is declared, loaded, asked, lost and restored.

An oracle of its own (`history/`), written from the contract, says after each step who may be in
which product, which bytes may leave, what the log must hold, and what is left after a kill. The
controls take one guard away each: then the oracle must find a history that isn't valid.
"""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.properties.history.controls import CONTROLS
from tests.properties.history.history import History
from tests.properties.history.machine import AnyHistory, begin

HISTORIES, STEPS = 4, 25


@pytest.fixture(scope="module")
def beginning(tmp_path_factory):
    return begin(tmp_path_factory.mktemp("beginning"))


def test_any_history_is_valid(beginning, effort):
    AnyHistory.beginning = beginning
    run_state_machine_as_test(
        AnyHistory,
        settings=settings(
            max_examples=HISTORIES * min(effort, 2),
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            print_blob=True,
            phases=(Phase.generate,),  # shrinking opens hundreds of homes: add it to look closer
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.guard)
def test_a_history_without_a_guard_is_found_invalid(beginning, tmp_path, control):
    history = History(beginning, tmp_path / "life")
    try:
        with (
            mock.patch(control.guard, control.instead),
            pytest.raises(AssertionError, match=control.finding),
        ):
            control.history(history)
    finally:
        history.home.destroy()


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.history.__name__)
def test_the_same_history_with_its_guard_is_valid(beginning, tmp_path, control):
    history = History(beginning, tmp_path / "life")
    control.history(history)
    history.check()
    history.end()

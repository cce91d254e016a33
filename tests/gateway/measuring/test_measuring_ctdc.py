"""CTDC's k-anonymised file of 2020, made by others with k = 11: an oracle for what is measured."""

from __future__ import annotations

import pytest

from gateway.measuring.measures import measure_file
from gateway.measuring.questions import Question

FILE = "ctdc/ctdc_kanon11_7cols_from_Global_Dataset_14Apr2020.csv"
FIVE = ("yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation")
SEVEN = (*FIVE, "isForcedLabour", "isSexualExploit")


@pytest.mark.parametrize(("columns", "classes"), [(FIVE, 844), (SEVEN, 936)])
def test_the_file_keeps_its_promise_of_eleven(real_data, columns, classes):
    found = measure_file(Question(real_data / FILE, columns))
    assert (found["rows"], found["k"], found["classes"]) == (48_773, 11, classes)
    assert found["risk"]["prosecutor"]["highest"] == 1 / 11
    assert found["risk"]["prosecutor"]["share_above"] == 0
    assert found["unique"]["file"] == 0
    assert found["register"]["surest_size"] == 11
    assert found["register"]["kept"]
    assert found["wp216"]["singling_out"]["possible"] == "no"


def test_what_k_leaves_open_is_said(real_data):
    found = measure_file(Question(real_data / FILE, FIVE, SEVEN[5:]))
    assert found["wp216"]["inference"] == {
        "possible": "yes",
        "because": "alike",
        "figures": {"people": 44_736},
    }


def test_the_control_a_promise_of_twelve_is_broken(real_data):
    found = measure_file(Question(real_data / FILE, FIVE, k=12))
    assert found["wp216"]["singling_out"]["because"] == "too-few"
    assert found["wp216"]["singling_out"]["figures"]["people"] % 11 == 0
    assert found["risk"]["prosecutor"]["share_above"] > 0

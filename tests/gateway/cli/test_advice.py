"""`weir policy advise` as an operator types it."""

from __future__ import annotations

from pathlib import Path

import pytest

ADVISE = ("policy", "advise", "cases", "--purpose", "research")


def test_the_choices_stand_in_a_table_with_a_note(weir):
    told = weir(*ADVISE, "--k", "2,5,11", "--weights", "reported_on=3, age=1").out
    assert "reported_on 3, age 1, state 1" in told
    assert "recommended" in told
    assert "for the operator's eyes" in told.replace("\n", " ")


def test_the_policy_written_passes_the_check(weir):
    told = weir(*ADVISE, "--k", "2,5", "--write", "new.yaml", "--choose", "5", "--svg", "f.svg").out
    assert "The policy with k=5 is in new.yaml." in told
    assert "Next: weir policy check new.yaml" in told
    assert "may be applied" in weir("policy", "check", "new.yaml").out
    assert Path("f.svg").read_text().startswith("<svg")
    assert "is there already" in weir.refused(*ADVISE, "--write", "new.yaml")


def test_json_holds_every_choice(weir):
    found = weir(*ADVISE, "--k", "2,5", "--json").json
    assert [choice["k"] for choice in found["choices"]] == [2, 5]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--weights", "age"), "takes column=value"),
        (("--weights", "age=much"), "takes numbers above 0"),
        (("--weights", "age=inf"), "inf can't be the weight of age. Write a number above 0"),
        (("--weights", "age=nan"), "nan can't be the weight of age. Write a number above 0"),
        (("--weights", "age=-2"), "-2 can't be the weight of age. Write a number above 0"),
        (("--weights", "age=0"), "0 can't be the weight of age. Write a number above 0"),
        (("--weights", "age=1, age=2"), "--weights names age twice"),
        (("--floors", "age=2-years,age=5-years"), "--floors names age twice"),
        (("--k", "five"), "takes whole numbers"),
        (("--choose", "7"), "no choice with k=7"),
        (("--columns", "zzz"), "which advice can't be about"),
    ],
)
def test_what_isn_t_understood_is_said(weir, words, told):
    assert told in weir.refused(*ADVISE, "--max-suppressed", "0.1", *words)

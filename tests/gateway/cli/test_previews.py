"""`weir policy preview`: figures and rows before and after; nothing leaves."""

from __future__ import annotations

import pytest

from gateway.cli.previews import _cell, why_left_out
from tests.small_homes import POLICY, people


@pytest.fixture
def policy(weir):
    return weir.file("draft.yaml", POLICY)


def test_a_preview_shows_figures_levels_and_rows(weir, policy):
    told = weir("policy", "preview", policy, "--partner", "harbor").out
    assert "Nothing left." in told
    assert "40 of 40 would leave" in told
    assert "0 (0.0%), to protect them; max_suppressed is 10%" in told
    assert "the policy asks for 3" in told
    assert "person_id" in told
    assert "ROW 3" in told
    assert told.count("(in the vault)") == told.count("(token)") == 3
    assert "Next: weir policy apply" in told


def test_rows_are_shown_across_where_the_terminal_is_wide_enough(weir, policy, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    told = weir("policy", "preview", policy, "--partner", "harbor").out
    assert told.count("stored  ") == told.count("leaves  ") == 3


def test_a_column_of_which_nothing_is_said_is_shown_as_such(weir, policy):
    old, new = "age:         {coarsen: {from: 5-years}}", "age: {coarsen: {from: '*'}}"
    policy.write_text(POLICY.replace(old, new))
    told = weir("policy", "preview", policy, "--partner", "harbor").out
    assert "* (nothing of it is said)" in told


def test_what_l_leaves_out_beyond_the_search_is_said():
    assert why_left_out(100, 20, 5) == "20 (20.0%): 5 by the search, 15 more by l or t"


def test_a_preview_warns_where_l_leaves_out_more_than_max_suppressed(alone, through):
    with through() as world:
        world.load(people(41, 50, age="71", harm="Labour"))
        file = alone.file("draft.yaml", POLICY)
        told = " ".join(alone("policy", "preview", file, "--partner", "harbor").out.split())
        advised = " ".join(alone("policy", "advise", "cases", "--purpose", "research").out.split())
    assert "10 (20.0%): 0 by the search, 10 more by l or t" in told
    assert "warning: 20% of the people are left out, more than the 10% of max_suppressed" in told
    assert "warning for k=5: 20% of the people are left out, more than the 5%" in advised


def test_a_preview_as_json_says_the_same(weir, policy):
    seen = weir("policy", "preview", policy, "--partner", "harbor", "--rows", 5, "--json").json
    assert (seen["people"], seen["left_out"], len(seen["rows"])) == (40, 0, 5)
    assert seen["smallest_class"] >= seen["k"] == 3
    assert {column["name"]: column["leaves_as"] for column in seen["columns"]}["age"] == "5-years"
    assert (
        weir("policy", "preview", policy, "--partner", "harbor", "--rows", 0, "--json").json["rows"]
        == []
    )


def test_a_preview_for_whoever_couldn_t_ask_says_why(weir, policy):
    def refused(*options):
        return weir.refused("policy", "preview", policy, *options)

    assert "there is no partner nobody" in refused("--partner", "nobody")
    said = refused("--partner", "harbor", "--purpose", "baking")
    assert "this is refused:" in said
    assert "isn't for the purpose baking" in said
    policy.write_text(POLICY.replace("for-ngos", "for-others"))
    assert "no agreement that names policy for-others" in refused("--partner", "harbor")
    policy.write_text(POLICY.replace("dataset: cases", "dataset: absent"))
    assert "there is no dataset absent" in refused("--partner", "harbor")


def test_a_preview_where_nothing_is_safe_says_so(weir, policy):
    policy.write_text(POLICY.replace("k: 3", "k: 50").replace("k: 5}", "k: 50}"))
    assert "No form of cases" in weir.refused("policy", "preview", policy, "--partner", "harbor")


def test_a_preview_of_a_file_with_errors_says_them(weir, policy):
    policy.write_text(POLICY.replace("harm:        keep", "age:  keep"))
    assert "isn't accepted" in weir.refused("policy", "preview", policy, "--partner", "harbor")
    policy.write_text(POLICY.replace("{coarsen: {from: us-state}}", "keep"))
    assert "weir: " in weir.refused("policy", "preview", policy, "--partner", "harbor")


def test_a_terminal_is_never_shown_what_it_would_obey():
    assert _cell("a\x1b[2Jb\r\n") == "a?[2Jb??"
    assert _cell(None) == "(empty)"
    assert len(_cell("x" * 100)) < 40

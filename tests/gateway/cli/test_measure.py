"""`weir measure` as somebody types it; it needs no home."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app

ROWS = "age,town,harm\n" + "30-39,north,x\n" * 3 + "30-39,north,y\n" * 2 + "40-49,south,x\n" * 2


@pytest.fixture
def cases(here):
    (here / "cases.csv").write_text(ROWS)
    return here


def weir(*words):
    done = CliRunner().invoke(app, ["measure", *words])
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


BOTH = ("cases.csv", "--quasi-identifiers", "age, town", "--sensitive", "harm", "--k", "3")


def test_the_report_says_what_it_means(cases):
    done = weir(*BOTH)
    assert done.exit_code == 0
    told = " ".join(done.stdout.split())
    assert "people in the smallest group" in told
    assert "2 people are in groups of fewer than 3; the smallest has 2." in told
    assert "Can somebody be singled out? YES" in told
    assert "Can something be inferred? YES" in told
    assert "The promise of one in 3" not in told
    assert "Some groups are too small for one in 3: there it is 50.0%." in told


def test_json_holds_the_figures_and_the_reasons(cases):
    found = json.loads(weir(*BOTH, "--json").stdout)
    assert found["k"] == 2
    assert found["wp216"]["inference"]["why"].startswith("2 people are in groups")


def test_the_same_seed_says_the_same(cases):
    assert weir(*BOTH, "--seed", "4").stdout == weir(*BOTH, "--seed", "4").stdout


def test_a_picture_is_written_where_asked(cases):
    done = weir(*BOTH, "--svg", "risk.svg")
    assert done.exit_code == 0
    assert "risk.svg" in done.stdout
    assert (cases / "risk.svg").read_text().startswith("<svg")


def test_a_hierarchy_is_a_column_and_a_file(cases):
    (cases / "ages.csv").write_text("30-39;all\n40-49;all\n")
    done = weir(*BOTH, "--hierarchy", "age=ages.csv")
    assert "coarsened to exact" in done.stdout
    assert "With --original FILE" in done.stdout
    assert weir(*BOTH, "--hierarchy", "ages.csv").exit_code == 1
    (cases / "o.csv").write_text("age,town\n" + "30-39,north\n" * 9)
    beside = weir(*BOTH, "--hierarchy", "age=ages.csv", "--original", "o.csv").stdout
    assert "rows that only the original has" in beside


def test_what_says_nothing_is_a_column_and_a_value(cases):
    worst = json.loads(weir(*BOTH, "--json").stdout)["sensitive"]["harm"]["distinct_l"]
    twice = ("--says-nothing", "harm=x", "--says-nothing", "harm=y")
    found = json.loads(weir(*BOTH, *twice, "--json").stdout)["sensitive"]["harm"]["distinct_l"]
    assert (worst, found) == (1, 0)
    assert weir(*BOTH, "--says-nothing", "harm").exit_code == 1


def test_people_and_unreadable_rows_are_said(cases):
    (cases / "p.csv").write_text("who,age\np,1\np,2\nq\n")
    told = weir("p.csv", "--quasi-identifiers", "age", "--unit", "who").stdout
    assert "2 rows of 1 people" in told
    assert "1 rows can't be read" in told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("cases.csv",), "name the columns that others may know"),
        (("nothing.csv", "--quasi-identifiers", "age"), "no such file"),
        (("cases.csv", "--quasi-identifiers", "age", "--delimiter", ";;"), "single character"),
    ],
)
def test_what_is_missing_is_named_and_the_status_is_1(cases, words, told):
    done = weir(*words)
    assert done.exit_code == 1
    assert told in done.stderr.lower()
    assert done.stdout == ""


def test_a_column_s_name_can_t_command_the_terminal(cases):
    (cases / "evil.csv").write_text("\x1b[2Jage,[red]b\n1,2\n")
    done = weir("evil.csv", "--quasi-identifiers", "\x1b[2Jage", "--sensitive", "[red]b")
    assert done.exit_code == 0
    assert "\x1b[2J" not in done.stdout
    assert "[red]b" in done.stdout

"""`weir measure` as somebody types it; it needs no home."""

from __future__ import annotations

import json
import re

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
    assert "size of the smallest group of people alike" in told
    assert "2 people are in groups of fewer than 3; the smallest has 2." in told
    assert "Can somebody be singled out? YES" in told
    assert "Can something be inferred? YES" in told
    assert "The promise of one in 3" not in told
    assert "Some groups are too small for one in 3: there it is 50.0%." in told


def test_the_verdict_and_the_three_answers_come_first(cases):
    told = weir(*BOTH).stdout
    lines = [line for line in told.splitlines() if line.strip()]
    assert lines[0].startswith("cases.csv: 7 rows")
    assert lines[1].startswith("In short: not anonymous. Somebody can be singled out.")
    places = [told.index(f"Can {asked}") for asked in ("somebody", "records", "something")]
    assert places == sorted(places)
    assert places[-1] < told.index("discernibility")
    assert told.count("Can somebody be singled out?") == 1


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        ("x", "nobody can be singled out by these columns, but not everything is hidden"),
        ("y", "nobody can be singled out by these columns, and no value is given away"),
    ],
)
def test_the_verdict_follows_the_answers(cases, harm, said):
    (cases / "a.csv").write_text("age,harm\n" + "30-39,x\n" * 3 + f"30-39,{harm}\n" * 3)
    told = weir("a.csv", "--quasi-identifiers", "age", "--sensitive", "harm", "--k", "3").stdout
    assert ("Can something be inferred? PERHAPS NOT" in " ".join(told.split())) is (harm == "y")
    assert f"In short: {said}." in " ".join(told.split())


def test_a_population_of_fewer_people_than_the_file_is_refused(cases):
    (cases / "few.csv").write_text("age,town,people\n30-39,north,5\n40-49,south,1\n")
    done = weir(*BOTH, "--population", "few.csv")
    assert done.exit_code == 1
    assert "few.csv has 6 people, fewer than the 7 of cases.csv" in done.stderr


def test_a_population_that_lacks_people_of_the_file_is_said(cases):
    (cases / "odd.csv").write_text("age,town,people\n30-39,north,50\n40-49,south,1\n")
    told = " ".join(weir(*BOTH, "--population", "odd.csv").stdout.split())
    assert "table lacks 1 group has more people in this file than in the population table" in told
    (cases / "all.csv").write_text("age,town,people\n30-39,north,50\n40-49,south,2\n")
    assert "table lacks" not in weir(*BOTH, "--population", "all.csv").stdout


@pytest.mark.parametrize("name", ["cases.parquet", "cases.XLSX"])
def test_a_file_that_isn_t_what_it_is_called_is_refused(cases, name):
    (cases / name).write_text(ROWS)
    done = weir(name, "--quasi-identifiers", "age")
    assert done.exit_code == 1
    assert f"{name} is called" in done.stderr
    assert "its first bytes aren't those of such a file" in done.stderr


def test_json_holds_the_figures_and_the_reasons(cases):
    found = json.loads(weir(*BOTH, "--json").stdout)
    assert found["k"] == 2
    assert found["wp216"]["inference"]["why"].startswith("2 people are in a group in which")


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
    told = " ".join(weir("p.csv", "--quasi-identifiers", "age", "--unit", "who").stdout.split())
    assert "2 rows of 1 person, quasi-identifier age; 1 row can't be read and isn't counted" in told
    assert "1 person is alone with the combination" in told
    assert not re.search(r"\b1 (rows|people|guesses|values|groups|columns|members)\b", told)


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


def test_a_column_s_name_can_not_command_the_terminal(here):
    (here / "evil.csv").write_text("ag\x1b]0;hijacked\x07e,sex\n1,f\n")
    done = weir("evil.csv")
    assert done.exit_code == 1
    assert "hijacked" in done.output
    assert not {"\x1b", "\x07"} & {*done.output}

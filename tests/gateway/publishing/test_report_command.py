"""`weir report` as a command: prices, parameters, refusals, and folders that are never lost."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from gateway import charts
from gateway.cli.main import app
from gateway.publishing import reports
from tests.answering import problem


def test_the_price_comes_first(report, gateway):
    done = report("hot-spots", "--estimate")
    assert done.exit_code == 0, done.stderr
    assert "This costs epsilon 1 of the 1.5 you have" in done.stdout
    assert "/v1/aggregates" not in {request.url.path for request in gateway.seen}
    assert json.loads(report("hot-spots", "--estimate", "--json").stdout)["cells"] == 59 * 10


def test_another_price_may_be_named(report, gateway, tmp_path):
    assert report("hot-spots", "--output", "out", "--rho", "0.01").exit_code == 0
    asked = json.loads(next(r for r in gateway.seen if r.url.path == "/v1/aggregates").content)
    assert asked["rho"] == 0.01
    assert "epsilon" not in asked
    said = json.loads(report("hot-spots", "--output", "other", "--json").stdout)
    assert said["verified"] is True
    assert "index.html" in said["files"]


def test_a_folder_is_never_lost(report, gateway, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    refused = report("hot-spots", "--output", "mine")
    assert "already there" in refused.stderr
    refused = report("hot-spots", "--output", "mine", "--replace")
    assert refused.exit_code == 1
    assert "is no report" in refused.stderr
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert "make it first" in report("hot-spots", "--output", "a/b").stderr
    assert gateway.seen == []
    assert report("hot-spots", "--output", "out").exit_code == 0
    assert "already there" in report("hot-spots", "--output", "out").stderr
    (tmp_path / "out" / "old.txt").write_text("of the old one")
    assert report("hot-spots", "--output", "out", "--replace").exit_code == 0
    assert not (tmp_path / "out" / "old.txt").exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_report_that_breaks_leaves_nothing(report, tmp_path, monkeypatch):
    def broken(_spec):
        raise charts.OutputError("the chart couldn't be drawn")

    monkeypatch.setattr(reports, "render_svg", broken)
    assert report("hot-spots", "--output", "out").exit_code == 1
    assert not (tmp_path / "out").exists()


def test_nothing_is_spent_where_charts_can_t_be_drawn(report, gateway, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "vl_convert", None)
    done = report("hot-spots", "--output", "out")
    assert "pip install" in done.stderr
    assert gateway.seen == []


def test_parameters_find_their_columns(report, gateway):
    gateway.columns = ("cas_IncomingReferralDate", "hte_State", "hte_Country")
    done = report("hot-spots", "--estimate")
    asked = json.loads(gateway.seen[-2].content) if done.exit_code == 0 else {}
    keys = [{"column": "hte_State", "level": "us-state"}]
    keys.append({"column": "cas_IncomingReferralDate", "level": "quarter"})
    body = next(
        json.loads(r.content) for r in gateway.seen if r.url.path == "/v1/aggregates/estimate"
    )
    assert body["queries"][0]["group_by"] == keys, asked


@pytest.mark.parametrize(
    ("chosen", "key"),
    [
        ("place=state:us-region", {"column": "state", "level": "us-region"}),
        ("place=hte_Country", {"column": "hte_Country", "level": "country"}),
        ("place=exploitation", "exploitation"),
    ],
)
def test_parameters_may_be_named(report, gateway, chosen, key):
    report("hot-spots", "--estimate", "--set", chosen)
    body = next(
        json.loads(r.content) for r in gateway.seen if r.url.path == "/v1/aggregates/estimate"
    )
    assert body["queries"][0]["group_by"][0] == key


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("hot-spots", "--estimate", "--set", "planet=x"), "has no parameter planet"),
        (("cold-spots", "--estimate"), "these ship with Weir: hot-spots, typology"),
        (("no.yaml", "--estimate"), "there is no file no.yaml"),
        (("hot-spots",), "name a folder"),
        (("hot-spots", "--estimate", "--set", "place"), "NAME=COLUMN"),
        (("hot-spots", "--estimate", "--epsilon", "1", "--rho", "1"), "exactly one"),
    ],
)
def test_what_is_wrong_is_said(report, options, said):
    done = report(*options)
    assert done.exit_code in {1, 2}
    assert said in " ".join(done.stderr.replace("│", " ").split())


def test_a_dataset_without_such_columns_says_how_to_name_one(report, gateway):
    gateway.columns = ("person_id",)
    done = report("hot-spots", "--estimate")
    assert "--set place=COLUMN:LEVEL" in done.stderr
    gateway.columns = ()
    assert "name another purpose" in report("hot-spots", "--estimate").stderr


def test_a_pack_that_is_wrong_says_where(report, tmp_path):
    (tmp_path / "wrong.yaml").write_text(
        "pack: wrong\ntitle: x\nepsilon: 1\ntables:\n  - {table: a, title: x, measures: [people]}\n"
    )
    done = report("wrong.yaml", "--estimate")
    assert done.exit_code == 1
    assert "is no measure" in done.stderr
    assert "tables" in done.stderr


def test_a_refusal_says_why_and_leaves_nothing(report, gateway, tmp_path):
    reason = {"rule": "budget-exhausted", "message": "Nothing is left.", "params": {}}
    gateway.refusal = problem(403, "refused", "This is refused.", reasons=[reason])
    done = report("hot-spots", "--output", "out")
    assert "Nothing is left." in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_help_teaches():
    text = " ".join(CliRunner().invoke(app, ["report", "--help"]).stdout.split())
    for word in ("hot-spots", "typology", "--estimate", "no exact figure"):
        assert word in text

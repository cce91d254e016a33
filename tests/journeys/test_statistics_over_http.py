"""A partner's statistics over real HTTP: asked, verified, kept, published, asked again."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.client import WeirRequestError
from gateway.context import open_context
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.founding import found_home
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.counted_homes import DATASET, HEADER, POLICY, generated
from tests.journeys.served_homes import Served, partner_document, serve
from tests.small_homes import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

PACK = """
pack: debts
title: {en: Debts, es: Deudas}
epsilon: 1
tables:
  - {table: kinds, title: Kinds, measures: [count_people, "mean:debt", "median:day"],
     group_by: [kind]}
  - {table: regions, title: Regions, group_by: ["state:us-region", "day:quarter"], marks: rises}
  - {table: controls, title: Controls, group_by: [kind, controls, town], marks: patterns}
  - {table: ages, title: Ages, measures: ["histogram:age:10-years"]}
  - {table: totals, title: Totals, measures: [count_people], group_by: [kind, town], totals: true}
"""


@pytest.fixture(scope="module")
def counting(tmp_path_factory) -> Iterator[Served]:
    """A served home that answers in numbers about forty people."""
    folder = tmp_path_factory.mktemp("counting")
    home = Served(folder / "home", folder, "", "sqlite")
    found_home(home.path, name="Served Test Home", origin="weir.example/log", timezone=ZONE)
    partner = partner_document("harbor", folder)
    partner["agreements"][0] |= {"dataset": "debts", "policy": "counts"}
    with open_context(home.path) as context:
        declare_dataset(context, parse_dataset(DATASET))
        apply_policy(context, parse_policy(POLICY))
        add_partner(context, parse_partner(partner))
    file = folder / "debts.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, HEADER)
        writer.writeheader()
        writer.writerows(generated(1, 40))
    with serve(home) as served:
        asked = {"dataset": "debts", "files": [str(file)], "contributor": "", "mode": "append"}
        served.command("dataset.load", **asked, delimiter="")
        yield served


@pytest.fixture
def run(counting, monkeypatch):
    """Run a command as the partner, in its folder."""
    monkeypatch.chdir(counting.folder)
    who = ["--server", counting.url, "--client", "harbor", "--key", str(counting.key("harbor"))]
    what = ["--dataset", "debts", "--purpose", "research"]

    def command(name, *options):
        first = options[:1] if name == "report" else ()
        return CliRunner().invoke(app, [name, *first, *who, *what, *options[len(first) :]])

    return command


def test_an_answer_is_verified_and_costs_once(counting):
    weir = counting.weir("harbor")
    asked = {
        "purpose": "research",
        "measures": ["count_people", "sum:debt", "quantile:age:0.25", "median:day"],
        "group_by": ["kind", "day:year"],
        "epsilon": 0.5,
    }
    guess = weir.estimate("debts", **asked)
    assert guess.price["epsilon"] == 0.5
    assert not guess.cached
    answered = weir.aggregate("debts", **asked)
    assert answered.rows.num_rows == guess.keys == 5 * 4
    assert answered.guarantee["epsilon"] == 0.5
    assert answered.evidence.verdict.outcome == "verified"
    assert any("5" in note["message"] or "3" in note["message"] for note in answered.notes)
    left = answered.budget["remaining"]["epsilon"]
    again = weir.aggregate("debts", **asked)
    assert again.rows == answered.rows
    assert again.budget["remaining"]["epsilon"] == left
    assert again.guarantee["cached"]
    (budget,) = weir.budget()
    assert budget["remaining"]["epsilon"] == left


def test_what_bounds_leave_out_may_be_asked(counting):
    answered = counting.weir("harbor").aggregate(
        "debts", purpose="research", measures=["sum:debt"], rho=0.001, clipped_share=True
    )
    assert set(answered.answer.left_out) == {"people", "debt"}


def test_a_refusal_says_what_may_be_asked(counting):
    with pytest.raises(WeirRequestError) as refused:
        counting.weir("harbor").aggregate(
            "debts", purpose="research", measures=["count_people"], group_by=["age"], epsilon=0.1
        )
    assert refused.value.lines()


@pytest.mark.parametrize("priced", [("--epsilon", "0.2"), ("--rho", "0.001")])
def test_a_query_is_a_table_with_intervals(run, priced):
    done = run("query", "--measure", "count_people", "--group-by", "kind", *priced, "--totals")
    assert done.exit_code == 0, done.stderr
    assert "*" in done.stdout
    assert "is left" in done.stdout
    assert "verified: release rel_" in done.stdout


def test_a_kept_table_verifies(run, counting):
    done = run(
        *("query", "--measure", "mean:debt", "--group-by", "kind", "--epsilon", "0.2"),
        *("--output", "means.csv"),
    )
    assert done.exit_code == 0, done.stderr
    verified = CliRunner().invoke(
        app, ["verify", "means.csv.json", "--vkey", str(counting.key("harbor")) + ".vkey"]
    )
    assert verified.exit_code == 0, verified.stderr
    rows = list(csv.DictReader((counting.folder / "means.csv").read_text().splitlines()))
    assert float(rows[0]["mean:debt_low"]) <= float(rows[0]["mean:debt"])


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_pack_becomes_a_folder_and_the_second_costs_nothing(run, counting, language):
    (counting.folder / "debts.yaml").write_text(PACK)
    price = run("report", "debts.yaml", "--estimate")
    assert price.exit_code == 0, price.stderr
    done = run(
        "report", "debts.yaml", "--output", f"out-{language}", "--language", language, "--json"
    )
    assert done.exit_code == 0, done.stderr
    said, folder = json.loads(done.stdout), counting.folder / f"out-{language}"
    assert {"tables/kinds.csv", "charts/kinds.svg", "charts/regions.svg", "index.html"} <= set(
        said["files"]
    )
    assert said["guarantee"]["cached"] == (language == "es")
    verified = CliRunner().invoke(
        app, ["verify", str(folder / "answers.json"), "--vkey", said["vkey"]]
    )
    assert verified.exit_code == 0, verified.stderr


def test_a_shipped_pack_finds_its_columns_or_says_what_there_is(run):
    done = run("report", "typology", "--estimate")
    assert done.exit_code == 1
    assert "You may group by kind" in done.stderr
    chosen = ("--set", "type=kind", "--set", "control=controls", "--set", "industry=town")
    done = run("report", "typology", "--estimate", *chosen)
    assert done.exit_code == 0, done.stderr

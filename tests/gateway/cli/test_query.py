"""`weir query`: a table with intervals, what it cost and what is left."""

from __future__ import annotations

import json

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.cli.prices import _exactness
from tests.answering import DATASET, PARTNER, PURPOSE, URL, AnsweringGateway, problem


@pytest.fixture
def gateway(monkeypatch):
    answering = AnsweringGateway()
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", answering.handle)
    return answering


@pytest.fixture
def ask(gateway, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    key = tmp_path / "harbor.pem"
    key.write_bytes(gateway.pem)
    who = ["--server", URL, "--client", PARTNER, "--key", str(key)]
    what = ["--dataset", DATASET, "--purpose", PURPOSE]

    def run(*options):
        return CliRunner().invoke(app, ["query", *who, *what, *options])

    return run


COUNT = ("--measure", "count_people", "--group-by", "exploitation", "--epsilon", "0.5")


def test_values_stand_beside_their_intervals_and_their_price(ask):
    done = ask(*COUNT)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["exploitation", "count_people", "interval", "(95", "%)"]
    assert " to " in lines[1]
    assert "7 rows" in done.stdout
    assert "At most 5 records a person count." in done.stdout
    assert "cost epsilon 0.5; epsilon 1.5 of 2 is left" in done.stdout
    assert "verified: release rel_1 is entry 0 of the log" in done.stdout
    assert "compare its fingerprint" in done.stdout
    assert "delete it by 2027-01-01" in done.stdout
    assert "compare its fingerprint" not in ask(*COUNT).stdout


def test_a_median_is_called_so_in_table_and_notes(ask, gateway):
    gateway.note = {
        "rule": "note-says-nothing",
        "params": {"measure": "quantile:age:0.5"},
        "message": "1 of 7 values of quantile:age:0.5 say nothing.",
    }
    done = ask("--measure", "median:age", "--group-by", "exploitation", "--epsilon", "0.5")
    assert done.stdout.splitlines()[0].split()[:2] == ["exploitation", "median:age"]
    assert "1 of 7 values of median:age say nothing." in done.stdout
    assert "quantile" not in done.stdout


def test_an_estimate_is_said_in_words_and_spends_nothing(ask, gateway):
    done = ask(*COUNT, "--estimate")
    assert done.exit_code == 0, done.stderr
    assert "This costs epsilon 0.5 of the 1.5 you have:" in done.stdout
    assert "on each count (95 %)" in done.stdout
    assert "3 more such questions fit into your budget" in done.stdout
    assert "afterwards epsilon 1 is left for one further answer" in done.stdout
    in_rho = ask("--measure", "count_people", "--rho", "0.01", "--estimate").stdout
    assert "afterwards epsilon 0.2 or rho 0.01 is left for one further answer" in in_rho
    more = ask("--measure", "mean:wage_debt", "--half-width", "9", "--estimate").stdout
    assert "mean:wage_debt: how exact depends on the values" in more
    assert "/v1/aggregates" not in {request.url.path for request in gateway.seen}


def test_the_tables_of_a_batch_are_told_apart():
    measure = {"half_width": 6, "confidence": 0.95}
    assert _exactness("all/count_people", measure) == "  ± 6 on each count of all (95 %)"
    assert _exactness("by-kind/sum:a/b", measure) == "  ± 6 on each sum:a/b of by-kind (95 %)"
    assert _exactness("sum:a/b", measure) == "  ± 6 on each sum:a/b (95 %)"


def test_what_bounds_leave_out_is_said_where_it_is_asked_for(ask):
    done = ask(*COUNT, "--clipped-share")
    assert "about 12.5% (10.0% to 15.0%) of people have records that don't count" in done.stdout
    assert "of wage_debt lie beyond" in done.stdout
    assert json.loads(ask(*COUNT, "--clipped-share", "--json").stdout)["left_out"]["people"]
    assert "of people" not in ask(*COUNT).stdout


def test_programs_get_json(ask):
    said = json.loads(ask(*COUNT, "--json").stdout)
    assert said["verified"] is True
    assert said["rows"][0]["keys"] == {"exploitation": "ForcedLabour"}
    assert said["budget"]["remaining"]["epsilon"] == 1.5
    assert json.loads(ask(*COUNT, "--estimate", "--json").stdout)["remaining_questions"] == 3


def test_a_kept_answer_verifies_offline(ask, tmp_path):
    for name, released in (("counts.json", "counts.json"), ("counts.csv", "counts.csv.json")):
        done = ask(*COUNT, "--output", name)
        assert done.exit_code == 0, done.stderr
        for ending in ("", ".manifest.json", ".tlog-proof"):
            assert (tmp_path / f"{released}{ending}").is_file()
        verified = CliRunner().invoke(app, ["verify", released])
        assert verified.exit_code == 0, verified.stderr
    table = (tmp_path / "counts.csv").read_text()
    assert table.startswith("exploitation,count_people,count_people_low,count_people_high\n")
    assert sum(1 for _ in tmp_path.iterdir()) == 2 + 3 + 4


def test_a_table_verifies_by_the_answer_it_was_made_of(ask, tmp_path):
    assert ask(*COUNT, "--output", "counts.csv").exit_code == 0
    done = CliRunner().invoke(app, ["verify", "counts.csv"])
    assert done.exit_code == 0, done.stderr
    assert "counts.csv: verified; its values are those of counts.csv.json" in done.stdout
    table = (tmp_path / "counts.csv").read_text()
    (tmp_path / "counts.csv").write_text(table.replace("ForcedLabour,", "ForcedLabour,1"))
    done = CliRunner().invoke(app, ["verify", "counts.csv"])
    assert done.exit_code == 1
    assert (
        "NOT VERIFIED: table: the values of counts.csv are not those of counts.csv.json"
        in done.stderr
    )


def test_a_file_is_not_overwritten_and_nothing_is_spent_for_it(ask, gateway, tmp_path):
    (tmp_path / "counts.csv").write_text("mine")
    done = ask(*COUNT, "--output", "counts.csv")
    assert done.exit_code == 1
    assert "already there: counts.csv" in done.stderr
    assert gateway.seen == []
    assert ask(*COUNT, "--output", "counts.csv", "--replace").exit_code == 0
    assert "ForcedLabour" in (tmp_path / "counts.csv").read_text()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--measure", "people", "--epsilon", "1"), "is no measure"),
        (("--measure", "count_people", "--group-by", ":x", "--epsilon", "1"), "is no key"),
        (("--measure", "count_people"), "exactly one of epsilon"),
        (("--measure", "count_people", "--epsilon", "1", "--rho", "1"), "exactly one of epsilon"),
        (("--measure", "count_people", "--epsilon", "1", "--where", "x"), "is no filter"),
    ],
)
def test_wrong_usage_says_what_is_right(ask, gateway, options, said):
    done = ask(*options)
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.replace("│", " ").split())
    assert gateway.seen == []


def test_other_endings_and_folders_are_refused_before_asking(ask, gateway):
    assert "doesn't end in .csv or .json" in ask(*COUNT, "--output", "counts.xlsx").stderr
    assert "make it first" in ask(*COUNT, "--output", "nowhere/counts.csv").stderr
    assert gateway.seen == []


def test_a_refusal_says_why(ask, gateway):
    reason = {"rule": "budget-exhausted", "message": "Nothing is left.", "params": {}}
    gateway.refusal = problem(403, "refused", "This is refused.", reasons=[reason])
    done = ask(*COUNT)
    assert done.exit_code == 1
    assert done.stderr == "weir: This is refused.\n  - Nothing is left.\n"


def test_amounts_are_written_as_they_were_answered():
    from gateway.client.answer_files import as_csv
    from gateway.client.answers import as_table

    rows = [
        {"kind": "=a", "mean:debt": -3.25, "mean:debt_low": -10.0, "sum": 7, "day": "2024-01-02"},
        {"kind": "b", "mean:debt": 1e6, "mean:debt_low": None, "sum": "9" * 30, "day": None},
    ]
    written = as_csv(as_table(rows)).decode().splitlines()
    assert written[1:] == ["'=a,-3.25,-10,7,2024-01-02", f"b,1000000,,{'9' * 30},"]
    assert as_table([]).num_rows == 0


def test_histograms_have_a_table_of_their_own(ask):
    done = ask("--measure", "count_people", "--measure", "histogram:age:10-years", "--rho", "0.1")
    assert done.exit_code == 0, done.stderr
    assert "histogram:age:10-years:" in done.stdout
    assert "18-29" in done.stdout
    assert "cost rho 0.1" in done.stdout


def test_the_help_teaches(ask):
    text = CliRunner().invoke(app, ["query", "--help"]).stdout
    for word in ("--estimate", "count_people", "reported_on:year", "never refills"):
        assert word in text

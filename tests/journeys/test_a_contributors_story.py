"""The whole of a contributor's way, by command: a sheet in Spanish full of mistakes, and no manual.

Drafted, decided about, accepted, seen in a partner's extract, withdrawn, and gone; with a log that
tells all of it.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.client.errors import WeirRequestError
from gateway.context import open_context
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.founding import found_home
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.journeys.served_homes import Served, partner_document, serve
from tests.small_homes import ZONE
from tests.spanish_sheets import as_text, sheet

TEMPLATE = Path(__file__).parents[2] / "policies" / "examples" / "htcds"
POLICY = """
policy: for-ngos
dataset: htcds-cases
classes: [ngo]
purposes: [research]
extract:
  columns:
    prs_Gender: {coarsen: {}}
    cas_IncomingReferralDate: {coarsen: {from: year}}
    vic_TypeOfExploitation: keep
  minors: {column: vic_AgeWhenTrafficked, below: 18, k: 3}
  protect: {k: 3, max_suppressed: 0.2}
retention_days: 365
"""
WITHDRAWN = "GENERADO000007"


def _read(name: str) -> str:
    return (TEMPLATE / name).read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path) -> Served:
    """A home in the words of HTCDS, with a contributor and two who ask."""
    home = Served(tmp_path / "home", tmp_path, "", "sqlite")
    found_home(home.path, name="Red de casos", origin="weir.example/log", timezone=ZONE)
    giving = partner_document("refugio", tmp_path)
    times = {key: giving["agreements"][0][key] for key in ("starts", "ends")}
    giving["agreements"] = [
        {"agreement": "refugio-da", "dataset": "htcds-cases", "submits": True, **times}
    ]
    with open_context(home.path) as context:
        declare_dataset(context, parse_dataset(_read("htcds-cases.yaml"), _read))
        apply_policy(context, parse_policy(POLICY))
        add_partner(context, parse_partner(giving))
        for name in ("harbor", "lantern"):
            asking = partner_document(name, tmp_path)
            asking["agreements"][0] |= {"dataset": "htcds-cases", "purposes": ["research"]}
            add_partner(context, parse_partner(asking))
    return home


def run(served: Served, partner: str, *words: object, status: int = 0) -> str:
    """Run a command as a partner would, and return what it says."""
    who = ["--server", served.url, "--client", partner, "--key", str(served.key(partner))]
    told = CliRunner().invoke(app, [str(words[0]), *who, *map(str, words[1:])])
    assert told.exit_code == status, told.output
    return told.output


def pulled(served: Served, partner: str) -> list[dict[str, str]]:
    file = served.folder / f"{partner}.csv"
    asked = ["--dataset", "htcds-cases", "--purpose", "research", "--output", file, "--replace"]
    run(served, partner, "pull", *asked)
    with file.open(encoding="utf-8", newline="") as rows:
        return list(csv.DictReader(rows))


def walked(served: Served) -> None:
    """Walk it while the gateway runs."""
    rows, truth = sheet(120)
    casos = served.folder / "casos.csv"
    casos.write_bytes(as_text(rows).encode("cp1252"))
    into = ["--dataset", "htcds-cases", "--language", "es"]

    asked = run(served, "refugio", "submit", *into, casos)
    assert "hay algo que usted debe decidir" in asked
    assert "palabra" in asked
    decisions = served.folder / "casos.csv.decisions.yaml"
    filled = decisions.read_text(encoding="utf-8")
    assert '"?"' in filled
    decisions.write_text(filled.replace('"?"', "anonymized"), encoding="utf-8")
    report = served.folder / "informe.html"
    accepted = run(
        *(served, "refugio", "submit", "--language", "es"),
        *("--decisions", decisions, "--accept-corrections", "--report", report),
    )
    assert "entraron 120 registros" in accepted
    assert "PA-0001" not in report.read_text(encoding="utf-8")

    permitted = [one for one in truth if one.consent == "anonymized"]
    first = pulled(served, "harbor")
    assert 0.8 * len(permitted) < len(first) <= len(permitted)
    assert {row["vic_TypeOfExploitation"] or None for row in first} <= {one.type for one in truth}
    assert in_the_lake(served) == len(truth)

    took = run(
        *(served, "refugio", "withdraw", "--dataset", "htcds-cases"),
        *("--person", f"person={WITHDRAWN}"),
    )
    assert "1 record" in took
    assert in_the_lake(served) == len(truth) - 1
    assert len(pulled(served, "lantern")) <= len(permitted) - 1
    with served.session("harbor") as session:
        (release,) = session.get("/v1/releases").json()["releases"]
        with pytest.raises(WeirRequestError) as ended:
            session.get(f"/v1/extracts/{release['extract']}/content")
    assert ended.value.http_status == 410

    assert served.command("withdrawal.erase", now=True)["erased"] == 1
    (withdrawal,) = served.command("withdrawal.list")["withdrawals"]
    assert withdrawal["state"] == "erased"
    assert served.command("audit.check")["broken"] == []


def told_by_the_log(home: Served) -> list[str]:
    """Return the kinds of entries about data, in their order, once the gateway has stopped."""
    with open_context(home.path) as context:
        kinds = [one["type"] for one in context.log.entries()]
    return [kind for kind in kinds if kind in {"submission", "release", "withdrawal"}]


def in_the_lake(served: Served) -> int:
    return served.command("dataset.show", dataset="htcds-cases")["records"]


def test_a_spanish_sheet_is_mapped_corrected_accepted_seen_withdrawn_and_gone(home):
    with serve(home) as served:
        walked(served)
    assert told_by_the_log(home) == [
        *("submission", "release", "withdrawal", "release", "withdrawal"),
    ]

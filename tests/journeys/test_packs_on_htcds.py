"""Both packs on the example in HTCDS 2.0: asked over HTTP, published, verified.

People are generated. Two things are planted: many cases of debt bondage in construction, and a
rise in Texas in one quarter; both are far larger than the noise, and the packs must say so.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.context import open_context
from gateway.declarations import add_partner, apply_policy, declare_dataset
from gateway.founding import found_home
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.journeys.served_homes import Served, partner_document, serve
from tests.small_homes import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import DatasetDocument

EXAMPLES = Path(__file__).parents[2] / "policies" / "examples" / "htcds"
PLACES = [
    (state, year, quarter)
    for state in ("CA", "TX", "NY", "FL")
    for year in (2024, 2025)
    for quarter in (1, 2, 3, 4)
]
UNTIL = ("--until", "2026-01-15")


def people(count: int, dataset: DatasetDocument) -> Iterator[dict[str, str]]:
    """Yield generated people: as many everywhere and always, but for what is planted."""
    rng = random.Random(11)
    types, controls, industries = (
        list(dataset.columns[name].codes or ())
        for name in ("vic_TypeOfExploitation", "vic_MethodsOfControl", "vic_ForcedLabourIndustry")
    )
    for number in range(count):
        planted = number % 4 == 0
        rises = number % 8 == 7
        state, year, quarter = ("TX", 2025, 4) if rises else PLACES[number // 8 % len(PLACES)]
        yield {
            "case_id": f"case-{number}",
            "consent": "aggregate",
            "prs_IdentityNumber": f"generated-{number}",
            "cas_IncomingReferralDate": f"{year}-{3 * quarter - 1:02}-15",
            "hte_State": state,
            "vic_TypeOfExploitation": "ForcedLabour" if planted else rng.choice(types),
            "vic_MethodsOfControl": "DebtBondage" if planted else ";".join(rng.sample(controls, 2)),
            "vic_ForcedLabourIndustry": "F_Construction" if planted else rng.choice(industries),
        }


def _read(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def htcds(tmp_path_factory) -> Iterator[Served]:
    """A served home in the words of HTCDS."""
    folder = tmp_path_factory.mktemp("htcds")
    home = Served(folder / "home", folder, "", "sqlite")
    found_home(home.path, name="Served Test Home", origin="weir.example/log", timezone=ZONE)
    dataset = parse_dataset(_read("htcds-cases.yaml"), _read)
    partner = partner_document("harbor", folder)
    partner["agreements"][0] |= {"dataset": "htcds-cases", "policy": "htcds-statistics"}
    with open_context(home.path) as context:
        declare_dataset(context, dataset)
        apply_policy(context, parse_policy(_read("htcds-statistics.yaml")))
        add_partner(context, parse_partner(partner))
    file = folder / "cases.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, [*dataset.columns], restval="")
        writer.writeheader()
        writer.writerows(people(4_096, dataset))
    with serve(home) as served:
        asked = {
            "dataset": "htcds-cases",
            "files": [str(file)],
            "contributor": "",
            "mode": "append",
        }
        served.command("dataset.load", **asked, delimiter="")
        yield served


def published(htcds: Served, pack: str) -> str:
    """Make a report by the command, verify its folder, and return its page."""
    folder = htcds.folder / f"{pack}-2026"
    who = ["--server", htcds.url, "--client", "harbor", "--key", str(htcds.key("harbor"))]
    what = ["--dataset", "htcds-cases", "--purpose", "research", "--output", str(folder), *UNTIL]
    done = CliRunner().invoke(app, ["report", pack, *who, *what])
    assert done.exit_code == 0, done.stderr
    verified = CliRunner().invoke(app, ["verify", str(folder)])
    assert verified.exit_code == 0, verified.stderr
    return (folder / "index.html").read_text(encoding="utf-8")


def test_hot_spots_marks_the_rise_that_is_there(htcds):
    page = published(htcds, "hot-spots")
    rises = page.partition("Rises that noise doesn't explain".replace("'", "&#x27;"))[2]
    table = rises.partition("</table>")[0]
    first = table.partition("<tbody>")[2].partition("</tr>")[0]
    assert all(f'<th scope="row">{name}</th>' in first for name in ("TX", "2025-Q4"))
    # The header, Texas, and one by chance at most: in one of forty tables noise makes any at all.
    assert table.count("<tr>") <= 3


def test_typology_finds_what_goes_together(htcds):
    page = published(htcds, "typology")
    patterns = page.partition("Patterns that stand out")[2]
    assert "<td>" in patterns
    first = patterns.partition("<tbody>")[2].partition("</tr>")[0]
    assert all(name in first for name in ("Forced labour", "Debt bondage", "F: Construction"))

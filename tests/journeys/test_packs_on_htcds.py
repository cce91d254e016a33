"""Both packs on a home in the words of HTCDS 2.0: asked over HTTP, published, verified.

People are generated. Two things are planted: many cases of debt bondage in construction, and a
rise in Texas in one quarter; both are far larger than the noise, and the packs must say so.
"""

from __future__ import annotations

import csv
import random
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from gateway.cli.main import app
from gateway.context import open_context
from gateway.founding import found_home
from gateway.registry import add_partner, apply_policy, declare_dataset
from policies.documents import parse_dataset, parse_partner, parse_policy
from tests.journeys.served_homes import Served, partner_document, serve
from tests.small_homes import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = [
    *("ForcedLabour", "SexualExploitation", "ChildLabour", "ForcedMarriage", "Servitude"),
    *("ForcedMilitaryByNonStateActors", "OrganRemoval", "ForcedBegging", "ForcedAdoption"),
    *("Surrogacy", "Other"),
]
CONTROLS = [
    *("PhysicalThreats", "ThreatsLawEnforcement", "ThreatensChildrenFamily", "DebtBondage"),
    *("FalsePromises", "PhysicalAbuse", "SexualAbuse", "TakesEarnings"),
    *("RestrictsFinancialAccess", "RestrictsMedicalCare", "WithholdsNecessities"),
    *("PsychologicalAbuse", "PsychoactiveSubstance", "ExcessiveWorkingHours"),
    *("WithholdsDocuments", "Other"),
]
INDUSTRIES = [
    *("A_AgricultureForestryAndFishing", "C_Manufacturing", "F_Construction"),
    *("I_AccommodationAndFoodServiceActivities", "T_ActivitiesOfHouseholdsAsEmployers"),
]
PLACES = [
    (state, year, quarter)
    for state in ("CA", "TX", "NY", "FL")
    for year in (2024, 2025)
    for quarter in (1, 2, 3, 4)
]
DATASET = {
    "dataset": "htcds",
    "title": {"en": "Cases in HTCDS 2.0"},
    "privacy_unit": "prs_IdentityNumber",
    "consent": "assumed",
    "consent_basis": "Generated people, of whom nobody exists",
    "budget": {"epsilon": 8, "delta": 1e-6},
    "columns": {
        "prs_IdentityNumber": {"type": "string", "role": "direct_identifier", "domain": "person"},
        "cas_IncomingReferralDate": {
            "type": "date",
            "role": "quasi_identifier",
            "ladder": "date",
            "bounds": ["2024-01-01", "2025-12-31"],
        },
        "hte_State": {"type": "string", "role": "quasi_identifier", "ladder": "us-state"},
        "vic_TypeOfExploitation": {
            "type": "string",
            "role": "sensitive",
            "codes": TYPES,
            "multiple": ";",
            "max_codes": 2,
        },
        "vic_MethodsOfControl": {
            "type": "string",
            "role": "sensitive",
            "codes": CONTROLS,
            "multiple": ";",
            "max_codes": 2,
        },
        "vic_ForcedLabourIndustry": {"type": "string", "role": "sensitive", "codes": INDUSTRIES},
    },
}
POLICY = {
    "policy": "counts",
    "dataset": "htcds",
    "classes": ["ngo"],
    "purposes": ["research"],
    "aggregate": {
        "measures": ["count_people"],
        "group_by": [
            "hte_State",
            {"column": "cas_IncomingReferralDate", "level": "quarter"},
            *("vic_TypeOfExploitation", "vic_MethodsOfControl", "vic_ForcedLabourIndustry"),
        ],
        "max_records_per_person": 1,
        "budget": {"epsilon": 4, "delta": 1e-7, "per": "partner", "rho": False},
    },
    "retention_days": 365,
}
UNTIL = ("--until", "2026-01-15")


def people(count: int) -> Iterator[dict[str, str]]:
    """Yield generated people: as many everywhere and always, but for what is planted."""
    rng = random.Random(11)
    for number in range(count):
        planted = number % 4 == 0
        rises = number % 8 == 7
        state, year, quarter = ("TX", 2025, 4) if rises else PLACES[number // 8 % len(PLACES)]
        controls = rng.sample(CONTROLS, 2)
        yield {
            "prs_IdentityNumber": f"generated-{number}",
            "cas_IncomingReferralDate": f"{year}-{3 * quarter - 1:02}-15",
            "hte_State": state,
            "vic_TypeOfExploitation": "ForcedLabour" if planted else rng.choice(TYPES),
            "vic_MethodsOfControl": "DebtBondage" if planted else ";".join(controls),
            "vic_ForcedLabourIndustry": "F_Construction" if planted else rng.choice(INDUSTRIES),
        }


@pytest.fixture(scope="module")
def htcds(tmp_path_factory) -> Iterator[Served]:
    """A served home in the words of HTCDS."""
    folder = tmp_path_factory.mktemp("htcds")
    home = Served(folder / "home", folder, "", "sqlite")
    found_home(home.path, name="Served Test Home", origin="weir.example/log", timezone=ZONE)
    partner = partner_document("harbor", folder)
    partner["agreements"][0] |= {"dataset": "htcds", "policy": "counts"}
    with open_context(home.path) as context:
        declare_dataset(context, parse_dataset(DATASET))
        apply_policy(context, parse_policy(POLICY))
        add_partner(context, parse_partner(partner))
    file = folder / "cases.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, [*DATASET["columns"]])
        writer.writeheader()
        writer.writerows(people(4_096))
    with serve(home) as served:
        asked = {"dataset": "htcds", "files": [str(file)], "contributor": "", "mode": "append"}
        served.command("dataset.load", **asked, delimiter="")
        yield served


def published(htcds: Served, pack: str) -> str:
    """Make a report by the command, verify its folder, and return its page."""
    folder = htcds.folder / f"{pack}-2026"
    who = ["--server", htcds.url, "--client", "harbor", "--key", str(htcds.key("harbor"))]
    what = ["--dataset", "htcds", "--purpose", "research", "--output", str(folder), *UNTIL]
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

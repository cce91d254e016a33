from __future__ import annotations

from datetime import date

from policies.agreements import readable_datasets
from policies.documents import parse_partner


def test_a_partner_reads_about_datasets_it_may_ask_about_today():
    def agreement(name, dataset, **changes):
        asks = {"policy": "p", "purposes": ["research"]}
        span = {"starts": "2026-01-01", "ends": "2026-12-31"}
        return {"agreement": name, "dataset": dataset, **asks, **span, **changes}

    gives = {**agreement("d", "given"), "submits": True}
    del gives["policy"], gives["purposes"]
    partner = parse_partner(
        {
            "partner": "harbor",
            "name": "Harbor",
            "class": "ngo",
            "jwks_file": "x.json",
            "agreements": [
                agreement("a", "open"),
                agreement("b", "open"),
                agreement("c", "ended", ends="2026-03-31"),
                gives,
            ],
        }
    )
    assert readable_datasets(partner, date(2026, 4, 1)) == ("open",)

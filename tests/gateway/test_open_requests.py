from __future__ import annotations

import pytest

from gateway.errors import RefusedError
from gateway.extracts import MOST_OPEN


def test_a_partner_can_not_pile_up_requests_that_nobody_decided(world):
    months = [f"{year}-{month:02}" for year in range(2020, 2024) for month in range(1, 13)]
    for month in months[:MOST_OPEN]:
        world.ask("harbor", where=[{"column": "reported_on", "in": [month]}])
    with pytest.raises(RefusedError) as refused:
        world.ask("harbor", where=[{"column": "reported_on", "in": [months[MOST_OPEN]]}])
    assert [reason.rule for reason in refused.value.reasons] == ["too-many-open"]
    again = world.ask("harbor", where=[{"column": "reported_on", "in": [months[0]]}])
    assert again.state == "queued"
    assert world.ask("lantern").state == "queued"


def test_a_partner_that_became_a_bank_downloads_no_records(world):
    made = world.extract("harbor")
    assert world.content("harbor", made.id)
    world.partner("harbor", **{"class": "financial"})
    with pytest.raises(RefusedError) as refused:
        world.content("harbor", made.id)
    assert "financial-no-extract" in {reason.rule for reason in refused.value.reasons}

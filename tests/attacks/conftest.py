from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.attacks.hostile_homes import hostile
from tests.counted_homes import counted, no_noise, template_of
from tests.http_fixtures import gateway, harbor, opened_home
from tests.small_homes import partner, shared, world

__all__ = [
    "counted",
    "gateway",
    "harbor",
    "hostile",
    "no_noise",
    "opened_home",
    "partner",
    "shared",
    "world",
]


@pytest.fixture
def counted_template(tmp_path_factory):
    """A home that answers in numbers, to be copied."""
    return template_of(tmp_path_factory)


@pytest.fixture
def mallory(gateway):
    """A partner whose program attacks, at the time that the library's own clock shows."""
    gateway.clock.moment = datetime.now(UTC)
    return gateway.add_partner("mallory")


def is_refused(asking, assertion):
    """Whether the token endpoint refuses an assertion, and says so as it should."""
    answer = asking.ask_token(assertion)
    assert answer.status_code in (200, 400)
    return answer.status_code == 400 and answer.json()["error"] == "invalid_client"

from __future__ import annotations

import pytest

from tests.http_fixtures import gateway, harbor, open_home
from tests.journeys.consoles import console
from tests.journeys.operators import empty_home, operator
from tests.journeys.served_homes import home, served
from tests.small_homes import shared, world

__all__ = [
    "console",
    "empty_home",
    "gateway",
    "harbor",
    "home",
    "operator",
    "served",
    "shared",
    "world",
]


@pytest.fixture
def opened_home(tmp_path, clock, store_url):
    """An open home without a lake, once on each kind of store."""
    opened = open_home(tmp_path, clock, store_url)
    yield opened
    opened.store.dispose()

from __future__ import annotations

import pytest

from tests.http_fixtures import gateway, harbor, open_home

__all__ = ["gateway", "harbor"]


@pytest.fixture
def opened_home(tmp_path, clock, store_url):
    """An open home without a lake, once on each kind of store."""
    opened = open_home(tmp_path, clock, store_url)
    yield opened
    opened.store.dispose()

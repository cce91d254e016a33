from __future__ import annotations

import pytest

from gateway.store.engine import open_store
from gateway.store.migrations import migrate


@pytest.fixture
def empty_store(store_url):
    engine = open_store(store_url)
    yield engine
    engine.dispose()


@pytest.fixture
def store(empty_store):
    migrate(empty_store)
    return empty_store

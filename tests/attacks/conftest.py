from __future__ import annotations

from tests.http_fixtures import gateway, harbor, opened_home
from tests.small_homes import partner, shared, world

__all__ = ["gateway", "harbor", "opened_home", "partner", "shared", "world"]

from __future__ import annotations

from tests.http_fixtures import gateway, harbor, opened_home

__all__ = ["gateway", "harbor", "opened_home"]

from __future__ import annotations

from tests.small_homes import partner, shared, world

__all__ = ["partner", "shared", "world"]

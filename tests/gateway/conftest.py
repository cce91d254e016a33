from __future__ import annotations

from tests.backed_up import backed_up, place
from tests.small_homes import partner, shared, world

__all__ = ["backed_up", "partner", "place", "shared", "world"]

from __future__ import annotations

from tests.sent_files import sent, shelter
from tests.small_homes import world

__all__ = ["sent", "shelter", "world"]

"""The clock: the one door through which the time of day enters."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


class Clock:
    """Reads the system's time; tests hand in a clock that stands still."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)

    def timestamp(self) -> str:
        """Return the present moment as RFC 3339 in UTC, with microseconds and `Z`."""
        return self.now().strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def today(self, zone: str) -> date:
        """Return the calendar day that it is now in a zone (an IANA key)."""
        return self.now().astimezone(ZoneInfo(zone)).date()

from datetime import UTC, date, datetime

from gateway.clock import Clock


class FixedClock(Clock):
    def __init__(self, moment):
        self.moment = moment

    def now(self):
        return self.moment


def test_now_is_in_utc():
    assert Clock().now().tzinfo is UTC


def test_a_timestamp_is_rfc_3339_with_microseconds():
    clock = FixedClock(datetime(2026, 3, 1, 4, 5, 6, tzinfo=UTC))
    assert clock.timestamp() == "2026-03-01T04:05:06.000000Z"


def test_today_is_the_day_of_the_zone():
    clock = FixedClock(datetime(2026, 1, 1, 2, 0, tzinfo=UTC))
    assert clock.today("UTC") == date(2026, 1, 1)
    assert clock.today("America/New_York") == date(2025, 12, 31)

"""The home that answers in numbers."""

from tests.counted_homes import counted, no_noise

__all__ = ["counted", "no_noise"]

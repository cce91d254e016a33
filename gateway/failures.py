"""Failures in the log: what the operator needs, and no value that somebody sent or stored."""

from __future__ import annotations

import logging
import traceback

from gateway.errors import WeirError

_LOG = logging.getLogger("weir.http")


def log_failure(error: BaseException) -> None:
    """Log that a request or a job failed, and where.

    The text of Weir's own errors is written for the operator and goes along; that of any other
    error may hold a protected value (drivers and parsers quote what they choke on) and doesn't.
    """
    text = f": {error}" if isinstance(error, WeirError) else ""
    _LOG.error("failed: %s%s", describe_failure(error), text)


def describe_failure(error: BaseException) -> str:
    """Return the kind of an error and where it arose, without its text."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown place"
    return f"{type(error).__module__}.{type(error).__qualname__} at {place}"

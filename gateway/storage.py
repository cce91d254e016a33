"""A full disk: the one place that knows how the system and the databases say so.

DuckDB says it in its own way: see `gateway/lake/engine.py`.
"""

from __future__ import annotations

import contextlib
import errno
from typing import TYPE_CHECKING

from gateway.errors import StorageFullError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYSTEM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SQLITE, _POSTGRESQL = "SQLITE_FULL", "53100"


@contextlib.contextmanager
def noticing_a_full_disk() -> Iterator[None]:
    """Turn every way to say that the disk is full into one error that helps.

    Raises:
        StorageFullError: no room is left. The original error goes: SQL in it may hold values.
    """
    try:
        yield
    except Exception as error:
        if not _is_full(error):
            raise
        raise StorageFullError(
            "no room is left on the disk; what was there before is untouched: "
            "make room, then try again",
        ) from None


def _is_full(error: Exception) -> bool:
    cause = getattr(error, "orig", error)  # SQLAlchemy wraps what the driver raised
    return (
        getattr(cause, "errno", None) in _SYSTEM
        or getattr(cause, "sqlite_errorname", None) == _SQLITE
        or getattr(cause, "sqlstate", None) == _POSTGRESQL
    )

"""Since when a release can't be made again: erasing expires the snapshots that it was made from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlmodel import col, select

from gateway.store.tables import Erasure, Extract

if TYPE_CHECKING:
    from sqlmodel import Session

    from gateway.store.tables import Release


def replay_ended(session: Session, release: Release) -> str | None:
    """Return since when a release can't be made again: its snapshot was expired by erasing."""
    if release.extract_id is None:
        return None
    snapshot = session.get_one(Extract, release.extract_id).snapshot
    runs = select(Erasure).where(col(Erasure.oldest_snapshot) > snapshot)
    for run in session.exec(runs.order_by(Erasure.begun_at)):
        if json.loads(run.marks).get(release.dataset) != snapshot:
            return run.begun_at
    return None

"""The oracle's own reading of consent: which records may be in which product today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.properties.history.world import LEVELS, RESTRICTED, Record, World

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Product:
    """For whom, for what, on which level of consent."""

    kind: str
    purpose: str
    needed: str


def permits(world: World, record: Record, product: Product, today: date) -> bool:
    """Whether a record may be in a product today."""
    kind, purpose, wanted = product.kind, product.purpose, LEVELS.index(product.needed)
    theirs = [other for other in world.records.values() if other.person == record.person]
    return (
        _own(world, record, today) >= wanted
        and _newest(world, theirs, today) >= wanted
        and _given(world, record, kind, purpose) >= wanted
        and (not record.share_with or kind in record.share_with)
        and (not record.share_for or purpose in record.share_for)
        and (not RESTRICTED & record.funding or _is_released(record, kind, purpose, today))
    )


def _own(world: World, record: Record, today: date) -> int:
    if not record.consent:
        level = LEVELS.index(world.dataset.default)
    else:
        level = LEVELS.index(record.consent) if record.consent in LEVELS else 0
    if record.consent_ends is not None and record.consent_ends <= today:
        level = min(level, LEVELS.index(world.dataset.after_end))
    return level


def _newest(world: World, theirs: list[Record], today: date) -> int:
    """What the person said last; the strictest, where one submission says several things."""
    said = [record for record in theirs if record.consent]
    if not said:
        return len(LEVELS)
    last = max(record.sequence for record in said)
    return min(_own(world, record, today) for record in said if record.sequence == last)


def _given(world: World, record: Record, kind: str, purpose: str) -> int:
    """What all agreements allow under which the giver hands records in; nothing where none is."""
    if not record.giver:
        return len(LEVELS)
    partner = world.partners.get(record.giver)
    agreements = [a for a in partner.agreements if a.submits] if partner else []
    levels = [
        LEVELS.index(a.consent_max or "pseudonymized")
        if (not a.share_with or kind in a.share_with)
        and (not a.share_for or purpose in a.share_for)
        else 0
        for a in agreements
    ]
    return min(levels, default=0)


def _is_released(record: Record, kind: str, purpose: str, today: date) -> bool:
    """Restricted funding needs consent that is written, scoped and limited in time."""
    limited = record.consent_ends is not None and record.consent_ends > today
    scoped = kind in record.share_with and purpose in record.share_for
    return record.consent in LEVELS and limited and scoped

"""The oracle's own reading of consent: which records may be in which product today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.properties.history.world import LEVELS, RESTRICTED, Record, Statement, World

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
    return (
        _own(world, record.consent, record.consent_ends, today) >= wanted
        and _in_force(world, record.person, today) >= wanted
        and _given(world, record, kind, purpose) >= wanted
        and (not record.share_with or kind in record.share_with)
        and (not record.share_for or purpose in record.share_for)
        and (not RESTRICTED & record.funding or _is_released(record, kind, purpose, today))
    )


def _own(world: World, consent: str, ends: date | None, today: date) -> int:
    if not consent:
        level = LEVELS.index(world.dataset.default)
    else:
        level = LEVELS.index(consent) if consent in LEVELS else 0
    if ends is not None and ends <= today:
        level = min(level, LEVELS.index(world.dataset.after_end))
    return level


def _in_force(world: World, person: str, today: date) -> int:
    """What the person said last to each giver; the strictest, where it is several things."""
    said = words_in_force(world, person)
    return min((_own(world, one.consent, one.ends, today) for one in said), default=len(LEVELS))


def words_in_force(world: World, person: str) -> list[Statement]:
    """What a person said with each giver's newest row that came in, and refused rows since."""
    theirs = [one for one in world.said if one.person == person]
    words = []
    for giver in {one.giver for one in theirs}:
        said = [one for one in theirs if one.giver == giver]
        last = max((one.sequence for one in said if not one.refused), default=0)
        words += [one for one in said if one.sequence >= last]
    return words


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

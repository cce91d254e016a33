"""Linked: which further identities are the same people's, and whose records are still there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.erasing import roots_held
from gateway.lake.links import read_pairs
from gateway.lake.people import NOBODY_LINKED, People, resolve, without_own

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument


def people_now(lake: Lake, document: DatasetDocument, partner: str | None = None) -> People:
    """Return who is whose now; as if a partner had given nothing, where one is named."""
    domain = document.person_domain
    if domain is None:
        return NOBODY_LINKED
    with lake.cursor() as cursor:
        if partner is None:
            return resolve(read_pairs(cursor, domain))
        return without_own(resolve(read_pairs(cursor, domain, partner=partner)))


def with_linked(
    lake: Lake, document: DatasetDocument, identities: Iterable[bytes], partner: str
) -> frozenset[bytes]:
    """Add to identities all that are the same people's, for one partner."""
    people = people_now(lake, document, partner)
    named = frozenset(identities)
    persons = {people.person_of(identity) for identity in named}
    return named | {one for one, person in people.persons.items() if person in persons}


def still_known(
    lake: Lake, document: DatasetDocument, identities: Iterable[bytes]
) -> frozenset[bytes]:
    """Return the identities whose person some record of the dataset is of, under whatever name."""
    people = people_now(lake, document)
    persons = {identity: people.person_of(identity) for identity in identities}
    held = roots_held(lake, {document.dataset: ["weir_person"]}, persons.values())
    return frozenset(identity for identity, person in persons.items() if person in held)

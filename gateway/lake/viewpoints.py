"""Viewpoints: whose each record is for one recipient, as if it had given nothing.

A recipient that gives data too could otherwise ask by linking: one invented record with the name
of one person and the phone of another makes the two one person. Were that so in what it gets, it
would see by tokens that are one, or by a record that is missing, that both are in the data, or
find its record's token in somebody else's row. So for a recipient only those links count that
rest on records of others alone.

That splits people and never joins any: everybody is in one part of their person in the lake, and
the order of a part's records is the lake's.

What is more than one person to a recipient may be one in truth, known by its own data alone; for
its own extract they count as two. That a person took consent back stops records of all their
identities, however it is known that they are one (`stages`); it ends what left before only where
the recipient's own data has no part in that (`standing`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from gateway.lake.links import read_pairs
from gateway.lake.people import resolve, without_own
from gateway.lake.snapshots import has_identities

if TYPE_CHECKING:
    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument


def seen_by(
    records: ibis.Table, lake: Lake, document: DatasetDocument, snapshot: int, partner: str
) -> ibis.Table:
    """Return records or statements with the people that they are of, for one recipient.

    Args:
        records: of a snapshot, with `weir_identity` and `weir_person`.
        lake: holds the links.
        document: the dataset.
        snapshot: the same.
        partner: the recipient.
    """
    apart = _apart(lake, document, snapshot, partner)
    if not apart.num_rows:
        return records
    table = ibis.memtable(apart)
    joined = records.left_join(table, records.weir_identity == table.seen_identity)
    person = ibis.coalesce(joined.seen_person, joined.weir_person)
    return joined.mutate(weir_person=person).select(*records.columns)


def _apart(lake: Lake, document: DatasetDocument, snapshot: int, partner: str) -> pa.Table:
    """Return the identities whose person is another one for this recipient."""
    found: dict[bytes, bytes] = {}
    domain = document.person_domain
    if domain is not None and has_identities(lake, document, snapshot):
        version = lake.version_of(document.dataset, snapshot)
        with lake.cursor() as cursor:
            people = resolve(read_pairs(cursor, domain, snapshot=version, partner=partner))
        if not all(pair.by_others for pair in people.joining):
            theirs = without_own(people)
            found = {
                identity: theirs.person_of(identity)
                for identity, person in people.persons.items()
                if theirs.person_of(identity) != person
            }
    kinds = {"seen_identity": pa.binary(), "seen_person": pa.binary()}
    columns = [pa.array(found.keys(), pa.binary()), pa.array(found.values(), pa.binary())]
    return pa.table(columns, schema=pa.schema(kinds))

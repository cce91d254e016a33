"""Resolving: whose each record and each statement is, as links say, within one transaction.

A record keeps its identity (`weir_identity`) and its place within it (`weir_place`) for good. Its
person and its rank within that person follow from these and from the links that count:

- the person is the smallest of its identities;
- the records of one person stand identity by identity, in an order keyed by the identities'
  roots, and within an identity as they stood there.

So whoever is one person has ranks from 1 on, at most L of whose records count, however many
identities they came under; undoing a link gives back exactly what was there; and in which order
two records stand doesn't depend on which links there are: what one contributor gives, and whom
that links, never turns the order of what others gave.

**Nothing that a contributor can see tells it of a link.** It gets none of its records back; its
reports and dry runs are made before anybody is resolved; its own budget is counted over its own
records. A load, an act of an officer and a run change all datasets of the domain at once, whoever
was linked and if nobody was: a new snapshot, with answers to be charged anew, says that links may
have changed, and not whose. Extracts are made as if their recipient had given nothing, links that
depend on its records among it (`gateway/lake/viewpoints.py`).

**Does not protect** from false keys: whoever knows what a person is recognized by can give records
that count as that person's. They can stop the person's records, as a `none` under the person's
own identifier can; they take part of the person's L records; and in a noisy count their giver,
who knows its own records, sees the effect of replacing one person's records, twice the epsilon of
leaving one out. An officer's word (`weir link undo`) ends such a link for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from anonymizers.pseudonyms import ROOT, derive_key, keyed_order
from gateway.lake.engine import literal
from gateway.lake.links import has_links, read_pairs
from gateway.lake.people import People, resolve
from gateway.lake.tables import STATEMENTS, table_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from gateway.keys import Keys
    from policies.documents import DatasetDocument

_PLACED = "people_resolved"


def apply_links(
    cursor: duckdb.DuckDBPyConnection, keys: Keys, domain: str, datasets: Sequence[str]
) -> People:
    """Bring records and statements of some datasets in step with their domain's links.

    Args:
        cursor: in a transaction of the lake.
        keys: give the order of a person's identities.
        domain: of the people.
        datasets: whose table is there, of people of this domain.
    """
    people = resolve(read_pairs(cursor, domain))
    cursor.register(_PLACED, _placed(people, keys))
    for dataset in datasets:
        cursor.execute(_resolve_records(table_path(dataset)))
    for statement in _resolve_statements(datasets):
        cursor.execute(statement)
    cursor.unregister(_PLACED)
    return people


def resolve_dataset(
    cursor: duckdb.DuckDBPyConnection, keys: Keys, document: DatasetDocument
) -> None:
    """Bring one dataset in step after its records or statements changed, within a transaction."""
    domain = document.person_domain
    if domain is not None and has_links(cursor, domain):
        apply_links(cursor, keys, domain, (document.dataset,))


def note_change(cursor: duckdb.DuckDBPyConnection, what: str, datasets: Sequence[str]) -> None:
    """Note on the snapshot which datasets it changes, within its transaction."""
    cursor.execute(
        f"CALL lake.set_commit_message('weir', {literal(what)}, "
        f"extra_info => {literal(' '.join(sorted(set(datasets))))})",
    )


def _placed(people: People, keys: Keys) -> pa.Table:
    """Return each linked identity with its person, and its place among the person's identities."""
    identities = pa.array(people.persons.keys(), ROOT)
    order = keyed_order(identities, derive_key(keys.order(), "weir identity v1"))
    return pa.table(
        {
            "identity": identities.take(pa.array(order)).cast(pa.binary()),
            "person": pa.array(people.persons.values(), pa.binary()).take(pa.array(order)),
            "position": pa.array(range(len(order)), pa.int64()),
        },
    )


def _resolve_records(table: str) -> str:
    return (
        f"UPDATE {table} AS kept SET weir_person = now.person, weir_rank = now.place FROM ("
        "SELECT weir_record, person, (row_number() OVER "
        f"(PARTITION BY person ORDER BY position, weir_place))::INTEGER AS place FROM {table} "
        f"JOIN {_PLACED} ON identity = weir_identity UNION ALL "
        f"SELECT weir_record, weir_identity, weir_place FROM {table} "
        f"ANTI JOIN {_PLACED} ON identity = weir_identity "
        "WHERE weir_person <> weir_identity OR weir_rank <> weir_place) AS now "
        "WHERE kept.weir_record = now.weir_record "
        "AND (kept.weir_person <> now.person OR kept.weir_rank <> now.place)"
    )


def _resolve_statements(datasets: Sequence[str]) -> tuple[str, str]:
    theirs = f"kept.dataset IN ({', '.join(map(literal, datasets))})"
    linked = (
        f"UPDATE {STATEMENTS} AS kept SET weir_person = now.person FROM {_PLACED} AS now "
        f"WHERE {theirs} AND kept.weir_identity = now.identity AND kept.weir_person <> now.person"
    )
    alone = (
        f"UPDATE {STATEMENTS} AS kept SET weir_person = weir_identity "
        f"WHERE {theirs} AND weir_person <> weir_identity "
        f"AND weir_identity NOT IN (SELECT identity FROM {_PLACED})"
    )
    return linked, alone

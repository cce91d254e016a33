"""Whether released records are still permitted, and until when.

What the recipient itself says about consent after a release, or by an end that it gave, ends
nothing of its own: a statement under somebody's identifier would tell it, by a download that ends
or by the day until which it may keep the file, whether that person is in it. What it says keeps
people out of all that is made afterwards, for others and for itself (`lake/consent.py`).

A released record is found again by itself and the identity that it came under. So people who are
linked, or told apart, since a release end nothing by that alone; and what either part of a linked
person took back ends it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from gateway.lake.consent import PERMITTED, Product, Terms, judge, statements_in_force
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.viewpoints import seen_by

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument


def said_by_others(statements: ibis.Table, partner: str) -> ibis.Table:
    """Leave out what one partner said."""
    return statements.filter(statements.contributor != partner)


def count_no_longer_permitted(  # noqa: PLR0913, PLR0917 - what was made, and what decides now
    lake: Lake,
    document: DatasetDocument,
    released: pa.Table,
    product: Product,
    terms: Terms,
    partner: str,
) -> int:
    """Return how many released records are gone, or may no longer be in the product, now.

    A record that somebody else's data took over since is gone: what was released of its first
    identity isn't covered by what the second one permits.

    Args:
        lake: is read at the dataset's newest snapshot.
        document: the dataset.
        released: `identity` and `record`, binary(16) roots of what was released.
        product: what was made for whom, and the day it is now.
        terms: of the dataset and its contributors.
        partner: whose copy it is.
    """
    with lake.engine() as backend:
        snapshot = lake.dataset_snapshot(document.dataset)
        current = read_snapshot(backend, lake, document, snapshot)
        said = said_by_others(read_statements(backend, lake, document, snapshot), partner)
        current, said = (
            seen_by(rows, lake, document, snapshot, partner) for rows in (current, said)
        )
        judged = judge(backend, current, said, document, terms, product)
        permitted = judged.filter(judged.weir_rule == PERMITTED)
        roots = {
            f"weir_{name}": released[name].cast(pa.binary()) for name in ("identity", "record")
        }
        gone = ibis.memtable(pa.table(roots)).anti_join(permitted, [*roots]).count()
        return int(backend.to_pyarrow(gone).as_py())


def earliest_end(  # noqa: PLR0913, PLR0917 - what is there, and who is asked for
    backend: Backend,
    records: ibis.Table,
    statements: ibis.Table,
    selected: ibis.Table,
    document: DatasetDocument,
    today: date,
) -> date | None:
    """Return the earliest consent end after today in what the selected people say.

    That is on any of their records, and in what they said last to each contributor, whose record
    may be gone. Ends on records that aren't such a newest statement count too: earlier than
    needed is safe.
    """
    end = document.column_of("consent_end")
    if end is None or document.consent == "assumed":
        return None
    said = statements_in_force(statements).select("weir_person", weir_end="ends")
    ends = records.select("weir_person", weir_end=end).union(said)
    theirs = ends.semi_join(selected, "weir_person")
    ahead = theirs.filter(theirs.weir_end > ibis.literal(today, "date"))
    found: date | None = backend.to_pyarrow(ahead.weir_end.min()).as_py()
    return found


def earliest_share_end(
    backend: Backend, records: ibis.Table, selected: ibis.Table, terms: Terms, today: date
) -> date | None:
    """Return the first day after today on which a contributor doesn't share these people any more.

    By its agreement, or by what it said of a submission; `share_until` is the last day before.
    """
    theirs = records.semi_join(selected, "weir_person")
    last = [until for until in terms.ends_of(theirs, backend) if until < date.max]
    ends = [until + timedelta(days=1) for until in last]
    return min((end for end in ends if end > today), default=None)

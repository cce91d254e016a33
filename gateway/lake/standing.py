"""Whether released records are still permitted, and until when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.snapshots import read_snapshot
from policies.consent import ConsentRules

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from ibis.backends.duckdb import Backend

    from gateway.lake.connection import Lake
    from policies.consent import ContributorTerms
    from policies.documents import DatasetDocument


def count_no_longer_permitted(
    lake: Lake,
    document: DatasetDocument,
    records: pa.Array,
    product: Product,
    contributors: Mapping[str, ContributorTerms],
) -> int:
    """Return how many released records are gone, or may no longer be in the product, now.

    Args:
        lake: is read at the dataset's newest snapshot.
        document: the dataset.
        records: binary(16), roots of the released records.
        product: what was made for whom, and the day it is now.
        contributors: their terms by partner.
    """
    with lake.engine() as backend:
        snapshot = lake.dataset_snapshot(document.dataset)
        current = read_snapshot(backend, lake, document, snapshot)
        terms = Terms(ConsentRules.of(document), contributors)
        judged = judge(backend, current, document, terms, product)
        permitted = judged.filter(judged.weir_rule == PERMITTED).select("weir_record")
        released = ibis.memtable(pa.table({"weir_record": records.cast(pa.binary())}))
        gone = released.anti_join(permitted, "weir_record").count()
        return int(backend.to_pyarrow(gone).as_py())


def earliest_end(
    backend: Backend,
    records: ibis.Table,
    selected: ibis.Table,
    document: DatasetDocument,
    today: date,
) -> date | None:
    """Return the earliest consent end after today on any record of the selected people.

    Ends on records that aren't their newest statement count too: earlier than needed is safe.
    """
    end = document.column_of("consent_end")
    if end is None or document.consent == "assumed":
        return None
    theirs = records.semi_join(selected, "weir_person")
    ahead = theirs.filter(theirs[end] > ibis.literal(today, "date"))
    found: date | None = backend.to_pyarrow(ahead[end].min()).as_py()
    return found

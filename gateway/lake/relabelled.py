"""Relabelled: records that a load would free of narrower labels, which nobody may do by mistake.

A label belongs to a submission, so a record that a later one brings again has that one's. Who
forgets the label with next month's file would open last month's records to others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.engine import literal
from gateway.lake.sources import SourceError
from gateway.lake.tables import table_path
from policies.reasons import Reason

if TYPE_CHECKING:
    import duckdb

    from gateway.lake.records import Submission
    from policies.documents import DatasetDocument

SHOWN = 3


def check_labels(
    cursor: duckdb.DuckDBPyConnection,
    staged: str,
    document: DatasetDocument,
    submission: Submission,
) -> None:
    """Refuse a load that takes narrower labels off records; one's own, for no other has its keys.

    Args:
        cursor: of the lake, whose table of the dataset is there.
        staged: the temporary table of the load's records.
        document: the dataset.
        submission: that brings them; knows which earlier ones had narrower labels.

    Raises:
        SourceError: it does; says how many records have which labels.
    """
    narrower = submission.narrower()
    if not narrower:
        return
    listed = ", ".join(literal(one) for one in sorted(narrower))
    same = f"weir_record IN (SELECT weir_record FROM {staged})"
    if submission.mode == "replace" and not document.record_key:
        same = "true"  # nobody can tell which of them it brings again
    found = cursor.execute(
        f"SELECT weir_submission, count(*) FROM {table_path(document.dataset)} "
        f"WHERE weir_submission IN ({listed}) AND {same} GROUP BY weir_submission"
    ).fetchall()
    if not found:
        return
    labels = sorted({narrower[one] for one, _ in found})
    told = " | ".join(labels[:SHOWN]) + (" | …" if len(labels) > SHOWN else "")
    count = sum(int(number) for _, number in found)
    raise SourceError(Reason("labels-loosened", {"count": str(count), "labels": told}))

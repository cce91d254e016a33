"""Statements: what people said about consent, kept whatever becomes of the rows that said it.

A record may be updated with a blank, removed by a replacement, or refused for a typing error; a
withdrawal that came with it must not go the same way. So each load appends what its rows say, in
the transaction that changes the records, and nothing ever deletes from there. A refused row can
take back, never give (`policies.consent.Statement`). Each statement names the contributor of its
load: another's newer one doesn't replace it (`policies.consent.statements_in_force`).

A statement is of an identity, as the file said it, and caps the person whose identity that is:
people are resolved in the same transaction (`gateway/lake/resolving.py`).

One row for each identity, submission, and whether the rows were refused: the strictest level and
the earliest end. That is no approximation: with an end `e` a level `L` allows min(L, after_end)
from `e` on, so the strictest of several on any day is the lowest L until the earliest e, and
min(lowest L, after_end) from then on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from gateway.lake.engine import literal
from gateway.lake.tables import STATEMENTS
from policies.consent import LEVELS, stated_level

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb
    import numpy as np
    from numpy.typing import NDArray

    from gateway.lake.records import Submission
    from policies.documents import DatasetDocument

STAGED: Mapping[str, str] = {
    "weir_identity": "BLOB",
    "weir_file": "INTEGER",
    "weir_row": "BIGINT",
    "weir_level": "TINYINT",
    "weir_end": "DATE",
    "weir_refused": "BOOLEAN",
}


def find_statements(
    provenance: Mapping[str, pa.Array],
    consent: pa.Array,
    ends: pa.Array,
    refused: NDArray[np.bool_],
) -> pa.Table:
    """Return what the rows of a batch say: `STAGED`, without rows that say nothing or are nobody's.

    Args:
        provenance: `weir_identity`, `weir_file` and `weir_row`.
        consent: the consent values as they came; what can't be read says `none`.
        ends: dates of their end, NULL for none; what can't be read has come (`cells.ENDED`).
        refused: marks the rows that are left out of the data.
    """
    columns = {
        **{name: provenance[name] for name in ("weir_identity", "weir_file", "weir_row")},
        "weir_level": _levels(consent),
        "weir_end": ends,
        "weir_refused": pa.array(refused),
    }
    said = pc.and_(pc.is_valid(columns["weir_level"]), pc.is_valid(columns["weir_identity"]))
    return pa.table(columns).filter(said)


def no_statements() -> pa.Table:
    """Return the statements of a batch whose dataset asks nobody."""
    kinds = (pa.binary(), pa.int32(), pa.int64(), pa.int8(), pa.date32(), pa.bool_())
    return pa.schema(dict(zip(STAGED, kinds, strict=True))).empty_table()


def _levels(consent: pa.Array) -> pa.Array:
    encoded = consent.dictionary_encode()
    levels = [stated_level(text) for text in encoded.dictionary.to_pylist()]
    numbers = [None if level is None else LEVELS.index(level) for level in levels]
    return pa.array(numbers, pa.int8()).take(encoded.indices)


def append_statements(
    cursor: duckdb.DuckDBPyConnection,
    stage: str,
    document: DatasetDocument,
    submission: Submission,
) -> None:
    """Append what a load's rows say, within its transaction.

    Args:
        cursor: in a transaction of the lake.
        stage: name of a temporary table like `STAGED`.
        document: the dataset.
        submission: that brings them.
    """
    words = ", ".join(literal(level) for level in LEVELS)
    cursor.execute(
        f"INSERT INTO {STATEMENTS} BY NAME SELECT {literal(document.dataset)} AS dataset, "
        f"weir_identity, weir_identity AS weir_person, {literal(submission.id)} AS submission, "
        f"{literal(submission.contributor)} AS contributor, "
        f"{int(submission.sequence)}::BIGINT AS sequence, "
        f"[{words}][min(weir_level) + 1] AS consent, min(weir_end) AS ends, "
        f"weir_refused AS refused FROM {stage} GROUP BY weir_identity, weir_refused",
    )

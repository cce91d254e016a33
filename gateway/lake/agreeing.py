"""Agreeing: identities whose records agree on every part of a declared key.

Roots and values are compared as the lake stores them, already normalized. What says nothing
(`unknown`, `n/d`, a date out of its bounds) is no part of anybody's key.

A value that one giver has under more than `MOST_IDENTITIES` identities isn't one person's (a
shelter's phone): what this giver says with it links nobody. Each giver is counted by itself, so
that nobody's records keep others' from being linked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from anonymizers.normalization import normalize_column
from anonymizers.pseudonyms import roots
from anonymizers.unknown_values import UNKNOWN
from gateway.lake.engine import literal, quoted
from gateway.lake.tables import table_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from gateway.keys import Keys
    from policies.documents import ColumnDocument, DatasetDocument

MOST_IDENTITIES = 10


def find_agreeing(
    cursor: duckdb.DuckDBPyConnection,
    document: DatasetDocument,
    keys: Keys,
    submission: str | None = None,
) -> pa.Table:
    """Find pairs of identities that agree on a deterministic key of their dataset.

    Args:
        cursor: of the lake, within a transaction where one is under way.
        document: the dataset; its table is there.
        keys: of the home; what says nothing has roots too.
        submission: only pairs of which at least one record came with it.

    Returns:
        What `links.append_evidence` takes.
    """
    linkage = document.linkage
    parts = [
        _of_key(cursor, document, keys, key, submission)
        for key in (() if linkage is None else linkage.deterministic)
    ]
    return pa.concat_tables(parts) if parts else EVIDENCE.empty_table()


EVIDENCE = pa.schema(
    {
        "left_root": pa.binary(),
        "right_root": pa.binary(),
        "left_giver": pa.string(),
        "right_giver": pa.string(),
        "kind": pa.string(),
        "probability": pa.float64(),
        "evidence": pa.list_(pa.string()),
    },
)


def _of_key(
    cursor: duckdb.DuckDBPyConnection,
    document: DatasetDocument,
    keys: Keys,
    key: Sequence[str],
    submission: str | None,
) -> pa.Table:
    values = {f"part_{n}": _comparable(document.columns[name], name) for n, name in enumerate(key)}
    parts = ", ".join(values)
    known = " AND ".join(_known(document.columns[name], name, keys) for name in key)
    table = table_path(document.dataset)
    given = ", ".join(f"{value} AS {part}" for part, value in values.items())
    fresh = (
        ""
        if submission is None
        else (
            f"SEMI JOIN (SELECT {given} FROM {table} WHERE {known} "
            f"AND weir_submission = {literal(submission)}) AS fresh USING ({parts}) "
        )
    )
    found = cursor.execute(
        f"WITH members AS (SELECT DISTINCT weir_identity, weir_contributor AS giver, {given} "
        f"FROM {table} WHERE {known}), "
        f"shared AS (SELECT {parts} FROM members {fresh}"
        f"GROUP BY {parts} HAVING min(weir_identity) < max(weir_identity)), "
        f"few AS (SELECT * FROM members SEMI JOIN shared USING ({parts}) "
        f"QUALIFY count(*) OVER (PARTITION BY {parts}, giver) <= {MOST_IDENTITIES}) "
        "SELECT DISTINCT one.weir_identity AS left_root, other.weir_identity AS right_root, "
        "one.giver AS left_giver, other.giver AS right_giver, 'deterministic' AS kind, "
        f"1.0::DOUBLE AS probability, [{', '.join(map(literal, key))}] AS evidence "
        f"FROM few AS one JOIN few AS other USING ({parts}) "
        "WHERE one.weir_identity < other.weir_identity",
    ).to_arrow_table()
    return found.cast(EVIDENCE)


def _comparable(column: ColumnDocument, name: str) -> str:
    if column.type == "string" and column.role != "direct_identifier":
        return f"lower(nfc_normalize(trim({quoted(name)})))"
    return quoted(name)


def _known(column: ColumnDocument, name: str, keys: Keys) -> str:
    """Return the condition that a value says something."""
    value = _comparable(column, name)
    if column.role == "direct_identifier":
        silent = pa.array(UNKNOWN)
        normalized = normalize_column(silent, column.normalization, column.region)
        hidden = roots(normalized, keys.domain(column.domain or name)).drop_null()
        listed = ", ".join(f"from_hex({literal(root.hex())})" for root in hidden.to_pylist())
        return f"({value} IS NOT NULL AND {value} NOT IN ({listed}))"
    if column.type == "string":
        listed = ", ".join(literal(text.lower()) for text in UNKNOWN)
        return f"({value} <> '' AND {value} NOT IN ({listed}))"
    within = ""
    if column.bounds is not None:
        first, last = (literal(str(bound)) for bound in column.bounds)
        within = f" AND {value} BETWEEN {first} AND {last}"
    return f"({value} IS NOT NULL{within})"

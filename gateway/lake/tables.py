"""The lake's tables: one for each dataset, with provenance beside the declared columns.

Every record carries where it came from and whose it is:

- `weir_record`, `weir_identity`: roots of 16 bytes; the identity is the privacy unit's root, as the
  file said it, or the record's own where each row is one person.
- `weir_person`: whose it is, as links resolve it: the smallest of the identities that are one
  person's (`gateway/lake/people.py`).
- `weir_place`, `weir_rank`: its contribution rank, from 1 on, within its identity and within its
  person; equal but for people who are linked.
- `weir_contributor`: the partner that gave it, '' for the operator.
- `weir_submission`, `weir_sequence`: the load it came with, and that load's ordinal number.

Direct identifiers stand there as roots. Free text has no column: it is in the vault alone.

Beside them are the loads, what people said about consent (`gateway/lake/statements.py`), and links
(`gateway/lake/links.py`): all only grow, but for what is erased (`gateway/lake/erasing.py`). And
the marks: of each dataset, which snapshot was its newest when older ones were expired.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.engine import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policies.documents import ColumnDocument, DatasetDocument

BOOKKEEPING = "weir"
LOADS = f"lake.{BOOKKEEPING}.loads"
STATEMENTS = f"lake.{BOOKKEEPING}.statements"
LINKS = f"lake.{BOOKKEEPING}.links"
MARKS = f"lake.{BOOKKEEPING}.marks"
ROW_UNIT = "row"

PROVENANCE: Mapping[str, str] = {
    "weir_record": "BLOB",
    "weir_person": "BLOB",
    "weir_rank": "INTEGER",
    "weir_contributor": "VARCHAR",
    "weir_submission": "VARCHAR",
    "weir_sequence": "BIGINT",
    "weir_identity": "BLOB",
    "weir_place": "INTEGER",
}
# What homes had before there were links, and what stands for the rest there.
ADDED: Mapping[str, str] = {"weir_identity": "weir_person", "weir_place": "weir_rank"}

BOOKS: Mapping[str, Mapping[str, str]] = {
    LOADS: {
        "submission": "VARCHAR",
        "dataset": "VARCHAR",
        "contributor": "VARCHAR",
        "sequence": "BIGINT",
    },
    STATEMENTS: {
        "dataset": "VARCHAR",
        "weir_person": "BLOB",
        "submission": "VARCHAR",
        "contributor": "VARCHAR",
        "sequence": "BIGINT",
        "consent": "VARCHAR",
        "ends": "DATE",
        "refused": "BOOLEAN",
        "weir_identity": "BLOB",
    },
    LINKS: {
        "id": "VARCHAR",
        "domain": "VARCHAR",
        "dataset": "VARCHAR",
        "left_root": "BLOB",
        "right_root": "BLOB",
        "kind": "VARCHAR",
        "probability": "DOUBLE",
        "evidence": "VARCHAR[]",
        "left_giver": "VARCHAR",
        "right_giver": "VARCHAR",
        "run": "VARCHAR",
        "time": "VARCHAR",
        "officer": "VARCHAR",
        "reason": "VARCHAR",
        "sequence": "BIGINT",
        "undone": "BOOLEAN",
    },
    MARKS: {"dataset": "VARCHAR", "snapshot": "BIGINT"},
}

_SQL_TYPES: Mapping[str, str] = {
    "string": "VARCHAR",
    "integer": "BIGINT",
    "date": "DATE",
    "timestamp": "DATE",  # becomes a date in its timezone at ingest
    "boolean": "BOOLEAN",
    "point": "VARCHAR",
}
DECIMAL_DIGITS = 18


def table_name(dataset: str) -> str:
    """Return the name of a dataset's table; dataset ids are kebab-case, so no two share one."""
    return dataset.replace("-", "_")


def table_path(dataset: str) -> str:
    """Return the full, quoted name of a dataset's table."""
    return f"lake.main.{quoted(table_name(dataset))}"


def scale_of(column: ColumnDocument) -> int:
    """Return how many decimals a decimal column keeps."""
    return column.scale or 0


def value_columns(document: DatasetDocument) -> dict[str, str]:
    """Return the declared columns that the lake stores, with their SQL types."""
    return {
        name: _sql_type(column)
        for name, column in document.columns.items()
        if column.role != "free_text"
    }


def stored_columns(document: DatasetDocument) -> dict[str, str]:
    """Return all columns of a dataset's table with their SQL types, in order."""
    return {**PROVENANCE, **value_columns(document)}


def create_books() -> list[str]:
    """Return the statements that make the tables beside the datasets where they aren't there."""
    return [
        f"CREATE TABLE IF NOT EXISTS {path} "
        f"({', '.join(f'{name} {kind}' for name, kind in columns.items())})"
        for path, columns in BOOKS.items()
    ]


def create_table(document: DatasetDocument) -> str:
    """Return the statement that makes a dataset's table where there is none."""
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in stored_columns(document).items())
    return f"CREATE TABLE IF NOT EXISTS {table_path(document.dataset)} ({columns})"


def _sql_type(column: ColumnDocument) -> str:
    if column.role == "direct_identifier":
        return "BLOB"
    if column.type == "decimal":
        return f"DECIMAL({DECIMAL_DIGITS}, {scale_of(column)})"
    return _SQL_TYPES[column.type]

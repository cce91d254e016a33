"""Comparable: one row for each person, the identifiers of the vault in one spelling."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.normalization import normalize_column
from anonymizers.unknown_values import known_values
from gateway.lake.engine import literal, quoted
from gateway.lake.tables import table_path

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.lake.vault import Vault
    from policies.documents import ColumnDocument, DatasetDocument, ProbabilisticLinkage


@dataclass(frozen=True)
class Comparable:
    """The people of a dataset as they are compared.

    Attributes:
        people: as `matching.Matching` takes them; `number` counts from 0 on.
        roots: by number, the root of the person.
        givers: by number, who gave the person's records.
    """

    people: pa.Table
    roots: list[bytes]
    givers: list[list[str]]


def people_to_compare(
    context: Context, document: DatasetDocument, linkage: ProbabilisticLinkage
) -> Comparable:
    """Read everybody of a dataset: of each column the newest value that says something.

    Raises:
        LakeError, StorageFullError: as lake and vault say.
    """
    names = linkage.columns()
    rows = _newest(context, document, names)
    texts = {one.column for one in linkage.compare if one.likeness in ("name", "email")}
    with context.vault.opened() as vault:
        columns = {
            name: _spelled(
                _texts(vault, document, name, rows), document.columns[name], name in texts
            )
            for name in names
        }
    numbers = pa.array(range(rows.num_rows), pa.int64())
    return Comparable(
        people=pa.table({"number": numbers, **columns}),
        roots=rows["weir_person"].to_pylist(),
        givers=rows["weir_givers"].to_pylist(),
    )


def _newest(context: Context, document: DatasetDocument, names: tuple[str, ...]) -> pa.Table:
    newest = ", ".join(_newest_value(document.columns[name], name) for name in names)
    with context.lake.cursor() as cursor:
        return cursor.execute(
            "SELECT weir_person, list(DISTINCT weir_contributor) AS weir_givers, "
            f"{newest} FROM {table_path(document.dataset)} GROUP BY weir_person "
            "ORDER BY weir_person",
        ).to_arrow_table()


def _newest_value(column: ColumnDocument, name: str) -> str:
    known = f"{quoted(name)} IS NOT NULL"
    if column.bounds is not None:
        first, last = (literal(str(bound)) for bound in column.bounds)
        known = f"{quoted(name)} BETWEEN {first} AND {last}"
    newest = f"arg_max({quoted(name)}, (weir_sequence, -weir_rank)) FILTER ({known})"
    kind = "" if column.role == "direct_identifier" else "::VARCHAR"
    return f"({newest}){kind} AS {quoted(name)}"


def _texts(vault: Vault, document: DatasetDocument, name: str, rows: pa.Table) -> pa.Array:
    """Return the values behind a column, those of identifiers out of the vault."""
    column, values = document.columns[name], rows[name].combine_chunks()
    if column.role != "direct_identifier":
        return values.cast(pa.string())
    return vault.values_of(column.domain or name, values)


def _spelled(texts: pa.Array, column: ColumnDocument, is_text: bool) -> pa.Array:  # noqa: FBT001
    """Return values in one spelling; without accents, and NULL for `unknown`, where text is."""
    normalized = normalize_column(texts, column.normalization, column.region)
    if not is_text:
        return normalized
    known = pc.if_else(known_values(normalized), normalized, None)
    encoded = known.dictionary_encode()
    plain = [_without_accents(text) for text in encoded.dictionary.to_pylist()]
    return pa.array(plain, pa.string()).take(encoded.indices)


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFKD", text)
    return "".join(mark for mark in apart if unicodedata.category(mark) != "Mn")

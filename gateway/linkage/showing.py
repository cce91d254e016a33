"""Showing: the pairs of a dataset by fields that agree, and two people to a named officer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.lake.engine import literal, quoted
from gateway.lake.links import read_states
from gateway.lake.tables import table_path
from gateway.linkage.acts import find_link
from gateway.linkage.domains import people_of
from gateway.officers import check_named
from gateway.store.engine import writing

if TYPE_CHECKING:
    import pyarrow as pa

    from gateway.context import Context
    from gateway.lake.vault import Vault
    from policies.documents import DatasetDocument


def list_links(
    context: Context, dataset: str, officer: str = "", *, everything: bool = False
) -> list[dict[str, Any]]:
    """Return the pairs that wait for an officer, likely ones first; no values.

    Args:
        context: the open home.
        dataset: whose.
        officer: who looks; an entry where there is a name.
        everything: linked ones and ones told apart as well.

    Raises:
        NotFoundError: no such dataset.
        LinkageError: it names nobody.
    """
    people = people_of(context, dataset)
    linkage = people.document.linkage
    likely = None if linkage is None else linkage.probabilistic
    if officer:
        check_named(officer)
        with writing(context.store) as session:
            context.log.append(session, "review", dataset, officer=officer, state="links-listed")
    with context.lake.cursor() as cursor:
        rows = read_states(cursor, people.domain, dataset)
    return [
        {
            "id": row["id"],
            "state": row["state"],
            "probability": row["probability"],
            "matches": likely is not None and row["probability"] >= likely.match,
            "agree": row["evidence"],
        }
        for row in rows.drop_columns(["left_root", "right_root"]).to_pylist()
        if everything or row["state"] == "open"
    ]


def show_link(context: Context, link: str, officer: str) -> dict[str, Any]:
    """Show an officer the identifiers of the two people of a pair.

    Guarantee: the look is an entry (`identification`) before anything is read of the vault.

    Raises:
        NotFoundError: no such link.
        ConflictError: the officer has no name.
        LakeError: the vault isn't there.
    """
    check_named(officer)
    pair = find_link(context, link)
    with writing(context.store) as session:
        context.log.append(session, "identification", link, officer=officer, state="shown")
    datasets = [people_of(context, name).document for name in sorted(pair["datasets"])]
    with context.vault.opened() as vault:
        sides = [
            {
                document.dataset: _identifiers(context, vault, document, pair[side])
                for document in datasets
            }
            for side in ("left_root", "right_root")
        ]
    return {
        "id": link,
        "state": pair["state"],
        "probability": pair["probability"],
        "agree": pair["evidence"],
        "people": sides,
    }


def _identifiers(
    context: Context, vault: Vault, document: DatasetDocument, identity: bytes
) -> dict[str, list[str]]:
    """Return what a dataset holds of an identity in the columns that are compared, each once."""
    linkage = document.linkage
    keys = () if linkage is None else linkage.deterministic
    likely = None if linkage is None else linkage.probabilistic
    compared = () if likely is None else likely.columns()
    named = (str(document.privacy_unit), *(name for key in keys for name in key), *compared)
    with context.lake.cursor() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT {', '.join(map(quoted, dict.fromkeys(named)))} "
            f"FROM {table_path(document.dataset)} "
            f"WHERE weir_identity = from_hex({literal(identity.hex())})",
        ).to_arrow_table()
    return {name: _values(vault, document, name, rows) for name in rows.column_names}


def _values(vault: Vault, document: DatasetDocument, name: str, rows: pa.Table) -> list[str]:
    column, values = document.columns[name], rows[name].combine_chunks()
    if column.role == "direct_identifier":
        values = vault.values_of(column.domain or name, values)
    return sorted({str(value) for value in values.to_pylist() if value is not None})

"""Mending the vault after a crash, by what the lake holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.lake.tables import LOADS, table_path

if TYPE_CHECKING:
    import pyarrow as pa

    from gateway.lake.connection import Lake
    from gateway.lake.vault import Vault


def mend_vault(lake: Lake, vault: Vault) -> None:
    """Settle what is in the lake, as the load would have done, and take out everything else.

    Guarantee: afterwards the vault holds the identifiers of loads that are in the lake, and no
    free text of a record that another load has replaced or removed since.
    """
    with lake.cursor() as cursor:
        loads = dict(cursor.execute(f"SELECT submission, dataset FROM {LOADS}").fetchall())
    for submission in sorted(loads.keys() - vault.settled()):
        dataset = loads[submission]
        vault.settle(submission, dataset, _superseded(lake, vault, dataset))
    vault.forget_submissions(loads)


def _superseded(lake: Lake, vault: Vault, dataset: str) -> pa.Array:
    """Return the records whose text came with another load than the record as it is now."""
    with lake.cursor() as cursor:
        records = cursor.execute(
            f"SELECT weir_record AS record, weir_submission AS submission "
            f"FROM {table_path(dataset)}",
        ).to_arrow_table()
    stale = vault.text_records(dataset).join(records, ["record", "submission"], None, "left anti")
    return stale["record"].combine_chunks()

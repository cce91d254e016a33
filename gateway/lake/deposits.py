"""Deposits: what a load brings to the vault, many rows at a time.

An insert looks up which roots the vault has already, and ends in a commit of its encrypted file;
once for a million rows costs little more than once for a batch. And a person who recurs in many
batches comes once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from gateway.lake.gates import Door
    from gateway.lake.records import Rows

MOST_KEPT = 2_000_000  # identifiers in memory: some hundred megabytes


@dataclass
class Deposits:
    """The identifiers of a load that aren't in the vault yet; free text goes there at once."""

    vault: Door
    submission: str
    dataset: str
    kept: dict[str, list[pa.Table]] = field(default_factory=dict)
    size: int = 0

    def add(self, rows: Rows) -> None:
        """Take what a batch brings."""
        for domain, deposit in rows.identifiers:
            table = pa.table({"root": deposit.keys, "value": deposit.values})
            self.kept.setdefault(domain, []).append(table)
            self.size += table.num_rows
        for name, deposit in rows.texts:
            self.vault.deposit_texts(
                self.submission, self.dataset, name, deposit.keys, deposit.values
            )
        if self.size >= MOST_KEPT:
            self.flush()

    def flush(self) -> None:
        """Bring to the vault what is kept; before the lake changes, all of it has to be there."""
        for domain, tables in self.kept.items():
            whole = pa.concat_tables(tables)
            roots, values = (whole[name].combine_chunks() for name in ("root", "value"))
            self.vault.deposit_identifiers(self.submission, domain, roots, values)
        self.kept, self.size = {}, 0

"""Relinking: one transaction that says something of links, and brings people in step with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from gateway.lake.loading import roll_back
from gateway.lake.resolving import apply_links, note_change
from gateway.lake.tables import STATEMENTS, table_path

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from gateway.keys import Keys
    from gateway.lake.connection import Lake

Said = TypeVar("Said")


@dataclass(frozen=True)
class Relinking:
    """Whose links change, and where that shows.

    Attributes:
        lake, keys: of the home.
        domain: of the people.
        datasets: that name people by identifiers of this domain.
    """

    lake: Lake
    keys: Keys
    domain: str
    datasets: Sequence[str]

    def change(self, what: str, say: Callable[[duckdb.DuckDBPyConnection], Said]) -> Said:
        """Say something of links, and resolve everybody by them, in one transaction.

        Guarantee: records, ranks and statements of all datasets follow in the same snapshot, or
        nothing was said. Where that changes anybody, all datasets of the domain count as changed:
        which of them hold the person isn't told.

        Raises:
            LakeError, StorageFullError: as the lake says; nothing was changed.
        """
        there = [name for name in self.datasets if self.lake.has_table(name)]
        with self.lake.writing(), self.lake.cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                said = say(cursor)
                before = _people(cursor, there)
                apply_links(cursor, self.keys, self.domain, there)
                if before != _people(cursor, there):
                    note_change(cursor, what, there)
                cursor.execute("COMMIT")
            except BaseException:
                roll_back(cursor)
                raise
        return said


def _people(cursor: duckdb.DuckDBPyConnection, datasets: Sequence[str]) -> list[object]:
    """Return what names who everybody is: one number for the records of each, one for all said."""
    queries = [
        f"SELECT bit_xor(hash(weir_record, weir_person, weir_rank)) FROM {table_path(dataset)}"
        for dataset in datasets
    ]
    said = (
        f"SELECT bit_xor(hash(weir_identity, weir_person, submission, refused)) FROM {STATEMENTS}"
    )
    return [cursor.execute(query).fetchone() for query in (*queries, said)]

"""Filling: what one record of a person leaves open, their other records may say.

Nothing is filled in the lake. A gap is filled while one extract is made, with what the other
records of the person agree on that may be in this very extract: those that the recipient didn't
give itself, whose consent, labels and terms permit the product, and that meet its conditions; and
a person is who they are to this recipient (`viewpoints`). So what a record may not do itself it
doesn't do by lending a value either, links that are undone lend nothing any more, and what is
taken back is in nothing that is made afterwards.

Which records lent a value is kept beside the released ones in the ledger (`release_ledger`): a
release ends, and is found, by theirs as well. Cells aren't marked in the file: a mark would tell
that somebody else knows the person, cell by cell, and would be a quasi-identifier that nobody
counted. The rules for minors and the conditions go by what each record says itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from gateway.lake.consent import PERMITTED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ibis.backends.duckdb import Backend

_OWN = "weir_own_"
NO_LENDERS = pa.schema(
    [(name, pa.binary(16)) for name in ("person", "record", "identity")],
).empty_table()


def filled_table(table: str) -> str:
    """Return where the staged records stand, with their gaps filled."""
    return f"{table}_filled"


def lenders_table(table: str) -> str:
    """Return where the records stand that lent a value to a chosen one."""
    return f"{table}_lenders"


def fill_gaps(
    backend: Backend, staged: ibis.Table, columns: Sequence[str], table: str
) -> ibis.Table:
    """Keep the staged records with their gaps filled.

    Args:
        backend: the engine, in whose memory the table is.
        staged: every record of the snapshot (`stages`).
        columns: whose gaps are filled.
        table: of the selection.

    Returns:
        `staged`, and for each of the columns whether the record itself says something there.
    """
    if not columns:
        return staged
    permitted = (staged.weir_stage == PERMITTED) & staged.weir_person.notnull()
    changed: dict[str, ibis.Value] = {}
    for name in columns:
        own = staged[name]
        said = ibis.cases((permitted, own))
        person = ibis.window(group_by=staged.weir_person)
        least, most = said.min().over(person), said.max().over(person)
        changed[name] = ibis.cases((permitted & own.isnull() & (least == most), least), else_=own)
        changed[_OWN + name] = own.notnull()
    return backend.create_table(filled_table(table), staged.mutate(**changed))


def keep_lenders(backend: Backend, columns: Sequence[str], table: str) -> None:
    """Keep which records lent a value to a chosen one, those that are chosen themselves aside."""
    chosen, every = backend.table(table), backend.table(filled_table(table))
    permitted = every.filter(every.weir_stage == PERMITTED)
    lenders = [
        permitted.filter(permitted[_OWN + name])
        .semi_join(chosen.filter(~chosen[_OWN + name], chosen[name].notnull()), "weir_person")
        .select("weir_person", "weir_record", "weir_identity")
        for name in columns
    ]
    found = ibis.union(*lenders, distinct=True) if len(lenders) > 1 else lenders[0]
    backend.create_table(lenders_table(table), found.anti_join(chosen, "weir_record"))

"""Generated hotline cases, made to look real and marked as made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyarrow import csv

from gateway.demo.contacts import draw_contact_counts, draw_contacts
from gateway.demo.dirt import spoil
from gateway.demo.names import marked
from gateway.demo.people import draw_people

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SEED = 2026
BATCH = 100_000

COLUMNS = (
    *("case_id", "person_id", "given_name", "family_name", "phone", "email", "reported_on", "age"),
    *("gender", "citizenship", "state", "language", "exploitation", "industry", "controls"),
    *("wage_debt", "narrative", "consent", "consent_ends", "funding", "share_with", "share_for"),
)


def generate_cases(count: int, seed: int = SEED) -> pa.Table:
    """Generate `count` cases as text, as a spreadsheet would hold them.

    Equal arguments give equal cases. Nobody in them exists: ids start with `GEN-`, family
    names say that they are invented, phones are from the range reserved for fiction.
    """
    return pa.concat_tables([_SCHEMA.empty_table(), *generate_batches(count, seed)])


def generate_batches(count: int, seed: int = SEED, batch: int = BATCH) -> Iterator[pa.Table]:
    """Generate `count` cases, `batch` at a time, so that memory doesn't grow with the count.

    A person's contacts are all in one batch; cases stand by day within a batch.
    """
    for index, first in enumerate(range(0, count, batch)):
        rng = np.random.default_rng([seed, index])
        yield _generate_batch(rng, first, min(batch, count - first))


def write_csv(path: Path, count: int, seed: int = SEED) -> None:
    """Write `count` cases as CSV in UTF-8 with a header line."""
    with csv.CSVWriter(path, _SCHEMA) as writer:
        for table in generate_batches(count, seed):
            writer.write_table(table)


_SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


def _generate_batch(rng: np.random.Generator, first: int, records: int) -> pa.Table:
    counts = draw_contact_counts(rng, records)
    contacts = draw_contacts(rng, draw_people(rng, len(counts), first), counts)
    table = spoil(rng, contacts)
    case_ids = marked(np.arange(first, first + records), width=8, letter="C")
    return table.append_column("case_id", case_ids).select(COLUMNS).cast(_SCHEMA)

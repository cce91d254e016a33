"""Stages: each record of a snapshot with the first rule that keeps it from one plan, if any does.

given by others -> consent -> conditions -> minors left out

What the recipient gave itself is never in what it gets: it has it already. Were it there, the
recipient could look people up: it would send an invented record under somebody's identifier, and
see by what becomes of it, or by the token that it leaves under, whether others speak of that
person, and what they say. So an extract is made of what others gave, as if the recipient had given
nothing: people whom it invents hide nobody, and nothing that it sends changes a byte, but for a
consent that it says a person took back: that keeps them out of what is made afterwards, which is
a second view. It ends nothing that was made before (`standing`). Nor do links that rest on its
records join anybody (`viewpoints`), but for what such a person took back. **Does not protect**
from a contributor and a recipient who work together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from gateway.lake.consent import PERMITTED, Product, Terms, judge
from gateway.lake.filters import lookups
from gateway.lake.lookups import distinct_values
from gateway.lake.snapshots import read_snapshot, read_statements
from gateway.lake.viewpoints import seen_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.backends.duckdb import Backend

    from gateway.lake.connection import Lake
    from policies.documents import DatasetDocument
    from policies.plans import ExtractPlan, MinorsRule

OWN, FILTERED, MINORS_OUT = "recipients-own", "not-asked-for", "minors-left-out"
ROOTS = ("weir_record", "weir_person", "weir_identity")


@dataclass(frozen=True)
class Stages:
    """What decides which records of a snapshot one plan may read.

    Attributes:
        lake: is read at `snapshot`.
        document: the dataset.
        plan: its conditions, its rule for minors, its partner.
        terms: of the dataset and its contributors.
        product: what is made for whom, and the day it is.
    """

    lake: Lake
    document: DatasetDocument
    plan: ExtractPlan
    snapshot: int
    terms: Terms
    product: Product

    def records(self, backend: Backend) -> ibis.Table:
        """Name for each record the first stage that leaves it out: `weir_stage`, '' for none.

        Returns:
            The roots, `weir_rank` and the columns that leave as stored, with `weir_minor`
            and `weir_stage`.
        """
        records = read_snapshot(backend, self.lake, self.document, self.snapshot)
        said = read_statements(backend, self.lake, self.document, self.snapshot)
        judged = judge(backend, records, said, self.document, self.terms, self.product)
        judged = seen_by(judged, self.lake, self.document, self.snapshot, self.plan.partner)
        passing = self._passing(backend, records)
        flagged = _with_flags(judged, passing)
        asked = ibis.and_(*(flagged[f"weir_in_{name}"].notnull() for name in passing))
        minor = self._minor(flagged)
        stage = ibis.cases(
            (given_by(flagged, self.plan.partner), OWN),
            (flagged.weir_rule != PERMITTED, flagged.weir_rule),
            (~asked, FILTERED),
            (self._drops_minors & minor, MINORS_OUT),
            else_=PERMITTED,
        )
        kept = [name for name in records.columns if name in self._kept_columns(records)]
        return flagged.select(*kept, weir_minor=minor, weir_stage=stage)

    def _kept_columns(self, records: ibis.Table) -> set[str]:
        released = {part.name for part in self.plan.columns} - self.named_by_roots.keys()
        wanted = {*released, *ROOTS, "weir_rank"}
        return {name for name in records.columns if name in wanted}

    @property
    def named_by_roots(self) -> Mapping[str, str]:
        """The identifiers that leave as a root of `ROOTS`: the person's, and the record's.

        A record's root is made of its key and of who gave it. So a key that another contributor
        plants, for a recipient it works with, has another token than the victim's record.
        """
        tokens = [part.name for part in self.plan.columns if part.action == "pseudonymize"]
        roots = {
            self.document.record_column: "weir_record",
            self.document.privacy_unit: "weir_person",
        }
        return {name: roots[name] for name in tokens if name in roots}

    def _passing(self, backend: Backend, records: ibis.Table) -> dict[str, pa.Array]:
        names = dict.fromkeys(condition.column for condition in self.plan.where)
        values = {name: distinct_values(backend, records, name) for name in names}
        return lookups(values, self.plan.where, self.document)

    @property
    def _minors(self) -> MinorsRule | None:
        return self.plan.protection.minors

    @property
    def _drops_minors(self) -> ibis.Value:
        return ibis.literal(self._minors is not None and self._minors.k is None)

    def _minor(self, records: ibis.Table) -> ibis.Value:
        """Whether a record is a minor's: below the age, unknown, or out of the declared bounds."""
        if self._minors is None:
            return ibis.literal(value=False)
        age = records[self._minors.column]
        adult = age >= self._minors.below
        bounds = self.document.columns[self._minors.column].bounds
        if bounds:
            adult = adult & (age >= bounds[0]) & (age <= bounds[1])
        return ~adult.fill_null(False)  # noqa: FBT003 - what NULL becomes


def given_by(records: ibis.Table, partner: str) -> ibis.BooleanValue:
    """Say which records a partner gave itself; the operator's own are nobody's."""
    return records.weir_contributor == partner


def _with_flags(records: ibis.Table, passing: Mapping[str, pa.Array]) -> ibis.Table:
    """Join each condition's matching values: `weir_in_<column>` is NULL where none matches."""
    for name, values in passing.items():
        flag = f"weir_in_{name}"
        table = ibis.memtable(pa.table({flag: values}))
        records = records.left_join(table, records[name] == table[flag])
    return records

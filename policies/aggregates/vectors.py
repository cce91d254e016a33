"""What measures need: the vectors behind each, before their noise is chosen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from anonymizers.aggregates.sensitivity import (
    Contribution,
    Sensitivity,
    sensitivity_of_distinct,
    sensitivity_of_nodes,
    sensitivity_of_people,
    sensitivity_of_records,
    sensitivity_of_sum,
)
from policies.aggregates.keys import (
    cell_count,
    codes_of_a_record,
    most_codes,
    most_distinct,
)

if TYPE_CHECKING:
    from policies.aggregates.components import Amounts, ColumnBins, Key, Statistic
    from policies.documents import DatasetDocument
    from policies.plans import Filter

UNDECLARED = 2**62
"""Stands for how many cells private keys have: more than any unit has records."""


@dataclass(frozen=True)
class Vector:
    """A component without its noise: what is counted or summed, by what, of whom.

    Attributes:
        cells: that have to be counted over all its keys; 1 for each private one.
        unit: units in one of what the value is measured in: 100 for dollars kept as cents.
        delta: of private keys, by what chance they may name somebody's own; 0 without such.
        statistic, group_by, where, sensitivity, amounts, bins, codes, known: the component's.
    """

    statistic: Statistic
    group_by: tuple[Key, ...]
    where: tuple[Filter, ...]
    sensitivity: Sensitivity
    cells: int
    unit: int = 1
    amounts: Amounts | None = None
    bins: ColumnBins | None = None
    codes: Key | None = None
    known: str | None = None
    delta: Fraction = Fraction(0)


@dataclass(frozen=True)
class Frame:
    """What the vectors of one table share.

    Attributes:
        keys: in the dataset's order of columns.
        records: of one privacy unit that count (L).
        delta: of private keys; 0 without such.
    """

    dataset: DatasetDocument
    keys: tuple[Key, ...]
    where: tuple[Filter, ...]
    records: int
    delta: Fraction = Fraction(0)

    @property
    def cells(self) -> int:
        """How many cells its keys make."""
        return cell_count(self.dataset, self.keys)

    @property
    def unit(self) -> Contribution:
        """What one privacy unit may bring to a table over its keys."""
        private = any(key.private for key in self.keys)
        codes = codes_of_a_record(self.dataset, self.keys)
        return Contribution(self.records, codes, UNDECLARED if private else self.cells)

    def people(self) -> Vector:
        """Count privacy units."""
        return Vector(
            *("people", self.keys, self.where, sensitivity_of_people(self.unit), self.cells),
            delta=self.delta,
        )

    def counted(self, known: str | None = None) -> Vector:
        """Count records, or those alone that have a value in the column `known`."""
        return Vector(
            *("records", self.keys, self.where, sensitivity_of_records(self.unit), self.cells),
            known=known,
        )

    def summed(self, amounts: Amounts) -> Vector:
        """Sum a column's values."""
        moved = sensitivity_of_sum(self.unit, amounts.low, amounts.high, amounts.offset)
        unit = 10 ** (self.dataset.columns[amounts.column].scale or 0)
        return Vector(
            *("sum", self.keys, self.where, moved, self.cells), unit=unit, amounts=amounts
        )

    def distinct(self, codes: Key) -> Vector:
        """Count the distinct forms that a column has."""
        known = most_distinct(self.dataset, codes)
        each = most_codes(self.dataset, codes.column)
        moved = sensitivity_of_distinct(self.unit, each, known)
        cells = self.cells * known  # each pair is looked at, also if only how many is told
        return Vector("distinct", self.keys, self.where, moved, cells, codes=codes)

    def outside(self, amounts: Amounts) -> Vector:
        """Count the records whose value lies outside of its bounds."""
        moved = sensitivity_of_records(self.unit)
        return Vector("outside", self.keys, self.where, moved, self.cells, amounts=amounts)

    def beyond(self) -> Vector:
        """Count the privacy units with records that the bound leaves out."""
        return self._units("beyond")

    def everybody(self) -> Vector:
        """Count the privacy units with a record, left out by the bound or not."""
        return self._units("everybody")

    def _units(self, statistic: Statistic) -> Vector:
        """Count units in one cell, however many records they have: one unit is one."""
        return Vector(statistic, (), self.where, Sensitivity(1, 1, 1), 1)

    def nodes(self, bins: ColumnBins) -> Vector:
        """Count records in bins and in the nodes above them."""
        moved = sensitivity_of_nodes(self.unit, bins.count, bins.nodes)
        cells = self.cells * (bins.count + bins.nodes)
        return Vector("nodes", self.keys, self.where, moved, cells, bins=bins)

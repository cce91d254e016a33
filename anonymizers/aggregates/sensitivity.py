"""Sensitivity: how far one privacy unit can move a statistic, over all of its cells at once.

**Neighbours** differ in all records of one privacy unit: those are added or taken away. At most L
records of a unit count, and each counts in at most m cells, the product of `max_codes` over the
multi-valued keys (but never in more cells than there are). What other units contribute is the
same in both tables, so the statistic changes by what the records of the one unit bring. Each
function says how much that is; all of it follows from declarations, never from data.

With L1 sensitivity s, discrete Laplace noise of scale s / epsilon is epsilon-differentially
private; with squared L2 sensitivity t, discrete Gaussian noise of variance t / (2 rho) is rho-zCDP.

References:
    Dwork, McSherry, Nissim, Smith: Calibrating Noise to Sensitivity in Private Data Analysis, 2006.
    Bun, Steinke: Concentrated Differential Privacy, 2016 (L2 and zCDP).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sensitivity:
    """How far one privacy unit can move a statistic, over all of its cells.

    Attributes:
        l1: sum of the absolute changes; l2_squared: sum of their squares; both in units.
        cells: how many cells it can change at most.
    """

    l1: int
    l2_squared: int
    cells: int


@dataclass(frozen=True)
class Contribution:
    """What one privacy unit may bring to a statistic at most; each is 1 or more.

    Attributes:
        records: of the unit that count (L).
        codes: cells that one record counts in (m): the product of `max_codes` over the
            multi-valued keys, 1 without such keys.
        cells: of the statistic, over all of its keys.
    """

    records: int
    codes: int
    cells: int

    def __post_init__(self) -> None:
        """Check that each is 1 or more."""
        if min(self.records, self.codes, self.cells) < 1:
            raise ValueError("a unit brings at least one record to at least one cell")

    @property
    def cells_of_a_record(self) -> int:
        """In how many cells one record counts at most."""
        return min(self.codes, self.cells)

    @property
    def cells_of_a_unit(self) -> int:
        """In how many cells one unit counts at most."""
        return min(self.records * self.codes, self.cells)


def sensitivity_of_people(unit: Contribution) -> Sensitivity:
    """How far one unit moves counts of units.

    A unit counts once in each cell that it has a record in, so each of at most min(L m, cells)
    cells changes by 1: that is L1, and as 1 squared is 1, the squared L2 too.
    """
    return Sensitivity(unit.cells_of_a_unit, unit.cells_of_a_unit, unit.cells_of_a_unit)


def sensitivity_of_records(unit: Contribution) -> Sensitivity:
    """How far one unit moves counts of records: a sum of ones."""
    return _of_sums(unit, 1)


def sensitivity_of_sum(unit: Contribution, low: int, high: int, offset: int = 0) -> Sensitivity:
    """How far one unit moves sums of values, clipped to their bounds, less an offset.

    A clipped value less the offset is B = max(|low - offset|, |high - offset|) from 0 at most;
    a missing value brings nothing. Where B is 0 every sum is 0; then 1 is still no less than
    the change, and mechanisms need a sensitivity above 0.

    Args:
        unit: what a unit brings.
        low: the lower declared bound, in units.
        high: the upper declared bound, in units.
        offset: taken from each value that isn't missing, in units.

    Raises:
        ValueError: If `low` is above `high`.
    """
    if low > high:
        raise ValueError("the lower bound is above the upper one")
    return _of_sums(unit, max(abs(low - offset), abs(high - offset), 1))


def sensitivity_of_distinct(unit: Contribution, codes: int, forms: int) -> Sensitivity:
    """How far one unit moves counts of distinct codes.

    A cell's count changes by no more than the distinct codes that the unit has there. Let
    c = min(codes, forms) be those of one record: over the cells a unit has at most L m c pairs of
    cell and code, and no cell has more than min(L c, forms) of them. L1 is thereby at most
    min(L m c, cells x forms), and the squares sum to no more than the largest change times L1.

    Args:
        unit: what a unit brings.
        codes: of the column that one record counts with: its `max_codes`, 1 if it isn't
            multi-valued.
        forms: that the column can count with at all.

    Raises:
        ValueError: If `codes` or `forms` is below 1.
    """
    if min(codes, forms) < 1:
        raise ValueError("a record counts with at least one code")
    each = min(codes, forms)
    pairs = unit.records * unit.cells_of_a_record * each
    l1 = min(pairs, unit.cells_of_a_unit * forms)
    return Sensitivity(l1, min(unit.records * each, forms) * l1, unit.cells_of_a_unit)


def sensitivity_of_nodes(unit: Contribution, bins: int, nodes: int) -> Sensitivity:
    """How far one unit moves the counts of records in bins, and in the nodes above the bins.

    A record counts twice in each of its cells, in one bin and in the node above it: a count of
    records with 2 m cells a record. All L records may share their bin, so the squares sum to
    2 m L^2.

    Args:
        unit: what a unit brings; its cells are those of the keys, each with all bins and nodes.
        bins: of one cell.
        nodes: of one cell, above its bins.

    Raises:
        ValueError: Unless 1 <= nodes <= bins.
    """
    if not 1 <= nodes <= bins:
        raise ValueError("bins have nodes above them, no more than there are bins")
    pairs = unit.records * unit.cells_of_a_record
    touched = min(pairs, unit.cells * bins) + min(pairs, unit.cells * nodes)
    return Sensitivity(2 * pairs, 2 * unit.cells_of_a_record * unit.records**2, touched)


def _of_sums(unit: Contribution, largest: int) -> Sensitivity:
    """Each of L records adds at most `largest` to at most m cells: a vector of norm B sqrt(m).

    L1 is at most L m B. By the triangle inequality L2 is at most L B sqrt(m), which L records with
    the same cells and the largest value reach.
    """
    one, records = unit.cells_of_a_record, unit.records
    return Sensitivity(
        records * one * largest, one * (records * largest) ** 2, unit.cells_of_a_unit
    )

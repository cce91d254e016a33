"""Recounting a file against what isn't in it: who are minors, and whose each row is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import numpy as np

from anonymizers.recount import Recount, Recounter
from anonymizers.recount_sequences import SequenceRecounter, SequenceRules
from gateway.buckets import Buckets
from gateway.packed_flags import PackedFlags
from gateway.root_queue import RootQueue

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.promises import Rules
    from gateway.progress import Report
    from gateway.release_parts import Part
    from gateway.spill import Spill


class Recounting(Protocol):
    """Notes the parts of a file as they are written, and counts it as it is read back.

    Attributes:
        counted_as_read: the share of the time that is over when all rows were read.
    """

    counted_as_read: float

    def note(self, part: Part) -> None:
        """Note what isn't written of a part."""

    def count(self, table: pa.Table) -> None:
        """Count further rows of the file, in the order in which parts were noted.

        Raises:
            RecountError: a column isn't there once, or there are more rows than were noted.
        """

    def finish(self, report: Report) -> Recount:
        """Return what was counted.

        Args:
            report: is told how far it is, from 0 to 1, where that takes long.

        Raises:
            RecountError: the first promise that doesn't hold.
        """


def recounting(rules: Rules | SequenceRules, spill: Spill) -> Recounting:
    """Begin to recount what keeps these rules.

    Args:
        rules: what the file promises.
        spill: takes what doesn't fit in memory, until all is counted.
    """
    return _OfSequences(rules, spill) if isinstance(rules, SequenceRules) else _OfRows(rules)


class _OfRows:
    """Each row is a person: who is a minor, a bit each."""

    counted_as_read = 1.0

    def __init__(self, rules: Rules) -> None:
        self._recounter, self._minors = Recounter(rules), PackedFlags()

    def note(self, part: Part) -> None:
        self._minors.add(part.minors)

    def count(self, table: pa.Table) -> None:
        self._recounter.add(table, self._minors.take(table.num_rows))

    def finish(self, report: Report) -> Recount:
        del report  # it is counted as it comes
        return self._recounter.finish()


class _OfSequences:
    """Several rows may be a person's: the roots of people as well, in order."""

    counted_as_read = 0.4

    def __init__(self, rules: SequenceRules, spill: Spill) -> None:
        self._recounter = SequenceRecounter(rules, partial(_buckets, spill))
        self._minors = PackedFlags()
        self._people = RootQueue(spill, "people")

    def note(self, part: Part) -> None:
        self._minors.add(part.minors)
        self._people.add(part.people)

    def count(self, table: pa.Table) -> None:
        rows = table.num_rows
        self._recounter.add(table, self._minors.take(rows), self._people.take(rows))

    def finish(self, report: Report) -> Recount:
        return self._recounter.finish(report)


def _buckets(spill: Spill, key: str, expected: int) -> Buckets:
    """Make buckets by the first bits of a column of bytes."""
    return Buckets(spill, f"by-{key}", expected, partial(_first_bits, key))


def _first_bits(key: str, rows: pa.Table, bits: int) -> NDArray[np.uint16]:
    """Return the first bits of each value: roots and digests are spread evenly.

    Args:
        key: the column, fixed-size binary.
        rows: in one piece.
        bits: 0 to 16.
    """
    values = rows.column(key).chunk(0)
    laid = np.frombuffer(values.buffers()[1], np.uint8).reshape(-1, values.type.byte_width)
    pairs = np.ascontiguousarray(laid[values.offset :][: len(values), :2]).view(">u2")
    return (pairs[:, 0] >> (16 - bits)).astype(np.uint16)

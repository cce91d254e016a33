"""Recounting a file against what isn't in it: who are minors, and whose each row is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from anonymizers.recount import Recount, Recounter, Rules
from anonymizers.recount_sequences import SequenceRecounter, SequenceRules
from gateway.packed_flags import PackedFlags

if TYPE_CHECKING:
    from gateway.release_parts import Part


class Recounting(Protocol):
    """Notes the parts of a file as they are written, and counts it as it is read back."""

    def note(self, part: Part) -> None:
        """Note what isn't written of a part."""

    def count(self, table: pa.Table) -> None:
        """Count further rows of the file, in the order in which parts were noted.

        Raises:
            RecountError: a column isn't there once, or there are more rows than were noted.
        """

    def finish(self) -> Recount:
        """Return what was counted.

        Raises:
            RecountError: the first promise that doesn't hold.
        """


def recounting(rules: Rules | SequenceRules) -> Recounting:
    """Begin to recount what keeps these rules."""
    return _OfSequences(rules) if isinstance(rules, SequenceRules) else _OfRows(rules)


class _OfRows:
    """Each row is a person: who is a minor, and whom the recipient knows, a bit each."""

    def __init__(self, rules: Rules) -> None:
        self._recounter = Recounter(rules)
        self._minors, self._known = PackedFlags(), PackedFlags()

    def note(self, part: Part) -> None:
        self._minors.add(part.minors)
        self._known.add(part.known)

    def count(self, table: pa.Table) -> None:
        rows = table.num_rows
        self._recounter.add(table, self._minors.take(rows), self._known.take(rows))

    def finish(self) -> Recount:
        return self._recounter.finish()


class _OfSequences:
    """Several rows may be a person's: the roots of people as well, 16 bytes a row."""

    def __init__(self, rules: SequenceRules) -> None:
        self._recounter = SequenceRecounter(rules)
        self._minors, self._known = PackedFlags(), PackedFlags()
        self._people: list[pa.Array] = []
        self._counted = 0

    def note(self, part: Part) -> None:
        self._minors.add(part.minors)
        self._known.add(part.known)
        self._people.append(part.people)

    def count(self, table: pa.Table) -> None:
        rows = table.num_rows
        people = pa.chunked_array(self._people, pa.binary(16)).slice(self._counted, rows)
        minors, known = self._minors.take(rows), self._known.take(rows)
        self._recounter.add(table, minors, people.combine_chunks(), known)
        self._counted += rows

    def finish(self) -> Recount:
        return self._recounter.finish()

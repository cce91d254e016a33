"""Sets of codes: whoever knows a few codes of a person finds many people who have them (k^m)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TYPE_CHECKING, ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.watches import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from anonymizers.transforms.watches import Watch

Codes = frozenset[str]


@dataclass(frozen=True)
class Sets(Transform):
    """Leaves out codes of cells with several, all over the file, until rare combinations are gone.

    Guarantee: every combination of at most m codes that occurs in some cell of the file occurs in
    the cells of at least k people (k^m-anonymity). So whoever knows up to m codes of a person in
    the file finds at least k people who have what is left of them.

    A code is left out of the whole file or nowhere: that changes no count of the codes that stay,
    so the rest needs no second look. Which ones: first those of fewer than k people, since no
    choice can keep them; then, again and again, the code that ends most rare combinations for
    each person who loses it; at last, those that turn out not to have been needed come back, so
    that none of those left out could stay by itself. (The smallest loss of all is a hitting set,
    hard to find.) Where a code is left out `other` stands for it if that is safe, counted as a
    code itself; if it isn't, nothing does.

    Does not protect: who is known by more than m codes, by codes that a person does *not* have,
    or by codes together with quasi-identifiers: combinations are counted over the whole file, not
    in every equivalence class.

    References:
        M. Terrovitis, N. Mamoulis, P. Kalnis, "Privacy-preserving anonymization of set-valued
        data", VLDB 2008.

    Attributes:
        separator: between the codes of a cell.
        m: how many codes somebody may know, 1 to 3.
        k: people who must have each combination.
    """

    separator: str
    m: int
    k: int
    action: ClassVar[str] = "sets"
    types: ClassVar[tuple[str, ...]] = ("string",)
    needs_cells: ClassVar[bool] = True
    one_record_each: ClassVar[bool] = True

    def begin(self, start: Start) -> Change:
        """Return the change that the cells of the whole extract ask for."""
        cells: Counter[Codes] = Counter()
        for cell, people in start.cells.items():
            cells[frozenset(cell.split(self.separator))] += people
        gone = rare_codes(cells, self.k, self.m)
        marked = is_safe(_without(cells, gone, mark=OTHER), self.k, self.m)

        def shown(cell: str | None) -> str | None:
            parts = [] if cell is None else cell.split(self.separator)
            stay = [part for part in parts if part not in gone]
            others = [OTHER] if marked and len(stay) < len(parts) else []
            return self.separator.join([*stay, *others]) or None

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            del people
            encoded = values.dictionary_encode()
            forms = pa.array([shown(cell) for cell in encoded.dictionary.to_pylist()], pa.string())
            return pc.take(forms, encoded.indices)

        return change

    @property
    def parameters(self) -> Mapping[str, object]:
        """How many codes, and how many people."""
        return {"m": self.m, "k": self.k}

    def describe(self) -> str:
        """Say what every combination has."""
        return (
            f"sets: every combination of up to {self.m} codes that occurs is had by at least "
            f"{self.k} people; rarer codes are left out everywhere"
        )

    def watch(self) -> Watch:
        """Watch the combinations."""
        return CombinationsOfMany(self.separator, self.m, self.k)


def supports(cells: Mapping[Codes, int], m: int) -> Counter[Codes]:
    """Return how many people have each combination of 1 to m codes that occurs."""
    found: Counter[Codes] = Counter()
    for cell, people in cells.items():
        for size in range(1, m + 1):
            for codes in combinations(sorted(cell), size):
                found[frozenset(codes)] += people
    return found


def is_safe(cells: Mapping[Codes, int], k: int, m: int) -> bool:
    """Say whether every combination that occurs is had by k people."""
    return all(people >= k for people in supports(cells, m).values())


def rare_codes(cells: Mapping[Codes, int], k: int, m: int) -> Codes:
    """Return the codes to leave out so that no combination of the others is rare; see `Sets`.

    `other` is always one of them: what it stands for differs from cell to cell.
    """
    found = supports(cells, m)
    rare = {codes for codes, people in found.items() if people < k and OTHER not in codes}
    gone = {code for codes in rare for code in codes if len(codes) == 1}
    left = _unhit(rare, gone)
    while left:
        hits = Counter(code for codes in left for code in codes)
        # Of equals the first by name: nothing but counts and names decides.
        best = max(sorted(hits), key=lambda code: Fraction(hits[code], found[frozenset({code})]))
        gone.add(best)
        left = _unhit(left, gone)
    for code in sorted(gone, key=lambda code: (-found[frozenset({code})], code)):
        if not _unhit(rare, gone - {code}):
            gone.remove(code)
    return frozenset(gone | {OTHER})


def _unhit(rare: Iterable[Codes], gone: set[str]) -> set[Codes]:
    return {codes for codes in rare if not codes & gone}


def _without(cells: Mapping[Codes, int], gone: Codes, mark: str) -> Counter[Codes]:
    """Put the mark in place of codes that are left out."""
    shown: Counter[Codes] = Counter()
    for cell, people in cells.items():
        shown[(cell - gone) | ({mark} if cell & gone else set())] += people
    return shown


class CombinationsOfMany:
    """Every combination of up to m codes in a cell is that of k people."""

    def __init__(self, separator: str, m: int, k: int) -> None:
        """Take what to count."""
        self._separator, self._m, self._k = separator, m, k
        self._people: Counter[tuple[str, ...]] = Counter()

    def see(self, texts: pa.ChunkedArray) -> None:
        """Count the combinations of each distinct cell."""
        for cell, people in counted(texts):
            codes = sorted(set(cell.split(self._separator)))
            for size in range(1, self._m + 1):
                self._people.update(dict.fromkeys(combinations(codes, size), people))

    def holds(self) -> bool:
        """Say whether each has enough."""
        return all(people >= self._k for people in self._people.values())

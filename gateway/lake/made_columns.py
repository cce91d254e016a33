"""Columns made by a recipe: their texts, and what each distinct text of a batch became."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from gateway.lake.distinct import Distinct
from gateway.lake.sources import Mapped
from policies.recipes import NOTHING
from policies.recipes.values import REFUSING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from gateway.lake.report import Words
    from policies.recipes import Made, Maker

_ASCII_BLANKS = r"[\t-\r\x1c-\x20]+"  # what str.split() takes for blanks, within ASCII


@dataclass(frozen=True)
class MadeColumn:
    """A declared column of a batch: its texts, and what each distinct combination became.

    Attributes:
        days: the days that it was made of, where it isn't a day itself.
    """

    texts: pa.Array
    kinds: Sequence[Made] = ()
    where: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    days: Sequence[tuple[Sequence[Made], NDArray[np.int64]]] = ()

    @classmethod
    def of(cls, kinds: Sequence[Made], where: NDArray[np.int64]) -> MadeColumn:
        """Spread what m distinct texts became over n rows."""
        distinct = pa.array([one.text for one in kinds], pa.string())
        return cls(distinct.take(pa.array(where)), kinds, where)

    def problems(self, name: str) -> Iterator[Mapped]:
        """Yield what couldn't be made, with its rows."""
        found = [one.problem for one in self.kinds]
        for kind in sorted(set(found) - {""}):
            marks = np.array([one == kind for one in found], dtype=bool)[self.where]
            yield Mapped(kind, name, kind in REFUSING, marks)

    def count_words(self, name: str, words: Words) -> None:
        """Count the unmapped words, each once for each of its rows."""
        told = [(place, one) for place, one in enumerate(self.kinds) if one.unmapped]
        if not told:
            return
        counts = np.bincount(self.where, minlength=len(self.kinds))
        for place, one in told:
            for word in one.unmapped:
                words.add(name, word, int(counts[place]))


def short_cut(texts: pa.Array, maker: Maker) -> MadeColumn:
    """Make a column as a whole; what isn't usual is made as every other, each text once."""
    odd = _odd(texts, maker)
    kept = _rewritten(texts, maker)
    if maker.missing:
        missing = pa.array(sorted(maker.missing), pa.string())
        gone = pc.is_in(_folded(texts, maker.missing), value_set=missing)
        kept = pc.if_else(gone, pa.scalar(None, pa.string()), kept)
    marks = odd.to_numpy(zero_copy_only=False)
    if not marks.any():
        return MadeColumn(kept)
    rest = Distinct.of(texts.filter(odd))
    kinds = [maker.make(text) for text in rest.texts]
    where = np.zeros(len(texts), np.int64)
    where[marks] = rest.where + 1  # 0 are the usual ones
    made = pa.array([one.text for one in kinds], pa.string()).take(pa.array(rest.where))
    return MadeColumn(pc.replace_with_mask(kept, odd, made), (NOTHING, *kinds), where)


def _odd(texts: pa.Array, maker: Maker) -> pa.Array:
    """Mark texts that must be looked at one by one; no empty one is."""
    if maker.usual:
        usual = pc.match_substring_regex(texts, maker.usual.pattern)
    elif maker.missing:
        usual = pc.string_is_ascii(texts)  # others may be words for nothing in another spelling
    else:
        return pa.repeat(pa.scalar(value=False), len(texts))
    return pc.fill_null(pc.invert(usual), fill_value=False)


def _rewritten(texts: pa.Array, maker: Maker) -> pa.Array:
    if not maker.usual:
        return texts
    whole = pc.replace_substring(texts, maker.usual.grouping, "")
    return pc.replace_substring(whole, ",", ".")


def _folded(texts: pa.Array, missing: frozenset[str]) -> pa.Array:
    lowered = pc.ascii_lower(texts)
    if any(" " in word for word in missing):
        return pc.replace_substring_regex(lowered, _ASCII_BLANKS, " ")
    return lowered

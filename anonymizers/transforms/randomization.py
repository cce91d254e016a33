"""Randomization (PRAM): codes that stay with a stated chance and become another code otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.base import Change, Start, Transform
from anonymizers.transforms.streams import marked_words, random_words, threshold
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from numpy.typing import NDArray

    from anonymizers.transforms.watches import Watch


@dataclass(frozen=True)
class Randomization(Transform):
    """Keeps each code with chance `keep`, and otherwise replaces it by any other, each as likely.

    Guarantee:
        Of one code of one person, seen in this column alone: two candidates explain what is
        released with probabilities that differ by a factor of at most
        keep x (n - 1) / (1 - keep), for n codes with `other` among them (to 2^-56). The same
        person's same code under the same chance has the same draw in every release to a partner,
        in whatever order its list stands: the draw that decides whether it stays knows no list,
        and what it becomes otherwise is the one of the other codes with the highest word of its
        own, each as likely. A code that joins the list changes a cell into that code alone, and
        one that leaves it changes the cells that held it: of two releases around a change, the
        cells that are equal tell no more than one release under the longer list. The matrix is
        public: counts of a code can be corrected to (seen - m x rows) / (keep - m) with
        m = (1 - keep) / (n - 1), without bias.

    Does not protect:
        A cell that a longer list changed was not its person's own before, nor is it after: that
        rules two codes out. Whoever had a code before it was listed had the draw of `other`, and
        has another now. Another chance to stay is a second draw.
        That a value is missing. No differential privacy guarantee for the extract. Several
        partners that join what they hold have several draws. A keep near 1 hides little.

    References:
        J. M. Gouweleeuw et al., "Post randomisation for statistical disclosure control: theory
        and implementation", Journal of Official Statistics 14 (1998); S. L. Warner, "Randomized
        response", JASA 60 (1965).

    Attributes:
        codes: the column's list.
        keep: the chance to stay, above 1/n and below 1.
    """

    codes: tuple[str, ...]
    keep: Fraction
    action: ClassVar[str] = "randomize"
    types: ClassVar[tuple[str, ...]] = ("string",)

    @property
    def states(self) -> tuple[str, ...]:
        """The codes, and `other` for whatever isn't one."""
        return tuple(dict.fromkeys((*self.codes, OTHER)))

    def begin(self, start: Start) -> Change:
        """Return the change; equal people and codes have equal draws."""
        states = pa.array(self.states, pa.string())
        names = np.array([_name(state) for state in self.states], dtype=np.uint64)
        unlisted = self.states.index(OTHER)
        stays_below = threshold(self.keep.numerator, self.keep.denominator)

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            found = pc.fill_null(pc.index_in(values, value_set=states), unlisted)
            own = found.to_numpy(zero_copy_only=False).astype(np.int64)
            chance, _ = next(random_words(start.key, people, names[own].view(np.int64)))
            moved = np.flatnonzero(chance >= stays_below)
            drawn = own.copy()
            drawn[moved] = _others(start.key, people.take(pa.array(moved)), own[moved], names)
            absent = values.is_null().to_numpy(zero_copy_only=False)
            return states.take(pa.array(drawn, mask=absent))

        return change

    @property
    def draw(self) -> str:
        """The chance to stay: were one draw used for two, a code that differs would be the own."""
        return str(self.keep)

    @property
    def parameters(self) -> Mapping[str, object]:
        """The transition matrix: its states, its diagonal, and every other entry of it."""
        others = (1 - self.keep) / (len(self.states) - 1)
        return {
            "states": list(self.states),
            "stays": float(self.keep),
            "becomes_each_other": float(others),
        }

    def describe(self) -> str:
        """Say the chances, so that counts can be corrected."""
        others = float((1 - self.keep) / (len(self.states) - 1))
        return (
            f"randomized: each code stays with chance {float(self.keep):g} and becomes each other "
            f"code with chance {others:.6g}; to correct a count, take (count - {others:.6g} x "
            f"rows with a value) / {float(self.keep) - others:.6g}"
        )

    def watch(self) -> Watch:
        """Watch that only declared codes leave."""
        return EachValue(self.states.__contains__)


def _others(
    key: bytes, people: pa.Array, own: NDArray[np.int64], names: NDArray[np.uint64]
) -> NDArray[np.int64]:
    """Return for each row the place of one of the other codes: the one with the highest word.

    Words of n - 1 codes are independent and uniform, so each is the highest as likely as any (two
    are equal with a chance of 2^-64). A word knows its own code alone, so that the highest stays
    the highest wherever the codes stand in the list, until a new code's word is higher.

    Args:
        key: 32 bytes.
        people: (n,) roots, binary(16).
        own: (n,) places of the codes that they have.
        names: of all codes.
    """
    drawn, highest = np.zeros_like(own), np.zeros(len(own), dtype=np.uint64)
    words = marked_words(key, people, names[own].view(np.int64), names.tolist())
    for place, word in enumerate(words):
        higher = (own != place) & (word >= highest)
        drawn[higher], highest[higher] = place, word[higher]
    return drawn


def _name(code: str) -> int:
    """Return a number for a code, wherever in the list it stands; it is never 0."""
    return int.from_bytes(sha256(code.encode()).digest()[:8], "big") | 1

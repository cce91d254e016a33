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
from anonymizers.transforms.streams import random_words, threshold
from anonymizers.transforms.watches import EachValue

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

    from anonymizers.transforms.watches import Watch


@dataclass(frozen=True)
class Randomization(Transform):
    """Keeps each code with chance `keep`, and otherwise replaces it by any other, each as likely.

    Guarantee:
        Of one code of one person, seen in this column alone: two candidates explain what is
        released with probabilities that differ by a factor of at most
        keep x (n - 1) / (1 - keep), for n codes with `other` among them (to 2^-60). The same
        person's same code has the same draw in every release to a partner. The matrix is
        public: counts of a code can be corrected to (seen - m x rows) / (keep - m) with
        m = (1 - keep) / (n - 1), without bias.

    Does not protect:
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
        names = np.array([_name(state) for state in self.states], dtype=np.int64)
        stays_below = threshold(self.keep.numerator, self.keep.denominator)

        def change(values: pa.Array, people: pa.Array) -> pa.Array:
            found = pc.fill_null(pc.index_in(values, value_set=states), 0)
            own = found.to_numpy(zero_copy_only=False).astype(np.int64)
            chance, choice = next(random_words(start.key, people, names[own]))
            other = (choice % np.uint64(len(states) - 1)).astype(np.int64)
            other += other >= own  # skips the own code: the others are equally likely
            drawn = np.where(chance < stays_below, own, other)
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


def _name(code: str) -> int:
    """Return a number for a code, wherever in the list it stands."""
    return int.from_bytes(sha256(code.encode()).digest()[:8], "big", signed=True)

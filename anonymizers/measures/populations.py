"""How many people of a population are in each class of a file: counted, or estimated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.grouping import group, pack
from anonymizers.measures.coded import code_together

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

MOST_ESTIMATED = 1_000  # above, the estimate is sampled_share / f to three digits
FURTHER = 2_000  # steps by which the way down begins above; there two terms say I to 1e-10


@dataclass(frozen=True)
class Population:
    """What is known of the population of each class.

    Attributes:
        source: `table`, `estimate` or `none`.
        chances: (classes,) 1 / F, or what is expected of it: the journalist's chance.
        alone: (classes,) chance that a person alone in the file is alone in the population.
        missing: classes that a population table should have and hasn't.
    """

    source: str
    chances: NDArray[np.float64]
    alone: NDArray[np.float64]
    missing: int = 0


def no_population(sizes: NDArray[np.int64]) -> Population:
    """Take the file for the whole population: the journalist is at most the prosecutor."""
    return Population("none", 1 / sizes, (sizes == 1).astype(np.float64))


def counted_population(sizes: NDArray[np.int64], counts: NDArray[np.int64]) -> Population:
    """Use a population table's counts; a class holds at least the file's people of it.

    Args:
        sizes: (classes,) people of the file.
        counts: (classes,) people of the table.
    """
    held = np.maximum(sizes, counts)
    alone = (held == 1).astype(np.float64)
    return Population("table", 1 / held, alone, int((counts < sizes).sum()))


@dataclass(frozen=True)
class Presence:
    """How surely somebody of the population is known to be in a file at all.

    Whoever knows everybody's quasi-identifiers sees f of a class's F people in the file: each of
    them is in it with the chance f / F. A file whose chances all lie between two bounds is
    delta-present with them.

    Attributes:
        lowest: the least chance of anybody of the population, 0 where a whole class is absent.
        highest: the largest; 1: everybody who looks like that is in the file.

    References:
        Nergiz, Atzori, Clifton: Hiding the presence of individuals from shared databases, 2007.
    """

    lowest: float
    highest: float


def measure_presence(
    sizes: NDArray[np.int64], counts: NDArray[np.int64], everybody: int
) -> Presence:
    """Measure delta-presence against a population table.

    Args:
        sizes: (classes,) people of the file, at least 1 each.
        counts: (classes,) people of the table; a class holds at least the file's people of it.
        everybody: people of the whole table.
    """
    chances = sizes / np.maximum(sizes, counts)
    absent = everybody > int(counts.sum())
    lowest = 0.0 if absent else float(chances.min(initial=1.0))
    return Presence(lowest, float(chances.max(initial=0.0)))


def estimated_population(sizes: NDArray[np.int64], sampled_share: float) -> Population:
    """Estimate from the share of the population that the file holds.

    Of a class with F people each is in the file with the same chance p, so F given f is f plus
    a negative binomial count, and somebody alone in the file is alone at all with chance p.

    Args:
        sizes: (classes,) people of the file.
        sampled_share: p, above 0, at most 1: what part of the population the file holds.

    References:
        Benedetti, Franconi (1998), as in mu-Argus: E(1 / F | f).
    """
    distinct, place = np.unique(sizes, return_inverse=True)
    chances = np.array([expected_chance(int(size), sampled_share) for size in distinct])
    alone = np.where(sizes == 1, sampled_share, 0.0)
    return Population("estimate", chances[place] if len(chances) else 1 / sizes, alone)


def expected_chance(size: int, share: float) -> float:
    """Return E(1 / F | f), exact up to rounding for f up to 1,000.

    With E(t^F) = (p t / (1 - (1 - p) t))^f, E(1 / F) is its integral over t from 0 to 1 divided
    by t, which is p I(f) with I(f) = integral of u^(f-1) / (p + (1 - p) u). From u^f (p + (1-p)u)
    follows p I(f) + (1 - p) I(f + 1) = 1 / f: upwards from I(1) = ln(1 / p) / (1 - p) where that
    doesn't amplify errors (p up to a half), downwards from far above where it does; there u is
    near 1 where it counts, and I(f) = 1 / f + (1 - p) / (f (f + 1)) + ...
    """
    if share == 1 or size > MOST_ESTIMATED:
        return share / size
    other = 1 - share
    if share <= 1 / 2:
        integral = float(np.log(1 / share)) / other
        for f in range(1, size):
            integral = (1 / f - share * integral) / other
    else:
        above = size + FURTHER
        integral = 1 / above + other / (above * (above + 1))
        for f in range(above - 1, size - 1, -1):
            integral = (1 / f - other * integral) / share
    return share * integral


def count_beside(
    file: Sequence[pa.ChunkedArray],
    population: Sequence[pa.ChunkedArray],
    people: NDArray[np.int64],
    class_of: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Count a population's people in each class of a file.

    Args:
        file: its quasi-identifiers.
        population: the same columns of the population, as text in the file's forms.
        people: (population rows,) how many people each row stands for.
        class_of: (file rows,) the class of each row, from 0.
    """
    both = [code_together(*columns) for columns in zip(file, population, strict=True)]
    codes = [np.concatenate([first, second]) for first, second, _ in both]
    rows, further = len(class_of), len(people)
    joined = group(pack(codes, [count for _, _, count in both], rows + further)[1])
    together = joined.sums(np.concatenate([np.zeros(rows, dtype=np.int64), people]))
    counts = np.zeros(int(class_of.max(initial=-1)) + 1, dtype=np.int64)
    counts[class_of] = together[joined.class_of_rows()[:rows]]
    return counts

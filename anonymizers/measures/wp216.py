"""The three questions of the Article 29 Working Party, answered by what was measured.

Opinion 05/2014 (WP216) asks of any anonymization: is it still possible to single out somebody, to
link records of one person, to infer something about them? Its own table answers for k-anonymity
no, yes, yes; with l-diversity or t-closeness the last becomes "may not". An answer here is never
better than that table: a measurement can show that a file is worse than its method, not better.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anonymizers.measures.linkage import Links
    from anonymizers.measures.partitions import Partition

Possible = Literal["yes", "no", "may not"]
QUESTIONS = ("singling_out", "linkability", "inference")
SURE = 0.95  # from here on a guess is knowledge
ROUNDING = 1e-9


@dataclass(frozen=True)
class Answer:
    """Whether it is still possible, and why.

    Attributes:
        possible: yes, no, or may not.
        because: what was found, one of a few kebab-case words; figures: its numbers.
    """

    possible: Possible
    because: str
    figures: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Inferred:
    """What was measured of one sensitive column.

    Attributes:
        distinct: fewest known values of a class; confidence: highest share of one value.
        alike: people in classes with a single known value, or none.
    """

    distinct: int
    confidence: float
    alike: int


def singling_out(partition: Partition, k: int, *, tokens: int) -> Answer:
    """Answer by the smallest class: no where everybody is one of k.

    Args:
        partition: the people's classes.
        k: people that a class should have.
        tokens: columns of codes that name one person: whoever learns one has the person.
    """
    figures = {"k": partition.k, "asked": k}
    alone = int((partition.sizes == 1).sum())
    below = int(partition.sizes[partition.sizes < k].sum())
    if alone:
        return Answer("yes", "alone", {**figures, "people": alone})
    if below:
        return Answer("yes", "too-few", {**figures, "people": below})
    if tokens:
        return Answer("yes", "tokens", {"columns": tokens})
    return Answer("no", "enough", figures)


def linkability(links: Links, k: int, *, tokens: int, worst: float = 0.0) -> Answer:
    """Answer by the experiment; a group of people can always be linked to itself.

    Args:
        links: what the attacker reached.
        k: the promise.
        tokens: columns of the file that name one person by the same code everywhere.
        worst: the highest chance to be right about somebody. What one experiment met can look
            better than that, by luck.
    """
    if tokens:
        return Answer("yes", "tokens", {"columns": tokens})
    figures = {"matched": links.matched, "correct": links.correct, "k": k}
    if links.keeps(k) and worst > 1 / k + ROUNDING:
        return Answer("yes", "few", {**figures, "worst": worst})
    if links.keeps(k):
        return Answer("yes", "groups", figures)
    best = {"best": links.surest, "best_correct": links.surest_correct, "size": links.surest_size}
    return Answer("yes", "people", {**figures, **best})


def inference(columns: Mapping[str, Inferred]) -> Answer:
    """Answer by the least varied sensitive column; yes where none was named."""
    if not columns:
        return Answer("yes", "nothing-sensitive-named")
    alike = max(column.alike for column in columns.values())
    confidence = max(column.confidence for column in columns.values())
    if alike:
        return Answer("yes", "alike", {"people": alike})
    if confidence >= SURE:
        return Answer("yes", "nearly-sure", {"confidence": confidence})
    return Answer("may not", "varied", {"confidence": confidence})

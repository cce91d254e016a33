"""What is asked about a file: which columns are what, and beside what it is held."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from gateway.errors import MeasureError
from gateway.measuring.files import column_names, manifest_beside
from policies.documents.problems import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

USUAL_K = 11
"""The practice for case data of trafficked people (CTDC), and EMA's 0.09 for public data."""


@dataclass(frozen=True)
class Question:
    """What to measure.

    Attributes:
        file: what is measured; delimiter: of it, None: found by itself.
        quasi_identifiers, sensitive: its columns; none: as its manifest says.
        unit: the column that names people; empty: each row is one person.
        k: people that a class should have; 0: as the manifest says, or 11.
        hierarchies: a file for each column whose loss is asked for.
        original: the file that it was made of; population: everybody who could be in it.
        sampled_share: which part of the population the file holds, to estimate by; 0: unknown.
        noise: share of the register's cells that are wrong, 0 to 1; seed: of the experiment.
        tokens: columns of codes that name one person everywhere.
        says_nothing: values of sensitive columns that count as unknown, besides those that always
            do; as the manifest says, and more.
    """

    file: Path
    quasi_identifiers: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    unit: str = ""
    delimiter: str | None = None
    k: int = 0
    hierarchies: Mapping[str, Path] = field(default_factory=lambda: MappingProxyType({}))
    original: Path | None = None
    population: Path | None = None
    sampled_share: float = 0.0
    noise: float = 0.0
    seed: int = 1
    tokens: int = 0
    says_nothing: Mapping[str, tuple[str, ...]] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that has to be read."""
        unit = (self.unit,) if self.unit else ()
        return tuple(dict.fromkeys((*self.quasi_identifiers, *self.sensitive, *unit)))


def completed(question: Question) -> Question:
    """Fill in from the manifest what wasn't asked for, and check that the columns are there.

    Raises:
        MeasureError: no quasi-identifiers are known, or the file lacks a column.
    """
    manifest = manifest_beside(question.file)
    columns = manifest.get("columns", [])
    there = column_names(question.file, question.delimiter)
    full = replace(
        question,
        quasi_identifiers=question.quasi_identifiers
        or tuple(column["name"] for column in columns if column.get("quasi_identifier")),
        sensitive=question.sensitive
        or tuple(column["name"] for column in columns if _is_sensitive(column)),
        k=question.k or int(manifest.get("protection", {}).get("k", USUAL_K)),
        says_nothing=_says_nothing(question, columns),
        tokens=sum(column.get("action") == "pseudonymize" for column in columns),
    )
    if not full.quasi_identifiers:
        raise MeasureError(
            f"name the columns that others may know about a person: --quasi-identifiers a,b,c. "
            f"{question.file.name} has: {', '.join(there)}",
        )
    _check_there(full, there)
    return full


def _says_nothing(
    question: Question, columns: Sequence[Mapping[str, Any]]
) -> dict[str, tuple[str, ...]]:
    told = {one["name"]: one.get("parameters", {}).get("says_nothing", ()) for one in columns}
    asked = question.says_nothing
    return {name: (*told.get(name, ()), *asked.get(name, ())) for name in {**told, **asked}}


def _is_sensitive(column: Mapping[str, object]) -> bool:
    return column.get("role") == "sensitive" and not column.get("quasi_identifier")


def _check_there(question: Question, there: Sequence[str]) -> None:
    for name in (*question.columns, *question.hierarchies, *question.says_nothing):
        if name not in there:
            near = nearest(name, there)
            said = f"did you mean {near}?" if near else f"there is: {', '.join(there)}"
            raise MeasureError(f"{question.file.name} has no column {name}; {said}")
    both = sorted({*question.quasi_identifiers} & {*question.sensitive})
    if both:
        raise MeasureError(f"{both[0]} can't be a quasi-identifier and sensitive at once")
    for name in question.hierarchies:
        if name not in question.quasi_identifiers:
            raise MeasureError(f"a hierarchy is for a quasi-identifier; {name} isn't one")

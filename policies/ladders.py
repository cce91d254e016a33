"""The ladders of a dataset's columns, as its declaration makes them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from anonymizers.ladders.base import TOP, Ladder, LadderError
from anonymizers.ladders.catalogue import build_ladder
from anonymizers.ladders.taxonomies import Taxonomy, parse_taxonomy
from anonymizers.populations import Population, PopulationError, parse_population

if TYPE_CHECKING:
    from policies.documents import DatasetDocument


def column_ladder(
    dataset: DatasetDocument, name: str, min_population: int | None = None
) -> Ladder | None:
    """Return the ladder of a column; None where it has none.

    Args:
        dataset: with the column.
        name: of the column.
        min_population: the policy's floor of people in a place, where it says one.

    Raises:
        LadderError: what the dataset declares can't be a ladder; `lint_dataset` says so too.
    """
    column = dataset.columns[name]
    ladder = column.ladder_name
    if ladder is None:
        return None
    return build_ladder(
        ladder,
        bounds=column.bounds,
        codes=column.codes,
        widths=column.widths,
        taxonomy=dataset_taxonomy(dataset, ladder),
        scale=column.scale or 0,
        min_population=min_population,
    )


def code_groups(dataset: DatasetDocument, name: str, level: str) -> tuple[tuple[str, str], ...]:
    """Return each listed code of a column with its group on a level of its ladder.

    Raises:
        LadderError: the ladder can't be made, or has no such level.
    """
    from anonymizers.transforms.groups import group_codes

    ladder = column_ladder(dataset, name)
    assert ladder is not None  # noqa: S101 - the lint refuses to group without one
    return group_codes(ladder, dataset.columns[name].codes or (), level)


def finest_level(dataset: DatasetDocument, name: str) -> str:
    """Return the finest level of a column's ladder; `*` where it has none."""
    ladder = column_ladder(dataset, name)
    return ladder.levels[0] if ladder else TOP


def dataset_taxonomy(dataset: DatasetDocument, ladder: str) -> Taxonomy | None:
    """Return a dataset's own taxonomy; None where the ladder is built in.

    Raises:
        LadderError: the taxonomy has lines that can't stand, or its file wasn't read.
    """
    declared = dataset.ladders.get(ladder)
    if declared is None:
        return None
    if declared.text is None:
        raise LadderError(f"the file {declared.file} of ladder {ladder} wasn't read")
    return _parsed(declared.text, ladder)


def dataset_population(dataset: DatasetDocument, name: str) -> Population:
    """Return a dataset's own population.

    Raises:
        PopulationError: it has lines that can't stand, or its file wasn't read.
    """
    declared = dataset.populations[name]
    if declared.text is None:
        raise PopulationError(f"the file {declared.file} of population {name} wasn't read")
    return _counted(declared.text)


@lru_cache(maxsize=8)
def _counted(text: str) -> Population:
    return parse_population(text)


@lru_cache(maxsize=64)
def _parsed(text: str, ladder: str) -> Taxonomy:
    """Parse a taxonomy once: every request is evaluated, and linted, on the same declaration."""
    return parse_taxonomy(text, ladder)

"""A file held beside others: its hierarchies, the original it was made of, a population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from anonymizers.ladders.base import TOP
from anonymizers.losses import mean
from anonymizers.measures.coded import Coded, code
from anonymizers.measures.entropy import entropy_loss, kept_in_proportion
from anonymizers.measures.forms import (
    Released,
    UnknownFormsError,
    form_loss,
    forms_at,
    place_forms,
)
from anonymizers.measures.populations import count_beside
from gateway.counted import counted, counted_people
from gateway.errors import MeasureError
from gateway.measuring.files import Cells, column_names, read_cells, read_hierarchy

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Climb
    from anonymizers.measures.partitions import Partition
    from gateway.measuring.questions import Question

PEOPLE = "people"


@dataclass(frozen=True)
class _Placed:
    """A released column on its hierarchy."""

    name: str
    column: Coded
    climb: Climb
    released: Released

    @classmethod
    def read(cls, name: str, column: Coded, path: Path) -> _Placed:
        climb = read_hierarchy(path, name)
        try:
            return cls(name, column, climb, place_forms(column.values.to_pylist(), climb))
        except UnknownFormsError as error:
            verb = "stands" if error.count == 1 else "stand"
            raise MeasureError(
                f"{counted(error.count, 'value')} of {name} {verb} on no level of {path.name}, "
                f"{error.first!r} for one; add what is missing there",
            ) from None

    def forms(self) -> Callable[[str | None], str | None] | None:
        """Return what a value is released as; None where forms stand on several levels."""
        level = self.released.level
        if level is None:
            return None
        shown = forms_at(self.climb, level)
        return lambda value: shown[value] if value is not None else _null_at(level)


def _null_at(level: str) -> str | None:
    return TOP if level == TOP else None


def _itself(value: str | None) -> str | None:
    return value


def _placed(question: Question, cells: Cells) -> dict[str, _Placed]:
    return {
        name: _Placed.read(name, code(cells.table[name]), path)
        for name, path in question.hierarchies.items()
    }


def measure_losses(question: Question, cells: Cells) -> dict[str, Any]:
    """Measure what the file lost, as far as hierarchies and the original tell.

    Returns:
        `by_column`: of each column with a hierarchy its loss and level (None: several);
        `loss`: their mean, where every quasi-identifier has one; `left_out`: rows that the
        original has and the file hasn't; `entropy_by_column`: information lost, 0 to 1.

    Raises:
        MeasureError: a value stands on no level, or the original doesn't fit.
    """
    placed = _placed(question, cells)
    original = _original(question, cells)
    left_out = 0 if original is None else original.rows - cells.rows
    losses = {
        name: form_loss(column.released.costs, column.column.counts(), left_out)
        for name, column in placed.items()
    }
    whole = len(losses) == len(question.quasi_identifiers)
    return {
        "by_column": {
            name: {"loss": losses[name], "level": column.released.level}
            for name, column in placed.items()
        },
        "loss": mean([losses[name] for name in question.quasi_identifiers]) if whole else None,
        "left_out": None if original is None else left_out,
        "entropy_by_column": {} if original is None else _entropies(placed, cells, original),
    }


def _original(question: Question, cells: Cells) -> Cells | None:
    if question.original is None:
        return None
    original = read_cells(question.original, question.quasi_identifiers, None)
    if original.rows < cells.rows:
        raise MeasureError(
            f"{question.original.name} has fewer rows than {question.file.name}; it can't be "
            "what that was made of",
        )
    return original


def _entropies(placed: dict[str, _Placed], cells: Cells, original: Cells) -> dict[str, float]:
    """Return the information lost of each column whose forms are known for each value."""
    losses = {}
    for name in original.table.column_names:
        column = placed[name].forms() if name in placed else _itself
        if column is not None:
            found = _entropy(code(original.table[name]), code(cells.table[name]), column, name)
            if found is not None:
                losses[name] = found
    return losses


def _entropy(
    original: Coded,
    released: Coded,
    form: Callable[[str | None], str | None],
    name: str,
) -> float | None:
    """Return one column's; None for other forms than the original's without a hierarchy."""
    forms = _forms_of(original, form, f"the original's {name}")
    numbers = {text: number for number, text in enumerate(dict.fromkeys(forms))}
    released_forms = released.values.to_pylist()
    if not {*released_forms} <= {*numbers}:
        return None
    counts = np.zeros(len(numbers), dtype=np.int64)
    counts[[numbers[text] for text in released_forms]] = released.counts()
    form_of = np.array([numbers[text] for text in forms], dtype=np.int64)
    people = original.counts()
    return entropy_loss(people, form_of, kept_in_proportion(people, form_of, counts))


def _forms_of(
    column: Coded, form: Callable[[str | None], str | None], what: str
) -> list[str | None]:
    try:
        return [form(value) for value in column.values.to_pylist()]
    except KeyError as error:
        raise MeasureError(f"{what} has the value {error}, which its hierarchy lacks") from None


@dataclass(frozen=True)
class Counted:
    """A population's people: of each class of the file, and of the whole table."""

    classes: NDArray[np.int64]
    everybody: int


def count_population(question: Question, cells: Cells, partition: Partition) -> Counted | None:
    """Count a population table's people in each class; None where there is no table.

    Its values may stand in the file's forms, or on the finest level of a hierarchy. A column
    `people` says how many people a row stands for; without it each row is one.

    Raises:
        MeasureError: the table can't be read, counts aren't numbers, or it has fewer people than
            the file.
    """
    if question.population is None:
        return None
    if question.unit:
        raise MeasureError("a population table is for files with one row for each person")
    path, names = question.population, list(question.quasi_identifiers)
    has_counts = PEOPLE in column_names(path) and PEOPLE not in names
    table = read_cells(path, [*names, PEOPLE] if has_counts else names).table
    placed = _placed(question, cells)
    beside = [_in_forms(table[name], placed.get(name)) for name in names]
    people = _counts(table, path) if has_counts else np.ones(table.num_rows, dtype=np.int64)
    everybody = int(people.sum())
    _check_large_enough(question, everybody, cells.rows)
    file = [cells.table[name] for name in names]
    return Counted(count_beside(file, beside, people, partition.class_of), everybody)


def _check_large_enough(question: Question, everybody: int, people: int) -> None:
    """Refuse a population that can't hold the file's people: risks would come out as if it did."""
    if question.population is not None and everybody < people:
        raise MeasureError(
            f"{question.population.name} has {counted_people(everybody)}, fewer than the "
            f"{people:,} of {question.file.name}: a population is everybody who could be in it, "
            "its own people included",
        )


def _in_forms(column: pa.ChunkedArray, placed: _Placed | None) -> pa.ChunkedArray:
    """Coarsen a population's column to the file's level, where a hierarchy tells how."""
    form = placed.forms() if placed is not None else None
    if placed is None or form is None:
        return column
    coded = code(column)
    if {*coded.values.to_pylist()} <= {*placed.column.values.to_pylist()}:
        return column
    forms = pa.array(_forms_of(coded, form, f"the population's {placed.name}"), pa.string())
    return pa.chunked_array([forms.take(pa.array(coded.codes))])


def _counts(table: pa.Table, path: Path) -> NDArray[np.int64]:
    try:
        counts: NDArray[np.int64] = table[PEOPLE].cast(pa.int64()).to_numpy()
    except (pa.ArrowInvalid, ValueError):
        counts = np.array([-1])
    if table[PEOPLE].null_count or (counts < 0).any():
        raise MeasureError(f"the column people of {path.name} must hold whole numbers")
    return counts

"""The recount's part on sensitive values: how diverse and how close the classes of a file are.

Rows are grouped by their released text, by another engine than the search's. What entropy, (c,l)
and t are is defined once (`spreads`), for the search and for this; that they hold is counted here
on the file alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.spreads import distances, entropies, has_entropy, has_recursive, is_close
from anonymizers.tallies import PEOPLE
from anonymizers.unknown_values import known_values
from anonymizers.value_counts import NOT_KNOWN, Spread

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from anonymizers.models import Model
    from anonymizers.references import Reference
    from anonymizers.tallies import FileTally

_CLASS = "class"


@dataclass(frozen=True)
class ValueColumn:
    """A sensitive column with one value for each row.

    Attributes:
        reference: for t; None where it isn't asked.
        says_nothing: values that count as unknown, besides those that always do.
    """

    name: str
    reference: Reference | None = None
    says_nothing: Sequence[str] = ()


@dataclass(frozen=True)
class FileValues:
    """The values of one sensitive column, class by class, as a file has them.

    Attributes:
        spread: over everybody.
    """

    name: str
    spread: Spread

    @property
    def fewest(self) -> int | None:
        """The fewest distinct known values of a class."""
        known = self.spread.known()
        distinct = np.bincount(known.rows, minlength=known.classes)
        return int(distinct.min()) if len(distinct) else None

    @property
    def entropy_l(self) -> float | None:
        """The least entropy of a class, as a number of equally common values."""
        least = np.exp(entropies(self.spread))
        return float(least.min()) if len(least) else None

    def farthest(self, model: Model) -> float | None:
        """Return the largest distance of a class to everybody."""
        far = distances(self.spread, model.t[self.name])
        return float(far.max()) if len(far) else None

    def broken(self, model: Model) -> Iterator[str]:
        """Yield the rules that some class doesn't keep."""
        fewest = self.fewest
        if fewest is not None and fewest < model.l.get(self.name, 0):
            yield "l"
        yield from (rule for rule, holds in self._judged(model) if not holds.all())

    def _judged(self, model: Model) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        if self.name in model.entropy:
            yield "entropy", has_entropy(self.spread, model.entropy[self.name])
        if self.name in model.recursive:
            yield "recursive", has_recursive(self.spread, model.recursive[self.name])
        if self.name in model.t:
            yield "t", is_close(self.spread, model.t[self.name])


def file_values(
    tally: FileTally,
    number: int,
    quasi_identifiers: Sequence[str],
    column: ValueColumn,
) -> FileValues | None:
    """Return how a column's values are spread over a file's classes.

    Args:
        tally: of the file.
        number: of its set that has the quasi-identifiers and the column.
        quasi_identifiers: the classes' columns.
        column: whose values are counted.

    Returns:
        None where the file has a value that the reference hasn't.
    """
    counts = tally.counts(number)
    name, reference = column.name, column.reference
    codes = _value_codes(tally.texts(name), column)
    if codes is None:
        return None
    (key,) = tally.keys([name])
    values = codes[counts[key].to_numpy()]
    classes = class_numbers(counts, tally.keys(quasi_identifiers))
    domain = int(codes.max(initial=NOT_KNOWN)) + 2
    entries, places = np.unique(classes * domain + values + 1, return_inverse=True)
    people = np.bincount(places, weights=counts[PEOPLE].to_numpy(), minlength=len(entries))
    rows, shifted = np.divmod(entries, domain)
    nobody = np.zeros(domain, dtype=np.int64)
    held_to = nobody if reference is None else reference.everybody
    size = int(classes.max(initial=-1)) + 1
    return FileValues(name, Spread(size, rows, shifted - 1, people.astype(np.int64), held_to))


def _value_codes(texts: pa.Array, column: ValueColumn) -> NDArray[np.int64] | None:
    """Number the distinct texts of a column; NOT_KNOWN for what says nothing.

    None where a text isn't in the reference.
    """
    known = known_values(texts, column.says_nothing).to_numpy(zero_copy_only=False)
    told = texts.filter(pa.array(known)).to_pylist()
    values = told if column.reference is None else column.reference.values
    numbers: Mapping[str, int] = {value: number for number, value in enumerate(values)}
    if not numbers.keys() >= {*told}:
        return None
    codes = np.full(len(texts), NOT_KNOWN, dtype=np.int64)
    codes[known] = [numbers[value] for value in told]
    return codes


def class_numbers(counts: pa.Table, keys: Sequence[str]) -> NDArray[np.int64]:
    """Number the classes of equal keys; without keys all rows are one."""
    if not keys:
        return np.zeros(counts.num_rows, dtype=np.int64)
    distinct = counts.group_by(list(keys), use_threads=False).aggregate([])
    numbered = distinct.append_column(_CLASS, pa.array(np.arange(distinct.num_rows)))
    place = counts.select(list(keys)).append_column("row", pa.array(np.arange(counts.num_rows)))
    joined = place.join(numbered, keys=list(keys), join_type="inner", use_threads=False)
    numbers = np.empty(counts.num_rows, dtype=np.int64)
    numbers[joined["row"].to_numpy()] = joined[_CLASS].to_numpy()
    return numbers

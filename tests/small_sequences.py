"""Rows of people with several each, and their way through search, classes and recoding."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from anonymizers.people_rows import PeopleRows, RowCollector
from anonymizers.promises import ColumnRule, Rules
from anonymizers.recount_sequences import SequenceRecounter, SequenceRules
from anonymizers.search import Found, find_levels
from anonymizers.sequence_classes import SequenceClasses, recode_rows
from anonymizers.sequence_diversity import KnownValues
from anonymizers.unknown_values import known_values

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from anonymizers.models import Model
    from anonymizers.recount import Recount
    from tests.small_tables import People


STEP = 5


def people_rows(person, codes, minors, cells=None) -> PeopleRows:
    """Collect rows, a few at a time."""
    cells = cells or {}
    sizes = {name: int(column.max(initial=-1)) + 1 for name, column in codes.items()}
    rows = RowCollector(len(person), sizes, cells)
    for start in range(0, len(person), STEP):
        cut = slice(start, start + STEP)
        few = ({name: column[cut] for name, column in of.items()} for of in (codes, cells))
        rows.add(person[cut], next(few), minors[cut], next(few))
    return rows.finish()


@dataclass(frozen=True)
class Several:
    """Rows of people.

    Attributes:
        person: whose each row is, by any name.
        rows: the rows as if each were one person's.
        separators: of sensitive columns with several codes in a cell.
    """

    person: Sequence[str]
    rows: People
    separators: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def number(self) -> np.ndarray:
        names = {name: number for number, name in enumerate(dict.fromkeys(self.person))}
        return np.array([names[name] for name in self.person], np.int64)

    @cached_property
    def people(self) -> PeopleRows:
        codes = {name: values.codes for name, values in self.cells.items()}
        return people_rows(self.number, self.rows.codes, self.rows.is_minor, codes)

    @property
    def cells(self) -> dict[str, KnownValues]:
        return {
            name: known_sets(values, self.separators.get(name))
            for name, values in self.rows.sensitive.items()
        }

    def find(self, model: Model) -> Found:
        return find_levels(self.people.table, self.rows.hierarchies, model)

    def classes(self, model: Model) -> SequenceClasses:
        levels = self.find(model).levels
        return SequenceClasses.build(self.people, self.rows.hierarchies, levels, model, self.cells)

    def release(self, model: Model) -> Released:
        recoded = recode_rows(
            self.rows.codes, self.number, self.rows.hierarchies, self.classes(model)
        )
        sensitive = {n: pa.array(v, pa.string()) for n, v in self.rows.sensitive.items()}
        people = np.array(self.person, object)[recoded.kept]
        limits = {name: self.rows.limit(name) for name in self.rows.values}
        columns = tuple(ColumnRule(n, self.rows.ladders[n], *limits[n]) for n in limits)
        found, rows = self.find(model), int(recoded.kept.sum())
        table = pa.table({**recoded.columns, **sensitive})
        return Released(
            table.filter(pa.array(recoded.kept)) if table.num_columns else table,
            pa.array(people, pa.string()),
            self.rows.is_minor[recoded.kept],
            SequenceRules(
                Rules(
                    model,
                    columns,
                    found.people,
                    found.suppressed,
                    rows,
                    separators=self.separators,
                ),
                len(set(people)),
                10,
                (),
            ),
        )


@dataclass(frozen=True)
class Released:
    """A released file, whose its rows are, which are a minor's, and what it promises."""

    table: pa.Table
    people: pa.Array
    minors: np.ndarray
    rules: SequenceRules

    def recount(self, buckets=None, **changes) -> Recount:
        parts = {"table": self.table, "people": self.people, "minors": self.minors}
        ours = {n: v for n, v in changes.items() if n in parts and not isinstance(v, int)}
        others = {name: value for name, value in changes.items() if name not in ours}
        parts |= ours
        rules = replace(self.rules, **{n: v for n, v in others.items() if hasattr(self.rules, n)})
        inner = {n: v for n, v in others.items() if not hasattr(self.rules, n)}
        rules = replace(rules, rules=replace(rules.rules, **inner))
        recounter = SequenceRecounter(rules, buckets or buckets_by(1))
        people, half = roots_of(parts["people"]), parts["table"].num_rows // 2
        for cut in (slice(0, half), slice(half, None)):
            table = parts["table"][cut] if parts["table"].num_columns else parts["table"]
            recounter.add(table, parts["minors"][cut], people[cut])
        return recounter.finish()


def roots_of(names) -> pa.Array:
    roots = [sha256(name.encode()).digest()[:16] for name in names.to_pylist()]
    return pa.array(roots, pa.binary(16))


class SmallBuckets:
    """Buckets in memory, by the remainder of a value's first byte."""

    def __init__(self, key, count):
        self.key, self.count, self.rows = key, count, []

    def add(self, rows):
        self.rows.append(rows)

    def finish(self):
        pass

    def numbers(self, rows):
        return np.array([value[0] % self.count for value in rows[self.key].to_pylist()], int)

    def __iter__(self):
        rows = pa.concat_tables(self.rows).combine_chunks()
        numbers = self.numbers(rows)
        for number in np.unique(numbers):
            yield rows.filter(pa.array(numbers == number))


def buckets_by(count):
    return lambda key, _expected: SmallBuckets(key, count)


def known_sets(values: Sequence[str | None], separator: str | None = None) -> KnownValues:
    """Code cells by their known values, one bit for each."""
    cells = [[] if v is None else v.split(separator) if separator else [v] for v in values]
    distinct = sorted({part for cell in cells for part in cell})
    bits = {part: bit for bit, part in enumerate(distinct) if says(part)}
    masks = [sum(1 << bits[part] for part in set(cell) if part in bits) for cell in cells]
    places = {mask: place for place, mask in enumerate(sorted({*masks} - {0}))}
    words = np.array(sorted(places), np.uint64).reshape(-1, 1)
    return KnownValues(np.array([places.get(mask, -1) for mask in masks], np.int32), words)


def says(value: str) -> bool:
    return known_values(pa.array([value]))[0].as_py()

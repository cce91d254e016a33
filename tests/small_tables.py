"""Rows of people as tests write them down, and their way through search, classes and recoding."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from anonymizers.alike import Likeness
from anonymizers.arranging import Arrangement, arrange_locally
from anonymizers.classes import Classes
from anonymizers.hierarchies import Hierarchy
from anonymizers.ladders.base import TOP, Ladder
from anonymizers.ladders.taxonomies import parse_taxonomy, taxonomy_ladder
from anonymizers.populations import Population, Source, map_population
from anonymizers.promises import ColumnRule, Rules
from anonymizers.recoding import Recoded, recode
from anonymizers.recount import Recount, recount
from anonymizers.references import Reference
from anonymizers.search import Found, find_levels
from anonymizers.unknown_values import known_values
from anonymizers.weighted import WeightedTable, weighted_table
from gateway.known_sets import KnownSets

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from anonymizers.models import Model
    from anonymizers.partitions import Recoding


@dataclass(frozen=True)
class People:
    """One row for each person.

    Attributes:
        values: quasi-identifiers; ladders: one for each.
        sensitive: columns that a model protects; minors: who is one.
        limits: floor and ceiling of a column, where they aren't exact and `*`.
        counted: sensitive columns whose people are counted value by value.
        population: for k-map.
        separators: of sensitive columns with several codes in a cell.
    """

    values: Mapping[str, pa.Array]
    ladders: Mapping[str, Ladder]
    sensitive: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    minors: Sequence[bool] | None = None
    limits: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    count: int | None = None
    counted: Sequence[str] = ()
    population: Population | None = None
    separators: Mapping[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        if self.count is not None:
            return self.count
        return len(next(iter(self.values.values())))

    @property
    def is_minor(self) -> np.ndarray:
        return np.array(self.minors if self.minors is not None else [False] * self.rows, bool)

    def limit(self, name: str) -> tuple[str, str]:
        return self.limits.get(name, (self.ladders[name].levels[0], TOP))

    @cached_property
    def climbs(self):
        return {n: self.ladders[n].climb(values.unique()) for n, values in self.values.items()}

    @cached_property
    def hierarchies(self) -> dict[str, Hierarchy]:
        return {n: Hierarchy.between(climb, *self.limit(n)) for n, climb in self.climbs.items()}

    @cached_property
    def codes(self) -> dict[str, np.ndarray]:
        return {n: self._floor_codes(n, values) for n, values in self.values.items()}

    def _floor_codes(self, name: str, values: pa.Array) -> np.ndarray:
        climb = self.climbs[name]
        encoded = values.dictionary_encode(null_encoding="encode")
        places = {value: place for place, value in enumerate(climb.values.to_pylist())}
        of_value = [places[value] for value in encoded.dictionary.to_pylist()]
        codes = climb.rung(self.limit(name)[0]).codes[np.array(of_value, dtype=np.int64)]
        return codes[encoded.indices.to_numpy()]

    @cached_property
    def table(self) -> WeightedTable:
        """What a lake's group-by and the builder make of the rows."""
        columns = {n: pa.array(codes) for n, codes in self.codes.items()}
        several = {n: self._sets(n, mark) for n, mark in self.separators.items()}
        columns |= {
            n: pa.array(several[n][0] if n in several else _known_codes(values))
            for n, values in self.sensitive.items()
        }
        keys = list(columns) or ["nothing"]
        columns["weir_minors"] = pa.array(self.is_minor.astype(np.int64))
        columns.setdefault("nothing", pa.array([0] * self.rows))
        sums = [([], "count_all"), ("weir_minors", "sum")]
        grouped = pa.table(columns).group_by(keys).aggregate(sums)
        grouped = grouped.rename_columns([*keys, "weir_people", "weir_minors"])
        masks = {n: found for n, (_, found) in several.items()}
        names = list(self.values), list(self.sensitive)
        table = weighted_table(grouped, *names, self.counted, masks)
        return replace(table, population=self.mapped)

    def _sets(self, name: str, separator: str) -> tuple[np.ndarray, np.ndarray]:
        """Number the cells of a column with several codes; and what each number has."""
        cells = texts([cell or None for cell in self.sensitive[name]])
        distinct = cells.unique()
        known = KnownSets.of(distinct, distinct, separator, ())
        codes = dict(zip(distinct.to_pylist(), known.lookup.codes.tolist(), strict=True))
        return np.array([codes[cell] for cell in cells.to_pylist()], np.int64), known.masks

    @property
    def mapped(self):
        if self.population is None:
            return None
        sources = {name: Source(self.ladders[name], pa.string()) for name in self.values}
        return map_population(self.population, list(self.values), self.hierarchies, sources)

    def turned(self, order: Sequence[int]) -> People:
        """Return the same people in another order."""
        rows = pa.array(order, pa.int64())
        return replace(
            self,
            values={name: values.take(rows) for name, values in self.values.items()},
            sensitive={name: [said[n] for n in order] for name, said in self.sensitive.items()},
            minors=[bool(self.is_minor[n]) for n in order],
        )

    def find(self, model: Model) -> Found:
        return find_levels(self.table, self.hierarchies, model)

    def classes(self, model: Model) -> Classes:
        return Classes.build(self.table, self.hierarchies, self.find(model).levels, model)

    def recoded(self, model: Model) -> Recoded:
        return recode(self.codes, self.is_minor, self.hierarchies, self.classes(model))

    def release(self, model: Model) -> Release:
        found = self.find(model)
        levels = {name: (level,) for name, level in found.levels.items()}
        return self._release(model, self.recoded(model), found.suppressed, "full-domain", levels)

    def arrange_locally(self, model: Model, **options: int) -> Arrangement:
        return arrange_locally(self.table, self.hierarchies, model, **options)

    def release_locally(self, model: Model, **options: int) -> Release:
        arranged = self.arrange_locally(model, **options)
        recoded = recode(self.codes, self.is_minor, self.hierarchies, arranged.classes)
        levels = {name: ladder.levels for name, ladder in self.hierarchies.items()}
        return self._release(model, recoded, arranged.suppressed, "local", levels)

    def _release(
        self,
        model: Model,
        recoded: Recoded,
        suppressed: int,
        recoding: Recoding,
        levels: Mapping[str, tuple[str, ...]],
    ) -> Release:
        kept = pa.array(recoded.kept)
        sensitive = {n: pa.array(values, pa.string()) for n, values in self.sensitive.items()}
        table = pa.table({**recoded.columns, **sensitive})
        return Release(
            table.filter(kept) if table.num_columns else table,
            self.is_minor[recoded.kept],
            Rules(
                model=model,
                columns=tuple(ColumnRule(n, self.ladders[n], *self.limit(n)) for n in self.values),
                people=self.rows,
                left_out_by_search=suppressed,
                rows=int(recoded.kept.sum()),
                recoding=recoding,
                references={
                    n: Reference.of(known_texts(self.sensitive[n]), self.table.sensitive[n])
                    for n in model.t
                },
                population=self.population,
                likeness={
                    n: Likeness(self.ladders[n], pa.string(), self.limit(n)[0], levels[n])
                    for n in (self.population.columns if self.population else ())
                },
                separators=self.separators,
            ),
            np.flatnonzero(recoded.kept),
        )


@dataclass(frozen=True)
class Release:
    """A released file, who of its rows is a minor, what it promises, and whose rows they are."""

    table: pa.Table
    minors: np.ndarray
    rules: Rules
    of_person: np.ndarray

    def recount(self) -> Recount:
        return recount(self.table, self.minors, self.rules)


def taxonomy(text: str) -> Ladder:
    """Make a ladder from lines as an operator writes them, `/` for a new line."""
    return taxonomy_ladder("own", parse_taxonomy(text.replace("/", "\n")))


def texts(values: Sequence[str | None]) -> pa.Array:
    return pa.array(values, pa.string())


def adult(real_data: Path, columns: Sequence[str], sensitive: Sequence[str] = ()) -> People:
    """UCI Adult with ARX's hierarchies."""
    folder = real_data / "adult"
    rows = pa_csv.read_csv(
        folder / "adult.csv",
        parse_options=pa_csv.ParseOptions(delimiter=";"),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys([*columns, *sensitive], pa.string()),
        ),
    ).combine_chunks()
    return People(
        values={name: rows[name].combine_chunks() for name in columns},
        ladders={
            name: taxonomy_ladder(
                name, parse_taxonomy((folder / f"adult_hierarchy_{name}.csv").read_text())
            )
            for name in columns
        },
        sensitive={name: rows[name].to_pylist() for name in sensitive},
    )


ADULT = (
    "sex",
    "age",
    "race",
    "marital-status",
    "education",
    "native-country",
    "workclass",
    "occupation",
    "salary-class",
)


def known_texts(values: Sequence[str | None]) -> tuple[str, ...]:
    """Return distinct known values in their order."""
    column = texts(values)
    return tuple(sorted({*column.filter(known_values(column)).to_pylist()}))


def _known_codes(values: Sequence[str | None]) -> np.ndarray:
    order = {value: code for code, value in enumerate(known_texts(values))}
    return np.array([order.get(value, -1) for value in values], dtype=np.int64)

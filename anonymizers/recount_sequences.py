"""The independent verifier of a file that has several rows for one person.

It shares nothing with the search and the classes but the declarations: people are grouped by the
released text of all their rows, and how few values cover a class is counted set by set in plain
Python. Whose each row is isn't in the file where its tokens are left out; the gateway knows.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.measures.sizes import discernibility
from anonymizers.recount import Recount, RecountError, check_columns, check_promises, one_level
from anonymizers.recount_covers import fewest_covering, known_parts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from anonymizers.models import Model
    from anonymizers.recount import Rules


_ROW = "weir_row"
_Part = tuple[pa.Table, pa.Array, "NDArray[np.bool_]", "NDArray[np.bool_]"]


@dataclass(frozen=True)
class SequenceRules:
    """What a file of sequences promises besides what every file does.

    Attributes:
        rules: people, levels and model; its `rows` are the file's rows.
        people: how many people the file must have.
        most: rows that a person may have.
        constant: quasi-identifiers that don't change within a person.
    """

    rules: Rules
    people: int
    most: int
    constant: tuple[str, ...]


class SequenceRecounter:
    """Counts k, l, minors, levels and suppression over the whole sequences of people.

    Guarantee: k people have the very same rows as each person (k of minors where one of them is
    a minor); in every such class, and at each released form in it, no l - 1 known values cover
    everybody; no person has more rows than allowed, or two forms of a column that must not
    change; each quasi-identifier stands on one level between floor and ceiling; no more people
    are left out than allowed.

    Memory: the file is held until everything was added: a person's rows stand anywhere in it.
    """

    def __init__(self, promised: SequenceRules) -> None:
        """Begin with nothing counted.

        Args:
            promised: what the file promises.
        """
        self._promised, self._rules = promised, promised.rules
        self._watches = [promise.watch() for promise in promised.rules.promises]
        self._parts: list[_Part] = []

    def add(
        self,
        table: pa.Table,
        minors: NDArray[np.bool_],
        people: pa.Array,
        known: NDArray[np.bool_] | None = None,
    ) -> None:
        """Count further rows.

        Args:
            table: some rows of the file, its columns as text; NULL where a value is NULL.
            minors: (rows,) which of them belong to a minor or to somebody of unknown age.
            people: (rows,) whose each row is: roots, in the file's order.
            known: (rows,) which are of people whom the recipient knows; nobody where left out.

        Raises:
            RecountError: a column isn't there once, or there are more or fewer rows than people.
        """
        check_columns(table, self._rules)
        known = np.zeros(len(minors), np.bool_) if known is None else known
        if not table.num_rows == len(minors) == len(people) == len(known):
            raise RecountError("rows")
        for promise, watch in zip(self._rules.promises, self._watches, strict=True):
            watch.see(table.column(promise.column), known)
        names = [*(rule.name for rule in self._rules.columns), *self._rules.model.l]
        # Without columns a table forgets how many rows it has.
        kept = table.select(names).append_column(_ROW, pa.nulls(table.num_rows))
        self._parts.append((kept, people, minors, known))

    def finish(self) -> Recount:
        """Return what was counted: sizes of classes in people, `rows` in rows.

        `distinct_l` is the fewest values that cover a class or a place of it, counted up to l.

        Raises:
            RecountError: the first promise that doesn't hold; `records` and `constant` besides
                those of every file.
        """
        promised, rules = self._promised, self._rules
        if sum(len(people) for _, people, _, _ in self._parts) != rules.rows:
            raise RecountError("rows")
        check_promises(rules, self._watches)
        if not self._parts:
            return Recount(0, 0, 0, None, dict.fromkeys(rules.model.l), 0, 0, rules.people, {})
        table = pa.concat_tables([table for table, _, _, _ in self._parts])
        levels = {
            rule.name: one_level(pc.unique(table.column(rule.name)).to_pylist(), rule)
            for rule in rules.columns
        }
        minors, known = (np.concatenate([part[kind] for part in self._parts]) for kind in (2, 3))
        rows = _Rows.of(table, self._people(), minors, known, [*levels])
        _check_people(table, rows, promised)
        everybody, others, held = rows.class_sizes()
        counted = Recount(
            rows=table.num_rows,
            classes=len(everybody),
            smallest_class=int(others.min(initial=table.num_rows)),
            smallest_minor_class=int(others[held].min()) if held.any() else None,
            unique=int((everybody == 1).sum()),
            squares=discernibility(everybody),
            distinct_l={
                name: rows.fewest_covering(_cells(table, name, promised), wanted)
                for name, wanted in rules.model.l.items()
            },
            suppressed=rules.people - promised.people,
            levels=levels,
            several=promised.people,
        )
        _check_model(counted, rules.model)
        return counted

    def _people(self) -> pa.Array:
        return pa.chunked_array([people for _, people, _, _ in self._parts]).combine_chunks()


def _check_people(table: pa.Table, rows: _Rows, promised: SequenceRules) -> None:
    rules = promised.rules
    if rows.count != promised.people:
        raise RecountError("rows")
    if int(rows.lengths.max(initial=0)) > promised.most:
        raise RecountError("records")
    left_out_later = rules.people - rows.count - rules.left_out_by_search
    if left_out_later < 0 or (left_out_later > 0 and not rules.model.l):
        raise RecountError("suppressed")
    if not 0 <= rules.left_out_by_search <= rules.model.max_suppressed(rules.people):
        raise RecountError("suppressed")
    for name in promised.constant:
        if rows.changes(_encoded(table.column(name).cast(pa.string()))):
            raise RecountError("constant", name)


def _check_model(counted: Recount, model: Model) -> None:
    if counted.rows and counted.smallest_class < model.k:
        raise RecountError("k")
    held = counted.smallest_minor_class
    if model.k_minors is not None and held is not None and held < model.k_minors:
        raise RecountError("k-minors")
    for name, fewest in counted.distinct_l.items():
        if fewest is not None and fewest < model.l[name]:
            raise RecountError("l", name)


@dataclass(frozen=True)
class _Cells:
    """A sensitive column: which distinct cell each row has, and the known values of each."""

    of_rows: NDArray[np.int64]
    values: list[frozenset[str]]


def _cells(table: pa.Table, name: str, promised: SequenceRules) -> _Cells:
    column = table.column(name).cast(pa.string()).combine_chunks()
    encoded = column.dictionary_encode(null_encoding="encode")
    separator = promised.rules.separators.get(name)
    nothing = promised.rules.says_nothing.get(name, ())
    cells = encoded.dictionary.to_pylist()
    values = [frozenset(known_parts(cell, separator, nothing)) for cell in cells]
    return _Cells(encoded.indices.to_numpy().astype(np.int64), values)


@dataclass(frozen=True)
class _Rows:
    """The file's rows by person.

    Attributes:
        person, place: (rows,) numbers of whose each row is, and of the text of its forms.
        order: (rows,) rows by person and place; lengths: (people,) rows of each.
        of_person: (people,) the number of each one's class; minor: (people,) who is a minor;
            known: whom the recipient knows.
    """

    person: NDArray[np.int64]
    place: NDArray[np.int64]
    order: NDArray[np.int64]
    lengths: NDArray[np.int64]
    of_person: NDArray[np.int64]
    minor: NDArray[np.bool_]
    known: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        table: pa.Table,
        people: pa.Array,
        minors: NDArray[np.bool_],
        known: NDArray[np.bool_],
        columns: Iterable[str],
    ) -> _Rows:
        """Group the rows by their text, and people by the texts of their rows."""
        person, place = _encoded(people), _encoded(_one_text(table, columns))
        lengths = np.bincount(person)
        return cls(
            person=person,
            place=place,
            order=np.lexsort((place, person)),
            lengths=lengths,
            of_person=_encoded(_lists(person, place)),
            minor=np.isin(np.arange(len(lengths)), person[minors]),
            known=np.isin(np.arange(len(lengths)), person[known]),
        )

    @property
    def count(self) -> int:
        """How many people there are."""
        return len(self.lengths)

    def class_sizes(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """Return each class's people, those the recipient doesn't know, whether one is a minor."""
        sizes = np.bincount(self.of_person)
        others = np.bincount(self.of_person[~self.known], minlength=len(sizes))
        return sizes, others, np.bincount(self.of_person, weights=self.minor) > 0

    def changes(self, values: NDArray[np.int64]) -> bool:
        """Say whether some person has two values."""
        person, values = self.person[self.order], values[self.order]
        return bool(((person[1:] == person[:-1]) & (values[1:] != values[:-1])).any())

    def fewest_covering(self, cells: _Cells, most: int) -> int | None:
        """Return how few values cover a class, or a place of a class; `most` or more is `most`."""
        of_row = self.of_person[self.person]
        places = of_row * (int(self.place.max(initial=0)) + 1) + self.place
        there = _encoded(pa.array(places))
        covers = [
            fewest_covering(sets, most)
            for keys, groups in ((self.person, of_row), (_pairs(self.person, there), there))
            for sets in _distinct_sets(keys, groups, cells, self.known[self.person])
        ]
        return min(covers, default=None)


def _one_text(table: pa.Table, columns: Iterable[str]) -> pa.Array:
    """Write each row's forms as one text that no other forms have."""
    parts = [pa.array([""] * table.num_rows, pa.string())]
    for name in columns:
        text = table.column(name).cast(pa.string()).combine_chunks()
        length = pc.cast(pc.utf8_length(text), pa.string())
        parts.append(pc.fill_null(pc.binary_join_element_wise(length, text, ":"), "-"))
    return pc.binary_join_element_wise(*parts, ",")


def _encoded(values: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Number values, NULL among them, in the order in which they come."""
    whole = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    indices = whole.dictionary_encode(null_encoding="encode").indices
    numbers: NDArray[np.int64] = indices.to_numpy().astype(np.int64)
    return numbers


def _lists(keys: NDArray[np.int64], values: NDArray[np.int64]) -> pa.Array:
    """Write for each key, ascending, the sorted values of its rows as one text."""
    order = np.lexsort((values, keys))
    offsets = np.append(_starts(keys[order]), len(keys)).astype(np.int32)
    texts = pa.array(values[order]).cast(pa.string())
    return pc.binary_join(pa.ListArray.from_arrays(pa.array(offsets), texts), ",")


def _starts(ordered: NDArray[np.int64]) -> NDArray[np.int64]:
    fresh = np.ones(len(ordered), dtype=bool)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return np.flatnonzero(fresh)


def _pairs(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    return first * (int(second.max(initial=0)) + 1) + second


def _distinct_sets(
    keys: NDArray[np.int64],
    groups: NDArray[np.int64],
    cells: _Cells,
    known: NDArray[np.bool_],
) -> Iterable[list[frozenset[str]]]:
    """Return for each group the distinct known sets of its members; rows of one key are one.

    Whoever the recipient knows has no part in them.
    """
    order = np.argsort(keys, kind="stable")
    of_member = groups[order][_starts(keys[order])]
    texts = _lists(keys, np.where(known, len(cells.values), cells.of_rows))
    values = [*cells.values, frozenset[str]()]
    found = pa.table({"group": of_member, "cells": texts}).group_by(["group", "cells"])
    by_group: dict[int, set[frozenset[str]]] = defaultdict(set)
    for pair in found.aggregate([]).to_pylist():
        numbers = map(int, pair["cells"].split(","))
        by_group[pair["group"]].add(frozenset[str]().union(*(values[n] for n in numbers)))
    return [[known for known in sets if known] for sets in by_group.values()]

"""The independent verifier of a file that has several rows for one person.

It shares nothing with the search and the classes but the declarations: people are grouped by the
released texts of all their rows, and how few values cover a class is counted set by set in plain
Python. Whose each row is isn't in the file where its tokens are left out; the gateway knows.

The rows go through buckets twice, so that no more than one bucket is looked at at once: first by
person, where each person's sequence is read off all of their rows (`recount_people`); then by
sequence, where each class lies in one bucket (`recount_classes`). A person whose rows lay in two
buckets would be counted twice, and then there are more people than promised; whatever buckets lose
or add is missed in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyarrow as pa

from anonymizers.form_levels import one_level
from anonymizers.promises import RecountError, check_columns, check_left_out, check_promises
from anonymizers.recount import Recount, check_sizes
from anonymizers.recount_classes import Cells, ClassCounts
from anonymizers.recount_covers import known_parts
from anonymizers.recount_people import CLASS, MINOR, PERSON, PeopleOfFile
from anonymizers.tallies import Texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from anonymizers.models import Model
    from anonymizers.promises import Rules

_READ = 0.6  # of the time in `finish`, when all people were read


class Buckets(Protocol):
    """Takes rows in any order, and gives them back bucket by bucket."""

    def add(self, rows: pa.Table) -> None:
        """Take some rows."""

    def finish(self) -> None:
        """Take no more."""

    def __iter__(self) -> Iterator[pa.Table]:
        """Yield the rows of each bucket, in one piece."""


BucketsBy = Callable[[str, int], Buckets]
"""Makes buckets: by a column of bytes, equal ones in one bucket; for about so many rows."""


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

    Memory: the distinct texts of each column, and one bucket.
    """

    def __init__(self, promised: SequenceRules, buckets: BucketsBy) -> None:
        """Begin with nothing counted.

        Args:
            promised: what the file promises.
            buckets: makes them; asked for by person, and by class.
        """
        self._promised, self._rules = promised, promised.rules
        self._watches = [promise.watch() for promise in promised.rules.promises]
        names = [*(rule.name for rule in self._rules.columns), *self._rules.model.l]
        self._texts = {name: Texts(f"text {name}") for name in names}
        self._make_buckets = buckets
        self._by_person = buckets(PERSON, self._rules.rows)
        self._rows = 0

    def add(self, table: pa.Table, minors: NDArray[np.bool_], people: pa.Array) -> None:
        """Count further rows.

        Args:
            table: some rows of the file, its columns as text; NULL where a value is NULL.
            minors: (rows,) which of them belong to a minor or to somebody of unknown age.
            people: (rows,) binary(16), whose each row is: roots, in the file's order.

        Raises:
            RecountError: a column isn't there once, or there are more or fewer rows than people.
        """
        check_columns(table, self._rules)
        if not table.num_rows == len(minors) == len(people):
            raise RecountError("rows")
        for promise, watch in zip(self._rules.promises, self._watches, strict=True):
            watch.see(table.column(promise.column))
        codes = {texts.key: texts.codes(table.column(name)) for name, texts in self._texts.items()}
        self._by_person.add(pa.table({PERSON: people, MINOR: minors, **codes}))
        self._rows += table.num_rows

    def finish(self, progress: Callable[[float], None] | None = None) -> Recount:
        """Return what was counted: sizes of classes in people, `rows` in rows.

        `distinct_l` is the fewest values that cover a class or a place of it, counted up to l.

        Args:
            progress: called with the share of the rows that is counted, 0 to 1.

        Raises:
            RecountError: the first promise that doesn't hold; `records` and `constant` besides
                those of every file.
        """
        promised, rules = self._promised, self._rules
        if self._rows != rules.rows:
            raise RecountError("rows")
        check_promises(rules, self._watches)
        if not self._rows:
            return Recount(0, 0, 0, None, dict.fromkeys(rules.model.l), 0, 0, rules.people, {})
        levels = {
            rule.name: one_level(self._texts[rule.name].known.to_pylist(), rule)
            for rule in rules.columns
        }
        seen, by_class = self._read_people(progress or _silent)
        _check_people(seen, promised)
        classes = self._count_classes(by_class, progress or _silent)
        if (classes.rows, classes.people) != (self._looked_at, promised.people):
            raise RecountError("rows")
        counted = Recount(
            rows=self._rows,
            classes=classes.classes,
            smallest_class=classes.smallest or 0,
            smallest_minor_class=classes.smallest_minor,
            unique=classes.unique,
            squares=classes.squares,
            distinct_l=dict(zip(rules.model.l, classes.fewest, strict=True)),
            suppressed=rules.people - promised.people,
            levels=levels,
            several=promised.people,
        )
        check_sizes(counted, rules.model)
        _check_l(counted, rules.model)
        return counted

    def _read_people(self, progress: Callable[[float], None]) -> tuple[_Seen, Buckets]:
        """Read each person's sequence, and put people, or their rows, into buckets by it."""
        forms = [self._texts[rule.name].key for rule in self._rules.columns]
        cells = [self._texts[name].key for name in self._rules.model.l]
        by_class = self._make_buckets(CLASS, self._looked_at)
        seen = _Seen(0, 0, 0, frozenset())
        self._by_person.finish()
        for rows in self._by_person:
            people = PeopleOfFile.of(rows, forms)
            by_class.add(people.by_class(seen.people, cells))
            changed = {
                name for name in self._promised.constant if people.changes(self._texts[name].key)
            }
            seen = seen.and_more(people, changed)
            progress(_READ * seen.rows / self._rows)
        by_class.finish()
        return seen, by_class

    @property
    def _looked_at(self) -> int:
        """How many rows classes are counted on: each person's, or one for each."""
        return self._rows if self._rules.model.l else self._promised.people

    def _count_classes(self, by_class: Buckets, progress: Callable[[float], None]) -> ClassCounts:
        cells = [self._cells(name) for name in self._rules.model.l]
        counted = ClassCounts(0, 0, 0, 0, 0, None, None, (None,) * len(cells))
        for rows in by_class:
            counted += ClassCounts.of(rows, cells)
            progress(_READ + (1 - _READ) * counted.people / self._promised.people)
        return counted

    def _cells(self, name: str) -> Cells:
        texts, separator = self._texts[name], self._rules.separators.get(name)
        nothing, cells = self._rules.says_nothing.get(name, ()), texts.known.to_pylist()
        values = [frozenset(known_parts(cell, separator, nothing)) for cell in cells]
        return Cells(texts.key, values, self._rules.model.l[name])


def _silent(counted: float) -> None:
    """Report to nobody."""


@dataclass(frozen=True)
class _Seen:
    """What was seen of people.

    Attributes:
        people, rows: how many; longest: rows of whoever has most.
        changed: columns that must not change within a person, and do.
    """

    people: int
    rows: int
    longest: int
    changed: frozenset[str]

    def and_more(self, people: PeopleOfFile, changed: set[str]) -> _Seen:
        """Return what was seen of these people as well."""
        return _Seen(
            self.people + people.count,
            self.rows + people.rows.num_rows,
            max(self.longest, int(people.lengths.max())),
            self.changed | changed,
        )


def _check_people(seen: _Seen, promised: SequenceRules) -> None:
    rules = promised.rules
    if (seen.people, seen.rows) != (promised.people, rules.rows):
        raise RecountError("rows")
    if seen.longest > promised.most:
        raise RecountError("records")
    check_left_out(seen.people, rules)
    for name in promised.constant:
        if name in seen.changed:
            raise RecountError("constant", name)


def _check_l(counted: Recount, model: Model) -> None:
    for name, fewest in counted.distinct_l.items():
        if fewest is not None and fewest < model.l[name]:
            raise RecountError("l", name)

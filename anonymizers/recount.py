"""The independent verifier: counts every promise again on a written file read back.

It looks at the file and the declarations, never at what the search held: rows are grouped by their
released text, by another engine, and levels are read off the text. So a mistake in packing, merging
or recoding shows here, before the file may leave.

What it has in common with the search, and so can't hold against it: the ladders, which say what a
form covers and who of a population has it; what counts as known, and what entropy, (c,l) and t are
(`diversity`, `spreads`; their tests hold them against sums written out); and what the search says
of itself, how many people it saw and left out, and for k-map on which levels the file stands.

A file is counted part by part: what is kept are the classes, and for each protected column the
values of each class, however many rows there are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from anonymizers.alike import count_alike
from anonymizers.form_levels import LEVELS
from anonymizers.measures.sizes import discernibility
from anonymizers.promises import RecountError, check_columns, check_left_out, check_promises
from anonymizers.recount_covers import FileSets, SetColumn, file_sets
from anonymizers.recount_values import ValueColumn, file_values
from anonymizers.tallies import MINORS, PEOPLE, FileTally, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from anonymizers.models import Model
    from anonymizers.promises import Rules
    from anonymizers.recount_values import FileValues


@dataclass(frozen=True)
class Recount:
    """What was counted on the file.

    Attributes:
        rows, classes: how many; smallest_class: people in the smallest class, 0 without rows.
        smallest_minor_class: of the classes that hold a minor; None where none does.
        distinct_l: for each column that l names, the fewest distinct known values of a class;
            None without rows. Where cells have several: the fewest that cover a class, counted up
            to l. entropy_l: the least entropy, as a number of equally common values.
        farthest_t: for each column that t names, the largest distance of a class to everybody.
        fewest_alike: people of the population who look like a class; None where it isn't asked.
        unique: people alone in their class; squares: sum of squared class sizes.
        suppressed: people whom the search saw and the file doesn't have.
        levels: for each quasi-identifier the finest level that explains all its forms; with
            local recoding every level that is the finest to explain one of them.
        several: people, where some have several rows; None where each row is one.
    """

    rows: int
    classes: int
    smallest_class: int
    smallest_minor_class: int | None
    distinct_l: Mapping[str, int | None]
    unique: int
    squares: int
    suppressed: int
    levels: Mapping[str, tuple[str, ...]]
    entropy_l: Mapping[str, float | None] = field(default_factory=dict)
    farthest_t: Mapping[str, float | None] = field(default_factory=dict)
    fewest_alike: int | None = None
    several: int | None = None

    @property
    def people(self) -> int:
        """People in the file."""
        return self.rows if self.several is None else self.several


class Recounter:
    """Counts k, l, minors, levels and suppression on a file that is read back part by part.

    Guarantee: every class of equal released forms has k people, k of minors where one of them
    is a minor, and as many people of the population who look like it as k-map asks; the values of
    each protected column satisfy l, entropy, (c,l) and t in every class. Each quasi-identifier
    stands on one level between floor and ceiling, or with local recoding each of its forms on some
    level between them; no more people are left out than allowed.

    Does not protect: that the rows are the people they should be, or that what l and t left out
    was counted rightly, can't be seen on the file; nor how values are spread over everybody, which
    the rules say.
    """

    def __init__(self, rules: Rules) -> None:
        """Begin with nothing counted.

        Args:
            rules: what the file promises.
        """
        self._rules = rules
        self._watches = [promise.watch() for promise in rules.promises]
        self._quasi_identifiers = [rule.name for rule in rules.columns]
        # For each protected column its values class by class; the classes alone where there are
        # none. What is counted of classes is summed from the first.
        by_value = [[*self._quasi_identifiers, name] for name in rules.model.sensitive]
        self._tally = FileTally(*(by_value or [self._quasi_identifiers]))

    def add(self, table: pa.Table, minors: NDArray[np.bool_]) -> None:
        """Count further rows.

        Args:
            table: some rows of the file, its columns as text; NULL where a value is NULL.
            minors: (rows,) who of them is a minor or of unknown age.

        Raises:
            RecountError: a column isn't there once, or there are more or fewer rows than marks.
        """
        check_columns(table, self._rules)
        if table.num_rows != len(minors):
            raise RecountError("rows")
        for promise, watch in zip(self._rules.promises, self._watches, strict=True):
            watch.see(table.column(promise.column))
        self._tally.add(table, minors)

    def finish(self) -> Recount:
        """Return what was counted on all parts.

        Raises:
            RecountError: the first promise that doesn't hold.
        """
        rules, rows, model = self._rules, self._tally.rows, self._rules.model
        if rows != rules.rows:
            raise RecountError("rows")
        check_left_out(rows, rules)
        check_promises(rules, self._watches)
        explain = LEVELS[rules.recoding]
        levels = {
            rule.name: explain(self._tally.texts(rule.name).to_pylist(), rule)
            for rule in rules.columns
        }
        classes = self._classes()
        people = classes[PEOPLE].to_numpy()
        held = people[classes[MINORS].to_numpy() > 0]
        places = {name: place for place, name in enumerate(model.sensitive)}
        several = places.keys() & rules.separators.keys()
        sets = {name: self._sets(places[name], name) for name in several}
        values = {name: self._values(places[name], name) for name in places.keys() - several}
        diverse: dict[str, FileValues | FileSets] = {**values, **sets}
        counted = Recount(
            rows=rows,
            classes=len(people),
            smallest_class=int(people.min()) if len(people) else 0,
            smallest_minor_class=int(held.min()) if len(held) else None,
            unique=int((people == 1).sum()),
            squares=discernibility(people),
            distinct_l={name: diverse[name].fewest for name in model.l},
            suppressed=rules.people - rows,
            levels=levels,
            entropy_l={name: values[name].entropy_l for name in model.entropy},
            farthest_t={name: values[name].farthest(model) for name in model.t},
            fewest_alike=self._fewest_alike(classes),
        )
        check_sizes(counted, model)
        if model.k_map is not None and rows and (counted.fewest_alike or 0) < model.k_map:
            raise RecountError("k-map")
        for name in places:
            for rule in diverse[name].broken(model):
                raise RecountError(rule, name)
        return counted

    def _classes(self) -> pa.Table:
        """Sum counts by class."""
        keys = self._tally.keys(self._quasi_identifiers)
        return summed(self._tally.counts(0), keys, PEOPLE, MINORS)

    def _sets(self, number: int, name: str) -> FileSets:
        rules, nothing = self._rules, self._rules.says_nothing.get(name, ())
        column = SetColumn(name, rules.separators[name], rules.model.l[name], nothing)
        return file_sets(self._tally, number, self._quasi_identifiers, column)

    def _values(self, number: int, name: str) -> FileValues:
        reference = self._rules.references.get(name)
        nothing = self._rules.says_nothing.get(name, ())
        column = ValueColumn(name, reference, nothing)
        values = file_values(self._tally, number, self._quasi_identifiers, column)
        if values is None or (name in self._rules.model.t and reference is None):
            raise RecountError("t", name)
        return values

    def _fewest_alike(self, classes: pa.Table) -> int | None:
        population, likeness = self._rules.population, self._rules.likeness
        if population is None or not classes.num_rows:
            return None
        forms = {
            name: self._tally.texts(name).take(
                classes[self._tally.keys([name])[0]].combine_chunks()
            )
            for name in likeness
        }
        return int(count_alike(forms, population, likeness).min())


def recount(table: pa.Table, minors: NDArray[np.bool_], rules: Rules) -> Recount:
    """Count a file that was read back in one piece; see `Recounter`.

    Raises:
        RecountError: the first promise that doesn't hold.
    """
    recounter = Recounter(rules)
    recounter.add(table, minors)
    return recounter.finish()


def measure_k(table: pa.Table, columns: Sequence[str]) -> int:
    """Return the people in the smallest class over these columns; 0 for an empty table."""
    return int(class_sizes(table, columns).min(initial=table.num_rows))


def class_sizes(table: pa.Table, columns: Sequence[str]) -> NDArray[np.int64]:
    """Return the rows of each class of equal values; NULL is a value of its own."""
    tally = FileTally(columns)
    tally.add(table, np.zeros(table.num_rows, np.bool_))
    sizes: NDArray[np.int64] = tally.counts(0)[PEOPLE].to_numpy()
    return sizes


def check_sizes(counted: Recount, model: Model) -> None:
    """Raise unless every class has k people, and k of minors where it holds one."""
    if counted.rows and counted.smallest_class < model.k:
        raise RecountError("k")
    held = counted.smallest_minor_class
    if model.k_minors is not None and held is not None and held < model.k_minors:
        raise RecountError("k-minors")

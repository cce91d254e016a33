"""The independent verifier: counts every promise again on a written file read back.

It shares nothing with the search but the declarations: rows are grouped by their released text,
by another engine, and levels are read off the text. So a mistake in packing, merging or recoding
shows here, before the file may leave.

A file is counted part by part: what is kept are the classes, and for each protected column the
values of each class, however many rows there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from anonymizers.diversity import known_values
from anonymizers.ladders.base import TOP
from anonymizers.tallies import MINORS, PEOPLE, FileTally, summed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from anonymizers.ladders.base import Ladder
    from anonymizers.models import Model
    from anonymizers.partitions import Recoding
    from anonymizers.transforms.watches import Promise, Watch

_KNOWN = "known"


class RecountError(Exception):
    """The file doesn't keep a promise: it must not leave; report the rule to the developers.

    Attributes:
        rule: `columns`, `rows`, `suppressed`, `level`, `k`, `k-minors`, `l`, `token`, or the
            action of a transform; `records` or `constant` of a file with several rows for one
            person.
        column: the column it is about, where there is one.
    """

    def __init__(self, rule: str, column: str | None = None) -> None:
        """Name the rule and the column, never a value."""
        where = "" if column is None else f" for column {column!r}"
        super().__init__(f"the written file breaks the rule {rule!r}{where}; it must not leave")
        self.rule, self.column = rule, column


@dataclass(frozen=True)
class ColumnRule:
    """On which levels a quasi-identifier may be released.

    Attributes:
        name: the column in the file.
        ladder: says from declarations on which levels a form stands.
        floor, ceiling: finest and coarsest level allowed.
    """

    name: str
    ladder: Ladder
    floor: str
    ceiling: str

    @property
    def allowed(self) -> tuple[str, ...]:
        """The levels from floor to ceiling."""
        levels = self.ladder.levels
        return levels[levels.index(self.floor) : levels.index(self.ceiling) + 1]


@dataclass(frozen=True)
class Rules:
    """What a written file promises.

    Attributes:
        model: the protection; its l names the sensitive columns.
        columns: one rule for each quasi-identifier.
        people: whom the search saw; left_out_by_search: whom it left out.
        rows: how many the file must have.
        recoding: whether each column stands on one level, or each form on any allowed one.
        promises: of columns that were changed or pseudonymized.
    """

    model: Model
    columns: tuple[ColumnRule, ...]
    people: int
    left_out_by_search: int
    rows: int
    recoding: Recoding = "full-domain"
    promises: tuple[Promise, ...] = ()


@dataclass(frozen=True)
class Recount:
    """What was counted on the file.

    Attributes:
        rows, classes: how many; smallest_class: people in the smallest class, 0 without rows.
        smallest_minor_class: of the classes that hold a minor; None where none does.
        distinct_l: for each column that l names, the fewest distinct known values of a class;
            None without rows.
        suppressed: people whom the search saw and the file doesn't have.
        levels: for each quasi-identifier the finest level that explains all its forms; with
            local recoding every level that is the finest to explain one of them.
    """

    rows: int
    classes: int
    smallest_class: int
    smallest_minor_class: int | None
    distinct_l: Mapping[str, int | None]
    suppressed: int
    levels: Mapping[str, tuple[str, ...]]


class Recounter:
    """Counts k, l, minors, levels and suppression on a file that is read back part by part.

    Guarantee: every class of equal released forms has k people, k of minors where one of them
    is a minor, and l distinct known values of each protected column; each quasi-identifier
    stands on one level between floor and ceiling, or with local recoding each of its forms on
    some level between them; no more people are left out than allowed.

    Does not protect: that the rows are the people they should be, or that what l left out was
    counted rightly, can't be seen on the file.
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
        by_value = [[*self._quasi_identifiers, name] for name in rules.model.l]
        self._tally = FileTally(*(by_value or [self._quasi_identifiers]))

    def add(self, table: pa.Table, minors: NDArray[np.bool_]) -> None:
        """Count further rows.

        Args:
            table: some rows of the file, its columns as text; NULL where a value is NULL.
            minors: (rows,) who of them is a minor or of unknown age.

        Raises:
            RecountError: a column isn't there once, or there are more or fewer rows than minors.
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
        rules, rows = self._rules, self._tally.rows
        _check_rows(rows, rules)
        check_promises(rules, self._watches)
        explain = _LEVELS[rules.recoding]
        levels = {
            rule.name: explain(self._tally.texts(rule.name).to_pylist(), rule)
            for rule in rules.columns
        }
        classes = self._classes(self._tally.counts(0), PEOPLE, MINORS)
        people = classes[PEOPLE].to_numpy()
        held = people[classes[MINORS].to_numpy() > 0]
        counted = Recount(
            rows=rows,
            classes=len(people),
            smallest_class=int(people.min()) if len(people) else 0,
            smallest_minor_class=int(held.min()) if len(held) else None,
            distinct_l={name: self._fewest(n, name) for n, name in enumerate(rules.model.l)},
            suppressed=rules.people - rows,
            levels=levels,
        )
        _check_model(counted, rules.model)
        return counted

    def _classes(self, counts: pa.Table, *sums: str) -> pa.Table:
        """Sum counts by class."""
        return summed(counts, self._tally.keys(self._quasi_identifiers), *sums)

    def _fewest(self, number: int, name: str) -> int | None:
        """Return the fewest distinct known values of a protected column that a class has."""
        counts = self._tally.counts(number)
        (codes,) = self._tally.keys([name])
        known = known_values(self._tally.texts(name)).take(counts[codes])
        flagged = counts.append_column(_KNOWN, known.cast(pa.int64()))
        fewest: int | None = pc.min(self._classes(flagged, _KNOWN)[_KNOWN]).as_py()
        return fewest


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


def check_columns(table: pa.Table, rules: Rules) -> None:
    """Raise unless every column that the rules name is there, once."""
    promised = (promise.column for promise in rules.promises)
    for name in (*(rule.name for rule in rules.columns), *rules.model.l, *promised):
        if table.column_names.count(name) != 1:
            raise RecountError("columns", name)


def check_promises(rules: Rules, watches: Sequence[Watch]) -> None:
    """Raise unless what was seen of each changed column is as it was promised."""
    for promise, watch in zip(rules.promises, watches, strict=True):
        if not watch.holds():
            raise RecountError(promise.rule, promise.column)


def _check_rows(rows: int, rules: Rules) -> None:
    """Hold the file's rows against the people seen, and those left out against the limit."""
    if rows != rules.rows:
        raise RecountError("rows")
    left_out_later = rules.people - rules.rows - rules.left_out_by_search
    by_l_later = bool(rules.model.l) and rules.model.levels_by == "k"
    if left_out_later < 0 or (left_out_later > 0 and not by_l_later):
        raise RecountError("suppressed")
    if not 0 <= rules.left_out_by_search <= rules.model.max_suppressed(rules.people):
        raise RecountError("suppressed")


def _check_model(counted: Recount, model: Model) -> None:
    if counted.rows and counted.smallest_class < model.k:
        raise RecountError("k")
    held = counted.smallest_minor_class
    if model.k_minors is not None and held is not None and held < model.k_minors:
        raise RecountError("k-minors")
    for name, distinct in counted.distinct_l.items():
        if distinct is not None and distinct < model.l[name]:
            raise RecountError("l", name)


def one_level(forms: Sequence[str | None], rule: ColumnRule) -> tuple[str, ...]:
    """Return the finest allowed level on which every form of the column stands.

    NULL stands on every level below `*`; a suppressed place is `*` on all levels, so a column of
    nothing else stands on the coarsest.
    """
    common, found = set(rule.allowed), list(forms)
    for form in found:
        common &= _levels_with(rule.ladder, form)
    for level in reversed(rule.allowed) if found == [TOP] else rule.allowed:
        if level in common:
            return (level,)
    raise RecountError("level", rule.name)


def _some_levels(forms: Sequence[str | None], rule: ColumnRule) -> tuple[str, ...]:
    """Return the finest allowed level of each form, the finest of them first."""
    used = {one_level([form], rule)[0] for form in forms}
    return tuple(level for level in rule.allowed if level in used)


_LEVELS = {"full-domain": one_level, "local": _some_levels}


def _levels_with(ladder: Ladder, form: str | None) -> set[str]:
    return {*ladder.levels} - {TOP} if form is None else {*ladder.levels_with(form)}

"""What a written file promises, which the recount holds it to, and how a broken promise is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from anonymizers.alike import Likeness
    from anonymizers.ladders.base import Ladder
    from anonymizers.models import Model
    from anonymizers.partitions import Recoding
    from anonymizers.populations import Population
    from anonymizers.references import Reference
    from anonymizers.transforms.watches import Promise, Watch


class RecountError(Exception):
    """The file doesn't keep a promise: it must not leave; report the rule to the developers.

    Attributes:
        rule: `columns`, `rows`, `suppressed`, `level`, `k`, `k-minors`, `k-map`, `l`, `entropy`,
            `recursive`, `t`, `token`, or the action of a transform; `records` or `constant` of
            a file with several rows for one person.
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
        model: the protection.
        columns: one rule for each quasi-identifier.
        people: whom the search saw; left_out_by_search: whom it left out.
        rows: how many the file must have.
        recoding: whether each column stands on one level, or each form on any allowed one.
        promises: of columns that were changed or pseudonymized.
        references: for each column that t names, how its values are spread over everybody.
        population: for k-map, with how the columns that file and population share look alike.
        separators: between the codes of a cell, for columns with several that l names.
        says_nothing: values of a column that count as unknown, besides those that always do.
    """

    model: Model
    columns: tuple[ColumnRule, ...]
    people: int
    left_out_by_search: int
    rows: int
    recoding: Recoding = "full-domain"
    promises: tuple[Promise, ...] = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    population: Population | None = None
    likeness: Mapping[str, Likeness] = field(default_factory=dict)
    separators: Mapping[str, str] = field(default_factory=dict)
    says_nothing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def check_columns(table: pa.Table, rules: Rules) -> None:
    """Raise unless every column that the rules name is there, once."""
    promised = (promise.column for promise in rules.promises)
    for name in (*(rule.name for rule in rules.columns), *rules.model.sensitive, *promised):
        if table.column_names.count(name) != 1:
            raise RecountError("columns", name)


def check_promises(rules: Rules, watches: Sequence[Watch]) -> None:
    """Raise unless what was seen of each changed column is as it was promised."""
    for promise, watch in zip(rules.promises, watches, strict=True):
        if not watch.holds():
            raise RecountError(promise.rule, promise.column)


def check_left_out(people: int, rules: Rules) -> None:
    """Raise where the file lacks people whom neither the search nor l may leave out.

    Args:
        people: in the file.
        rules: whom the search saw, and whom it says it left out.
    """
    left_out_later = rules.people - people - rules.left_out_by_search
    by_l_later = bool(rules.model.sensitive) and rules.model.levels_by == "k"
    if left_out_later < 0 or (left_out_later > 0 and not by_l_later):
        raise RecountError("suppressed")
    if not 0 <= rules.left_out_by_search <= rules.model.max_suppressed(rules.people):
        raise RecountError("suppressed")

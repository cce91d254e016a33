"""Quality rules as queries: each finds, in a load's staged records, the rows that break it.

A query looks at the load's own records and, for plausibility over time, at those that the same
contributor gave before. Nothing of others is read, so that nothing of them can be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gateway.lake.engine import literal, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from policies.documents import DatasetDocument, QualityRule
    from policies.documents.quality import ConditionDocument

FEWEST_PERIODS = 3
"""From how many periods on it can be said what is usual."""


@dataclass(frozen=True)
class Looked:
    """What a rule is looked at in.

    Attributes:
        stage: the temporary table of the load's records.
        earlier: a query of `weir_record` and all columns of the contributor's own records before
            this load, without those that it replaces; None where there are none.
    """

    stage: str
    earlier: str | None
    document: DatasetDocument


def rows_query(rule: QualityRule, looked: Looked) -> str:
    """Return the query of `weir_file` and `weir_row` that break a rule, in the file's order."""
    return _QUERIES[rule.check](rule, looked) + " ORDER BY weir_file, weir_row"


def gaps_query(rule: QualityRule, looked: Looked) -> str | None:
    """Return the query of one row beside each gap in time; None for rules that ask for none."""
    if rule.plausible is None:
        return None
    step = f"INTERVAL 1 {rule.plausible.by}"
    return (
        f"{_periods(rule, looked)}, steps AS (SELECT period, lag(period) OVER (ORDER BY period) "
        f"AS before FROM periods), gaps AS (SELECT period, before FROM steps "
        f"WHERE before + {step} < period AND (SELECT count(*) FROM periods) >= {FEWEST_PERIODS}), "
        "firsts AS (SELECT period, min({'file': weir_file, 'row': weir_row}) AS place FROM mine "
        "GROUP BY period), "
        "places AS (SELECT coalesce(f.place, b.place) AS place FROM gaps "
        "LEFT JOIN firsts f ON f.period = gaps.period "
        "LEFT JOIN firsts b ON b.period = gaps.before) "
        "SELECT place.file AS weir_file, place.row AS weir_row FROM places WHERE place IS NOT NULL "
        "ORDER BY ALL"
    )


def _order(rule: QualityRule, looked: Looked) -> str:
    first, second = map(quoted, rule.order or ())
    return _where(looked, f"{first} > {second}")


def _between(rule: QualityRule, looked: Looked) -> str:
    assert rule.between is not None  # noqa: S101 - it is this check
    name, limits = quoted(rule.between.column), []
    if rule.between.first is not None:
        limits.append(f"{name} < {_limit(rule.between.first)}")
    if rule.between.last is not None:
        limits.append(f"{name} > {_limit(rule.between.last)}")
    return _where(looked, " OR ".join(limits))


def _requires(rule: QualityRule, looked: Looked) -> str:
    assert rule.requires is not None  # noqa: S101 - it is this check
    when = _holds(rule.requires.when, looked)
    return _where(looked, f"{when} AND NOT {_holds(rule.requires.then, looked)}")


def _holds(condition: ConditionDocument, looked: Looked) -> str:
    name = quoted(condition.column)
    if condition.among is None:
        return f"({name} IS NOT NULL)" if condition.filled else f"({name} IS NULL)"
    listed = ", ".join(map(literal, condition.among))
    separator = looked.document.columns[condition.column].multiple
    if separator is None:
        return f"coalesce(CAST({name} AS VARCHAR) IN ({listed}), false)"
    parts = f"list_transform(string_split({name}, {literal(separator)}), lambda part: trim(part))"
    return f"coalesce(list_has_any({parts}, [{listed}]), false)"


def _consistent(rule: QualityRule, looked: Looked) -> str:
    """Compare an age with the whole years from birth to a day; one of 29 February is 1 March's."""
    assert rule.consistent is not None  # noqa: S101 - it is this check
    age, birth, on = (
        quoted(name) for name in (rule.consistent.age, rule.consistent.birth, rule.consistent.on)
    )
    had = f"(month({on}) * 100 + day({on}) >= month({birth}) * 100 + day({birth}))"
    years = f"(year({on}) - year({birth}) - CASE WHEN {had} THEN 0 ELSE 1 END)"
    return _where(looked, f"abs({age} - {years}) > {rule.consistent.within:d}")


def _complete(rule: QualityRule, looked: Looked) -> str:
    assert rule.complete is not None  # noqa: S101 - it is this check
    name = quoted(rule.complete.column)
    share = f"(SELECT count({name}) < {rule.complete.at_least!r} * count(*) FROM {looked.stage})"
    return _where(looked, f"{name} IS NULL AND {share}")


def _unique(rule: QualityRule, looked: Looked) -> str:
    names = [quoted(name) for name in rule.unique or ()]
    filled = " AND ".join(f"{name} IS NOT NULL" for name in names)
    later = f"row_number() OVER (PARTITION BY {', '.join(names)} ORDER BY weir_file, weir_row) > 1"
    return f"{_where(looked, filled)} QUALIFY {later}"


def _plausible(rule: QualityRule, looked: Looked) -> str:
    assert rule.plausible is not None  # noqa: S101 - it is this check
    return (
        f"{_periods(rule, looked)}, usual AS (SELECT median(records) AS middle, count(*) AS known "
        "FROM periods) SELECT weir_file, weir_row FROM mine JOIN periods USING (period), usual "
        f"WHERE known >= {FEWEST_PERIODS} AND records > {rule.plausible.at_most!r} * middle"
    )


def _periods(rule: QualityRule, looked: Looked) -> str:
    """Return the beginning of a query: `mine`, each row's period; `periods`, records of each."""
    assert rule.plausible is not None  # noqa: S101 - it is this check
    name = quoted(rule.plausible.column)
    period = f"date_trunc({literal(rule.plausible.by)}, {name}) AS period"
    earlier = (
        ""
        if looked.earlier is None
        else f" UNION ALL SELECT {period} FROM ({looked.earlier}) WHERE {name} IS NOT NULL"
    )
    return (
        f"WITH mine AS (SELECT weir_file, weir_row, {period} FROM {looked.stage} "
        f"WHERE {name} IS NOT NULL), periods AS (SELECT period, count(*) AS records FROM "
        f"(SELECT period FROM mine{earlier}) GROUP BY period)"
    )


def _where(looked: Looked, condition: str) -> str:
    return f"SELECT weir_file, weir_row FROM {looked.stage} WHERE {condition}"


def _limit(limit: int | Decimal | date) -> str:
    return f"DATE {literal(limit.isoformat())}" if isinstance(limit, date) else f"({limit})"


_QUERIES: Mapping[str, Callable[[QualityRule, Looked], str]] = {
    "order": _order,
    "requires": _requires,
    "complete": _complete,
    "unique": _unique,
    "between": _between,
    "plausible": _plausible,
    "consistent": _consistent,
}

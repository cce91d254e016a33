"""Lint of the columns that a policy changes: amounts, dates and codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.ladders.base import OTHER
from anonymizers.transforms.catalogue import TRANSFORMS
from anonymizers.transforms.noise import MOST_UNITS
from policies.documents.transforms import (
    LimitRule,
    MicroaggregateRule,
    NoiseRule,
    RandomizeRule,
    RoundRule,
    SetsRule,
    TransformRule,
)
from policies.reasons import Reason
from policies.transforms import OffScaleError, bounds_of, column_grid, units_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from decimal import Decimal

    from policies.documents import ColumnDocument, ColumnRule, DatasetDocument, ExtractDocument

SMALLEST_GROUP = 2


def is_by_value(rule: ColumnRule) -> bool:
    """Answer whether equal values leave in equal forms: then l can be counted on them."""
    return rule.keep is not None or (rule.change is not None and TRANSFORMS[rule.action].by_value)


def leaves_sets(name: str, extract: ExtractDocument, dataset: DatasetDocument) -> bool:
    """Answer whether a column leaves with several codes in a cell."""
    column, rule = dataset.columns.get(name), extract.columns.get(name)
    if column is None or rule is None or column.multiple is None:
        return False
    return rule.change is None or TRANSFORMS[rule.action].keeps_sets


def transform_errors(
    name: str, rule: TransformRule, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    """Yield why a transform can't change a column, or wouldn't."""
    action, column = extract.columns[name].action, dataset.columns[name]
    path, types = f"extract.columns.{name}.{action}", TRANSFORMS[action].types
    if column.type not in types:
        params = {"path": path, "column": name, "action": action, "type": column.type}
        yield Reason("action-not-for-type", {**params, "allowed": ", ".join(types)})
    elif TRANSFORMS[action].one_record_each and extract.max_records_per_person > 1:
        yield Reason("one-record-only", {"path": path, "column": name, "action": action})
    elif isinstance(rule, RoundRule):
        yield from _base_errors(path, name, rule, column)
    elif isinstance(rule, LimitRule):
        yield from _limit_errors(path, name, rule, column)
    elif isinstance(rule, NoiseRule):
        yield from _noise_errors(path, name, rule, column)
    elif isinstance(rule, MicroaggregateRule):
        yield from _group_errors(path, name, rule, extract.protect.k)
    elif isinstance(rule, RandomizeRule):
        yield from _code_errors(path, name, rule, column)
    elif isinstance(rule, SetsRule):
        yield from _set_errors(path, name, rule, column, extract.protect.k)


def shift_errors(extract: ExtractDocument) -> Iterator[Reason]:
    """Yield where one person's dates would move by different numbers of days."""
    days = [(name, r.shift_dates.days) for name, r in extract.columns.items() if r.shift_dates]
    for name, longest in days[1:]:
        other, wanted = days[0]
        if longest != wanted:
            params = {"path": f"extract.columns.{name}.shift_dates.days", "column": name}
            yield Reason("shifts-differ", {**params, "other": other, "days": str(wanted)})


def transform_warnings(extract: ExtractDocument) -> Iterator[Reason]:
    """Yield what the transforms of a policy don't protect."""
    for name, rule in extract.columns.items():
        params = {"path": f"extract.columns.{name}", "column": name}
        if rule.noise is not None or rule.randomize is not None:
            yield Reason("noise-no-guarantee", params)
        if rule.microaggregate is not None:
            yield Reason("means-compared", params)
        if rule.swap is not None:
            yield Reason("swapped-anew", params)
    shifted = [name for name, rule in extract.columns.items() if rule.shift_dates is not None]
    if shifted:
        params = {"path": f"extract.columns.{shifted[0]}", "columns": ", ".join(shifted)}
        yield Reason("intervals-stay", params)


def joining_warnings(extract: ExtractDocument) -> Iterator[Reason]:
    """Yield columns that join files by themselves, where tokens are there not to be joined."""
    joining = [
        name
        for name, rule in extract.columns.items()
        if rule.change is not None and TRANSFORMS[rule.action].joins_files
    ]
    tokens = any(rule.pseudonymize is not None for rule in extract.columns.values())
    if tokens and joining:
        params = {"path": f"extract.columns.{joining[0]}", "columns": ", ".join(joining)}
        yield Reason("values-join-files", params)


def _base_errors(path: str, name: str, rule: RoundRule, column: ColumnDocument) -> Iterator[Reason]:
    units = _units(rule.base, column)
    if units is None:
        yield _not_a_value(f"{path}.base", name, rule.base)
    elif units == 1:
        yield Reason("changes-nothing", {"path": path, "column": name})


def _limit_errors(
    path: str, name: str, rule: LimitRule, column: ColumnDocument
) -> Iterator[Reason]:
    units = {key: _units(edge, column) for key, edge in rule.edges.items()}
    unread = [key for key, edge in units.items() if edge is None]
    yield from (_not_a_value(f"{path}.{key}", name, rule.edges[key]) for key in unread)
    if unread:
        return
    bottom, top = units.get("bottom"), units.get("top")
    if bottom is not None and top is not None and bottom >= top:
        yield Reason("limits-backwards", {"path": path})
    elif not _cuts(bottom, top, column):
        yield Reason("changes-nothing", {"path": path, "column": name})


def _cuts(bottom: int | None, top: int | None, column: ColumnDocument) -> bool:
    """Answer whether some value within the column's bounds lies beyond a limit."""
    first, last = bounds_of(column)
    below = bottom is not None and (first is None or first < bottom)
    return below or (top is not None and (last is None or top < last))


def _noise_errors(
    path: str, name: str, rule: NoiseRule, column: ColumnDocument
) -> Iterator[Reason]:
    first, last = bounds_of(column)
    if first is None or last is None:
        yield Reason("noise-without-bounds", {"path": path, "column": name})
        return
    units, most = _units(rule.scale, column), min(last - first, MOST_UNITS)
    if units is None:
        yield _not_a_value(f"{path}.scale", name, rule.scale)
    elif units > most:
        limit = column_grid(column).text(most)
        yield Reason("must-be-at-most", {"path": f"{path}.scale", "limit": limit})


def _group_errors(path: str, name: str, rule: MicroaggregateRule, k: int) -> Iterator[Reason]:
    least = max(k, SMALLEST_GROUP)
    if rule.k < least:
        params = {"path": f"{path}.k", "column": name, "k": str(rule.k), "least": str(least)}
        yield Reason("groups-too-small", params)


def _code_errors(
    path: str, name: str, rule: RandomizeRule, column: ColumnDocument
) -> Iterator[Reason]:
    if not column.codes or column.multiple is not None:
        yield Reason("randomize-without-codes", {"path": path, "column": name})
        return
    states = len({*column.codes, OTHER})
    if rule.chance * states <= 1:
        params = {"path": f"{path}.keep", "column": name, "states": str(states)}
        yield Reason("keep-below-chance", params)


def _set_errors(
    path: str, name: str, rule: SetsRule, column: ColumnDocument, k: int
) -> Iterator[Reason]:
    if column.multiple is None:
        yield Reason("sets-without-multiple", {"path": path, "column": name})
    if rule.k < k:
        params = {"path": f"{path}.k", "column": name, "k": str(rule.k), "least": str(k)}
        yield Reason("groups-too-small", params)


def _not_a_value(path: str, name: str, value: object) -> Reason:
    return Reason("not-a-value-of-column", {"path": path, "column": name, "value": str(value)[:80]})


def _units(value: int | Decimal | date, column: ColumnDocument) -> int | None:
    try:
        return units_of(value, column)
    except OffScaleError:
        return None

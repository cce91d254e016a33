"""What must hold between a dataset's quality rules and its columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from policies.documents.problems import nearest, suggested
from policies.reasons import Reason

if TYPE_CHECKING:
    from policies.documents.dataset import DatasetDocument
    from policies.documents.quality import ConditionDocument, QualityRule

DATES, NUMBERS = ("date", "timestamp"), ("integer", "decimal")
LISTABLE = ("string", "integer", "boolean")
APART = ("direct_identifier", "free_text")
"""Roles whose values the lake doesn't hold; of an identifier it knows whether two are the same."""

KEEPS_NOTHING = "free_text"
TYPES = MappingProxyType(
    {
        "order": (*DATES, *NUMBERS),
        "between": (*DATES, *NUMBERS),
        "plausible": DATES,
        "consistent.age": ("integer",),
        "consistent.birth": DATES,
        "consistent.on": DATES,
    },
)
_WHOLE = re.compile(r"0|-?[1-9][0-9]*")


def quality_problems(dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield rules that can't be looked at in the dataset, each with its place in the file."""
    names = [rule.rule for rule in dataset.quality]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Reason("named-twice", {"path": "quality", "value": name})
    for number, rule in enumerate(dataset.quality):
        path = f"quality[{number}]"
        unknown = tuple(_unknown_columns(path, rule, dataset))
        yield from unknown
        if not unknown:
            yield from _column_problems(path, rule, dataset)
            yield from _pair_problems(path, rule, dataset)
            yield from _condition_problems(path, rule, dataset)


def _unknown_columns(path: str, rule: QualityRule, dataset: DatasetDocument) -> Iterator[Reason]:
    for place, name in rule.named_columns():
        if name not in dataset.columns:
            like = suggested(name, tuple(dataset.columns))
            yield Reason("unknown-column", {"path": f"{path}.{place}", "column": name, **like})


def _column_problems(path: str, rule: QualityRule, dataset: DatasetDocument) -> Iterator[Reason]:
    for place, name in rule.named_columns():
        column = dataset.columns[name]
        types = TYPES.get(place, TYPES.get(rule.check, (column.type,)))
        if column.role == KEEPS_NOTHING:
            yield Reason("quality-kept-apart", {"path": f"{path}.{place}", "column": name})
        elif column.type not in types:
            params = {"path": f"{path}.{place}", "column": name, "allowed": ", ".join(types)}
            yield Reason("quality-type", params)


def _pair_problems(path: str, rule: QualityRule, dataset: DatasetDocument) -> Iterator[Reason]:
    if rule.order is not None:
        kinds = {dataset.columns[name].type in DATES for name in rule.order}
        if len(kinds) > 1:
            first, second = rule.order
            params = {"path": f"{path}.order", "column": first, "other": second}
            yield Reason("quality-not-alike", params)
    if rule.between is not None:
        limits = (rule.between.first, rule.between.last)
        dated = any(isinstance(limit, date) for limit in limits)
        if dated != (dataset.columns[rule.between.column].type in DATES):
            params = {"path": f"{path}.between", "column": rule.between.column}
            yield Reason("quality-limit-type", params)


def _condition_problems(path: str, rule: QualityRule, dataset: DatasetDocument) -> Iterator[Reason]:
    if rule.requires is not None:
        for key, condition in (("when", rule.requires.when), ("then", rule.requires.then)):
            yield from _value_problems(f"{path}.requires.{key}", condition, dataset)


def _value_problems(
    path: str, condition: ConditionDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    if condition.among is None:
        return
    column = dataset.columns[condition.column]
    if column.role in APART:
        yield Reason("quality-kept-apart", {"path": f"{path}.in", "column": condition.column})
    elif column.type not in LISTABLE:
        allowed = ", ".join(LISTABLE)
        params = {"path": f"{path}.in", "column": condition.column, "allowed": allowed}
        yield Reason("quality-type", params)
    elif column.codes or column.type == "boolean":
        known = column.codes or ("true", "false")
        for value in condition.among:
            if value not in known:
                params = {"path": f"{path}.in", "value": value[:80], "allowed": ", ".join(known)}
                yield Reason("not-one-of", {**params, "nearest": nearest(value, known)})
    elif column.type == "integer":
        odd = [value for value in condition.among if not _WHOLE.fullmatch(value)]
        yield from (Reason("expected-whole-number", {"path": f"{path}.in"}) for _ in odd)

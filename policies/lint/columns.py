"""Lint of a policy's columns: nothing leaves in a form its role doesn't allow."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from anonymizers.ladders.base import Ladder, LadderError
from anonymizers.ladders.catalogue import levels_of
from anonymizers.transforms.catalogue import TRANSFORMS
from policies.documents.dataset import PLACE_LADDERS
from policies.documents.problems import nearest, suggested
from policies.ladders import column_ladder
from policies.lint.sets import set_errors
from policies.lint.transforms import shift_errors, transform_errors
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import (
        CoarsenRule,
        DatasetDocument,
        ExtractDocument,
    )

CONTROL_ROLES = ("consent", "consent_end", "funding", "share_with", "share_for")

# What may happen to a column of each role, besides `drop`; and the rule that says why not.
ALLOWED = MappingProxyType(
    {
        "direct_identifier": (("pseudonymize",), "identifier-released"),
        "quasi_identifier": (("coarsen",), "quasi-identifier-unprotected"),
        "sensitive": (("keep", *TRANSFORMS), "action-not-for-role"),
        "insensitive": (("keep", *TRANSFORMS), "action-not-for-role"),
        "free_text": (("redact",), "free-text-released"),
        **dict.fromkeys(CONTROL_ROLES, ((), "control-column-released")),
    },
)

# The levels on which a place can be a village.
SMALL_PLACES = MappingProxyType(
    {
        "us-postcode": ("zip5", "zip3"),
        "us-county": ("county",),
        "city": ("city",),
        "point": levels_of("point")[:-1],
    },
)


def column_errors(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield what is wrong with the columns of an extract."""
    if all(rule.drop is not None for rule in extract.columns.values()):
        yield Reason("nothing-released", {"path": "extract.columns"})
    for name in extract.columns:
        path = f"extract.columns.{name}"
        if name not in dataset.columns:
            yield unknown_column(path, name, dataset)
        else:
            yield from _role_errors(path, name, extract, dataset)
    yield from shift_errors(extract)


def unknown_column(path: str, name: str, dataset: DatasetDocument) -> Reason:
    """Say that the dataset has no such column, and which one is nearest."""
    params = {"path": path, "column": name, **suggested(name, tuple(dataset.columns))}
    return Reason("unknown-column", params)


def _role_errors(
    path: str, name: str, extract: ExtractDocument, dataset: DatasetDocument
) -> Iterator[Reason]:
    role, rule = dataset.columns[name].role, extract.columns[name]
    allowed, why = ALLOWED[role]
    if rule.action not in (*allowed, "drop"):
        params = {"path": path, "column": name, "role": role}
        yield Reason(why, {**params, "allowed": ", ".join((*allowed, "drop"))})
    elif rule.change is not None:
        yield from transform_errors(name, rule.change, extract, dataset)
        yield from set_errors(name, rule, extract, dataset)
    elif rule.keep is not None:
        yield from _keep_errors(path, name, dataset)
    elif rule.coarsen is not None:
        yield from _coarsen_errors(f"{path}.coarsen", name, rule.coarsen, dataset)


def _keep_errors(path: str, name: str, dataset: DatasetDocument) -> Iterator[Reason]:
    # A free text in a column that is kept could name anybody, whatever its role says.
    column = dataset.columns[name]
    if column.type == "point":
        yield Reason("point-kept", {"path": path, "column": name})
    if column.type == "string" and not column.codes:
        yield Reason("keep-without-codes", {"path": path, "column": name})


def keep_warnings(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield which columns leave exactly: equal exact values join two files around tokens."""
    for name, rule in extract.columns.items():
        column = dataset.columns.get(name)
        if column and rule.keep is not None and column.type not in ("string", "boolean"):
            yield Reason("kept-exactly", {"path": f"extract.columns.{name}", "column": name})


def place_warnings(extract: ExtractDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    """Yield which small places leave by name: a village can be known by its one case."""
    for name, rule in extract.columns.items():
        column = dataset.columns.get(name)
        if column is None or rule.coarsen is None or rule.coarsen.min_population is not None:
            continue
        small = SMALL_PLACES.get(column.ladder or "", ())
        if small and (rule.coarsen.floor or small[0]) in small:
            path = f"extract.columns.{name}.coarsen"
            yield Reason("place-without-min-population", {"path": path, "column": name})


def places_warnings(extract: ExtractDocument) -> Iterator[Reason]:
    """Yield places whose floors hold by themselves: together they may mean fewer people."""
    floors = [
        name
        for name, rule in extract.columns.items()
        if rule.coarsen is not None and rule.coarsen.min_population is not None
    ]
    if len(floors) > 1:
        params = {"path": "extract.columns", "columns": ", ".join(floors)}
        yield Reason("places-together", params)


def _coarsen_errors(
    path: str, name: str, rule: CoarsenRule, dataset: DatasetDocument
) -> Iterator[Reason]:
    if rule.min_population is not None and dataset.columns[name].ladder not in PLACE_LADDERS:
        params = {"path": f"{path}.min_population", "column": name}
        yield Reason("min-population-not-places", {**params, "known": ", ".join(PLACE_LADDERS)})
    ladder = known_ladder(dataset, name)
    if ladder is not None:
        yield from _level_errors(path, rule, ladder)


def known_ladder(dataset: DatasetDocument, name: str) -> Ladder | None:
    """Return a column's ladder; None where there is none that works: lint_dataset tells why."""
    try:
        return column_ladder(dataset, name)
    except LadderError:
        return None


def _level_errors(path: str, rule: CoarsenRule, ladder: Ladder) -> Iterator[Reason]:
    floor, ceiling = rule.floor or ladder.levels[0], rule.ceiling
    unknown = [
        *unknown_level(f"{path}.from", floor, ladder),
        *unknown_level(f"{path}.to", ceiling, ladder),
    ]
    yield from unknown
    if not unknown and ladder.levels.index(floor) > ladder.levels.index(ceiling):
        yield Reason("floor-above-ceiling", {"path": path, "floor": floor, "ceiling": ceiling})


def unknown_level(path: str, level: str, ladder: Ladder) -> Iterator[Reason]:
    """Yield a reason when the ladder has no such level."""
    if level not in ladder.levels:
        levels, like = ", ".join(ladder.levels), nearest(level, ladder.levels)
        params = {"path": path, "level": level, "ladder": ladder.name, "levels": levels}
        yield Reason("unknown-level", {**params, "nearest": like})

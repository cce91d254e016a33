"""The oracle's own counting: who of the selected people may be released on which levels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

from tests.properties.history.asking import Permitted, passes
from tests.properties.history.consent import Product, permits
from tests.properties.history.forms import between, form, is_declared

if TYPE_CHECKING:
    from datetime import date

    from tests.properties.history.world import Key, Record, World

UNKNOWN = (None, "", "unknown", "other")
Levels = Mapping[str, str]


@dataclass(frozen=True)
class Made:
    """What an extract was made from: the day, the data it reads, the terms of that day."""

    day: date
    world: World
    ranks: Mapping[Key, int]


def may_be_in(permitted: Permitted, world: World, record: Record, today: date) -> bool:
    """Whether consent lets a record into this product, as things are in that world."""
    kind = world.partners[permitted.partner].kind
    product = Product(kind, permitted.purpose, permitted.needed)
    return permits(world, record, product, today)


def select(permitted: Permitted, made: Made) -> dict[str, Record]:
    """For each person who may be in the product the one record that stands for them."""
    chosen: dict[str, Record] = {}
    for key in sorted(made.world.records, key=lambda key: made.ranks[key]):
        record = made.world.records[key]
        dropped = not permitted.policy.minors_k and is_minor(permitted, record)
        if dropped or not passes(permitted, record):
            continue
        if may_be_in(permitted, made.world, record, made.day):
            chosen.setdefault(record.person, record)
    return chosen


def is_minor(permitted: Permitted, record: Record) -> bool:
    """Unknown age counts as minor; so does one out of the declared bounds."""
    declared = record.age is not None and is_declared(permitted.dataset, "age", record.age)
    return not declared or record.age < 18


def looks(permitted: Permitted, record: Record, levels: Levels) -> tuple[str | None, ...]:
    """The released forms of a record's quasi-identifiers."""
    return tuple(
        form(permitted.dataset, name, getattr(record, name), level)
        for name, level in levels.items()
    )


def stay(
    permitted: Permitted, people: Mapping[str, Record], levels: Levels, distinct: int
) -> set[str]:
    """Who stays on these levels: whole classes, their adults, or nobody."""
    classes: dict[tuple[str | None, ...], list[Record]] = defaultdict(list)
    for record in people.values():
        classes[looks(permitted, record, levels)].append(record)
    kept: set[str] = set()
    for members in classes.values():
        adults = [record for record in members if not is_minor(permitted, record)]
        k = permitted.policy.k if len(adults) == len(members) else permitted.policy.minors_k
        if len(members) >= k and _diverse(permitted, members, distinct):
            kept |= {record.person for record in members}
        elif len(adults) >= permitted.policy.k and _diverse(permitted, adults, distinct):
            kept |= {record.person for record in adults}
    return kept


def _diverse(permitted: Permitted, members: list[Record], distinct: int) -> bool:
    said = {form(permitted.dataset, "harm", record.harm, "exact") for record in members}
    return len(known(said)) >= distinct


def known(values: set[str | None]) -> set[str | None]:
    """The values that say something: NULL, unknown and other don't."""
    return {value for value in values if (value or "").strip().lower() not in UNKNOWN}


def searched(permitted: Permitted) -> int:
    """The l of the search itself."""
    return permitted.distinct if permitted.policy.levels_by == "all" else 0


def limit(permitted: Permitted, people: int) -> int:
    """How many people the search may leave out; never everybody."""
    return min(int(Fraction(permitted.policy.share) * people), people - 1)


def feasible(permitted: Permitted, people: Mapping[str, Record]) -> Iterator[Levels]:
    """Every choice of levels under which few enough people have to be left out."""
    names = permitted.protected
    for levels in product(*(between(name, *ends) for name, ends in names.items())):
        chosen = dict(zip(names, levels, strict=True))
        kept = stay(permitted, people, chosen, searched(permitted))
        if len(people) - len(kept) <= limit(permitted, len(people)):
            yield chosen


def may_be_impossible(permitted: Permitted, people: Mapping[str, Record]) -> bool:
    """Whether "nothing safe can be released" can be the right answer."""
    choices = list(feasible(permitted, people))
    return not choices or any(
        not stay(permitted, people, levels, permitted.distinct) for levels in choices
    )

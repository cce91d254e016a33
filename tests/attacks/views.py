"""What a partner can see of a home, many times: counted exactly once, noised afresh each time.

Below HTTP and below the kept answers, so that the noise of ten thousand askings can be looked at.
"""

from __future__ import annotations

import csv
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from anonymizers.noise.samplers import make_sampler
from gateway.aggregates.asking import permitted
from gateway.aggregates.preparing import prepared_for
from gateway.aggregates.tallying import Tallying
from gateway.context import open_context
from tests.conftest import FixedClock
from tests.counted_homes import HEADER, Counted, question
from tests.small_homes import NOON, copy_home

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from gateway.aggregates.questions import Question
    from policies.aggregates.components import Component
    from policies.reasons import Reason

SAMPLER = make_sampler("batch", os.urandom)


@dataclass(frozen=True)
class Seen:
    """A question over one home, counted exactly.

    Attributes:
        exact: of each component of the question its cells, Python integers.
    """

    question: Question
    tallying: Tallying
    exact: list[Any]

    @property
    def components(self) -> tuple[Component, ...]:
        """What the question is taken apart into."""
        return self.question.plan.components

    def price(self) -> float:
        """Return the epsilon of all components together."""
        return float(sum(part.price.epsilon or 0 for part in self.components))


def see(world: Counted, partner: str, *measures: Any, **asked: Any) -> Seen:
    """Count what a question asks, as a partner's policy lets it be counted."""
    _, put = permitted(world.context, partner, question(*measures, **asked))
    plan = put.plan
    tallying = Tallying(
        prepared_for(world.context, put), put.document, plan.max_records_per_person, plan.bounding
    )
    return Seen(put, tallying, tallying.exact(plan.components))


def views(one: Seen, other: Seen):
    """Return what draws the answers of two neighbours: (n, cells) each, for the auditor.

    Cells whose exact values are equal are left out: their noise is the same, and independent.
    """
    differing = [np.flatnonzero(a != b) for a, b in zip(one.exact, other.exact, strict=True)]
    assert one.question.plan.components == other.question.plan.components
    return tuple(_drawer(seen, differing) for seen in (one, other))


def _drawer(seen: Seen, cells: Sequence[Any]):
    def run(count):
        drawn = [
            noised(part, values[chosen].astype(np.int64), count)
            for part, values, chosen in zip(seen.components, seen.exact, cells, strict=True)
            if len(chosen)
        ]
        return np.concatenate(drawn, axis=1) if drawn else np.zeros((count, 1))

    return run


def noised(part: Component, values: Any, count: int) -> Any:
    """Return (count, cells) noisy values of some cells of a component."""
    return SAMPLER.draw(part.mechanism, count * len(values)).reshape(count, -1) + values


@contextmanager
def neighbours(
    folder: Path, template: Path, *victims: Sequence[Mapping[str, str]]
) -> Iterator[list[Counted]]:
    """Open a copy of a home for each of some people, with their records loaded into it.

    An empty list stands for nobody: that home gets the same number of loads.
    """
    with _opened(folder, template, len(victims)) as worlds:
        for world, rows in zip(worlds, victims, strict=True):
            world.load_rows([*rows, NOBODY])
        yield worlds


NOBODY = dict.fromkeys(HEADER, "") | {"person_id": "somebody-else", "consent": "none"}


@contextmanager
def _opened(folder: Path, template: Path, count: int) -> Iterator[list[Counted]]:
    if not count:
        yield []
        return
    here = folder / f"neighbour-{count}"
    here.mkdir()
    clock = FixedClock(NOON)
    with (
        open_context(copy_home(template, here), clock=clock) as context,
        _opened(folder, template, count - 1) as others,
    ):
        yield [*others, Counted(context, here, clock)]


def load_csv(
    world: Counted, dataset: str, rows: Sequence[Mapping[str, Any]], **terms: Any
) -> dict[str, Any]:
    """Load rows into any dataset of a home."""
    world.loads += 1
    file = world.folder / f"{dataset}-{world.loads}.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return world.load_file(file, dataset, **terms)


def rules(reasons: Sequence[Reason]) -> list[str]:
    """Return the rules of a refusal."""
    return [reason.rule for reason in reasons]

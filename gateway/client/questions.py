"""What is asked for: tables of aggregates, what they may cost, and how they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gateway.client.errors import MeasureError
from gateway.client.measures import named_start, read_key, read_measure
from gateway.client.where import read_conditions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.client.measures import Key, Keys, Measure, Measures
    from gateway.client.where import Where


@dataclass(frozen=True)
class Accuracy:
    """What a request costs: exactly one of three ways to say so.

    Attributes:
        way: `epsilon`, the price under pure differential privacy; `rho`, under zCDP;
            `half_width`, how wide the intervals of counts and sums may be.
        amount: above 0.
    """

    way: Literal["epsilon", "rho", "half_width"]
    amount: float


def accuracy(
    epsilon: float | None = None, rho: float | None = None, half_width: float | None = None
) -> Accuracy:
    """Return the one that was given.

    Raises:
        MeasureError: none, two, or one that is no number above 0.
    """
    ways = (
        ("epsilon", epsilon),
        ("rho", rho),
        ("half_width", half_width),
    )
    given = [Accuracy(way, amount) for way, amount in ways if amount is not None]  # type: ignore[arg-type]
    if len(given) != 1:
        raise MeasureError(
            "say what it may cost: exactly one of epsilon (such as 0.5), rho, or half_width "
            "(how wide the intervals may be, such as 10)"
        )
    amount: object = given[0].amount
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise MeasureError(f"{given[0].way} must be a number, such as 0.5; not {amount!r}")
    if not 0 < amount < float("inf"):
        raise MeasureError(f"{given[0].way} must be more than 0, and finite")
    return given[0]


@dataclass(frozen=True)
class Query:
    """One table.

    Attributes:
        name: within a batch; empty for a request of one.
        totals: whether totals over the keys are answered as well.
    """

    measures: tuple[Measure, ...]
    group_by: tuple[Key, ...] = ()
    where: tuple[Mapping[str, Any], ...] = ()
    totals: bool = False
    name: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that its rows are told apart by."""
        return tuple(key if isinstance(key, str) else str(key["column"]) for key in self.group_by)

    def place_of(self, measure: str) -> int:
        """Return which of its measures an answer's is, by its name; behind all where it's none."""
        named = measure + ":"
        asked = [named_start(one) for one in self.measures]
        return next((n for n, start in enumerate(asked) if named.startswith(start)), len(asked))

    def body(self) -> dict[str, Any]:
        """Return the table as the gateway reads it; what wasn't chosen isn't sent."""
        optional = {
            "name": self.name,
            "group_by": list(self.group_by),
            "where": [dict(one) for one in self.where],
            "totals": self.totals,
        }
        chosen = {name: value for name, value in optional.items() if value}
        return {"measures": list(self.measures), **chosen}


def query(
    measures: Measures,
    group_by: Keys = (),
    where: Where | None = None,
    *,
    totals: bool = False,
    name: str = "",
) -> Query:
    """Return a table, whichever way its measures, keys and filters were written.

    Raises:
        MeasureError: no measure at all, or something is none.
        WhereError: a filter can't be understood.
    """
    if isinstance(measures, str) or not measures:
        raise MeasureError("name at least one measure in a list, such as ['count_people']")
    return Query(
        tuple(read_measure(measure) for measure in measures),
        tuple(read_key(key) for key in ([group_by] if isinstance(group_by, str) else group_by)),
        tuple(read_conditions(where) or ()),
        totals,
        name,
    )


def read_query(written: Query | Mapping[str, Any]) -> Query:
    """Return a table of a batch, from the mapping that the contract names."""
    if isinstance(written, Query):
        return written
    unknown = set(written) - {"name", "measures", "group_by", "where", "totals"}
    if unknown:
        raise MeasureError(f"a query has no {', '.join(sorted(unknown))}")
    return query(
        written.get("measures", ()),
        written.get("group_by", ()),
        written.get("where"),
        totals=bool(written.get("totals", False)),
        name=str(written.get("name", "")),
    )


@dataclass(frozen=True)
class Question:
    """A request for aggregates: one table, or several that are priced and answered as one.

    Attributes:
        non_negative: whether values below 0 are shown as 0.
        clipped_share: whether a little is spent on how many records the bounds leave out.
    """

    dataset: str
    purpose: str
    queries: tuple[Query, ...]
    accuracy: Accuracy
    batch: bool = False
    non_negative: bool = False
    clipped_share: bool = False

    def body(self) -> dict[str, Any]:
        """Return the request as the gateway reads it."""
        asked = (
            {"queries": [one.body() for one in self.queries]}
            if self.batch
            else self.queries[0].body()
        )
        flags = {"non_negative": self.non_negative, "clipped_share": self.clipped_share}
        return {
            "dataset": self.dataset,
            "purpose": self.purpose,
            **asked,
            self.accuracy.way: self.accuracy.amount,
            **{name: True for name, on in flags.items() if on},
        }

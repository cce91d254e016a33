"""The guarantee of an answer: everything that NIST SP 800-226 asks a private release to state."""

from __future__ import annotations

from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING, Any

from anonymizers.accounting.charges import DELTA_UNITS
from anonymizers.noise.mechanisms import DiscreteLaplace
from gateway.aggregates.budgets import lifetime_of
from gateway.aggregates.numbers import Unit
from gateway.aggregates.rendering import consistent_measures

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from anonymizers.accounting.charges import Charge
    from gateway.aggregates.questions import Question
    from policies.aggregates.components import Component, MeasurePlan, Query
    from policies.documents import DatasetDocument

NAME = "differentially private aggregate"


def guarantee_of(question: Question, charges: Sequence[Charge]) -> dict[str, Any]:
    """Return the guarantee, as the contract names its parts; the release is added to it."""
    plan = question.plan
    first = plan.components[0]
    unit = question.document.privacy_unit
    return {
        "privacy_unit": unit,
        "neighbours": f"add or remove one {unit_name(question.document)}",
        **total_price(plan.components, charges),
        "mechanism": first.mechanism.name,
        "scale": width_of(first),
        "max_records_per_person": plan.max_records_per_person,
        "bounding": plan.bounding,
        "bounds": dict(_bounds(question)),
        "consistent": [*dict.fromkeys(_consistent(plan.queries))],
        "non_negative": plan.non_negative,
        "measures": {
            label_of(query, one): _measure(question, one)
            for query in plan.queries
            for one in query.measures
        },
        "lifetime": lifetime_of(question),
    }


def label_of(query: Query, measure: MeasurePlan) -> str:
    """Name a measure of a request: by its table too, where that is one of a batch."""
    return f"{query.name}/{measure.name}" if query.name else measure.name


def _consistent(queries: Sequence[Query]) -> Iterator[str]:
    """Yield the measures whose totals are the sums of their parts."""
    for query in queries:
        yield from (label_of(query, one) for one in consistent_measures(query))


def unit_name(document: DatasetDocument) -> str:
    """Return what the privacy unit is called: the domain of its identifiers, or `row`."""
    unit = str(document.privacy_unit)
    column = document.columns.get(unit)
    return unit if column is None or column.domain is None else column.domain


def total_price(components: Sequence[Component], charges: Sequence[Charge]) -> dict[str, Any]:
    """Return epsilon, rho and delta of all components together; None for what wasn't asked in."""
    epsilons = [part.price.epsilon for part in components if part.price.epsilon is not None]
    rhos = [part.price.rho for part in components if part.price.rho is not None]
    return {
        "epsilon": float(sum(epsilons, Fraction(0))) if epsilons else None,
        "rho": float(sum(rhos, Fraction(0))) if rhos else None,
        "delta": float(Fraction(sum(one.delta for one in charges), DELTA_UNITS)),
    }


def _measure(question: Question, measure: MeasurePlan) -> dict[str, Any]:
    parts = [question.plan.components[number] for number in measure.components[0]]
    part = parts[0]
    price = (
        {"epsilon": float(sum((p.price.epsilon or Fraction(0) for p in parts), Fraction(0)))}
        if part.price.epsilon is not None
        else {"rho": float(sum((p.price.rho or Fraction(0) for p in parts), Fraction(0)))}
    )
    return {
        "mechanism": part.mechanism.name,
        "scale": width_of(part),
        "sensitivity": {"l1": part.sensitivity.l1, "l2_squared": str(part.sensitivity.l2_squared)},
        **price,
    }


def width_of(part: Component) -> float:
    """Return the scale of Laplace noise, the standard deviation of Gaussian noise, in units."""
    mechanism = part.mechanism
    if isinstance(mechanism, DiscreteLaplace):
        return float(mechanism.scale)
    return sqrt(mechanism.variance)


def _bounds(question: Question) -> Iterator[tuple[str, list[Any]]]:
    for part in question.plan.components:
        measured = part.amounts or part.bins
        if measured is not None:
            unit = Unit.of(question.document.columns[measured.column])
            yield measured.column, [unit.show(measured.low), unit.show(measured.high)]

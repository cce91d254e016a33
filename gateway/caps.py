"""Caps: whose budgets a question is charged to, and what each of them holds.

A cap's id says whose it is, from names that hold no colon:

    dataset:cases or group:hotline          everybody's, whoever asks: the guarantee itself
    contributor:shelter:cases               what a contributor agreed to for its records
    partner:harbor:group:hotline            one partner's share
    purpose:for-ngos:research               a purpose's share, under a policy that counts so; then
    partner:harbor:purpose:for-ngos:research  keeps what this partner spent of it, for its own eyes
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol

from anonymizers.accounting.charges import EPSILON_UNITS
from anonymizers.accounting.limits import Limit, limit_of
from gateway.budget_changes import subject_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from gateway.context import Context
    from gateway.registry import Registry
    from policies.documents import DatasetDocument

Kind = Literal["dataset", "contributor", "partner", "purpose"]
NOTHING = Limit(0, 0, 0)
"""The limit where no budget was declared."""


class Amounts(Protocol):
    """A declared budget: of a dataset, an agreement or a policy."""

    @property
    def epsilon(self) -> float:
        """Above 0."""

    @property
    def delta(self) -> float:
        """Above 0 and below 1."""


@dataclass(frozen=True)
class PolicyLimits:
    """What a policy lets each partner, or each purpose, spend; a plan has the same members."""

    policy: str
    per: Literal["partner", "purpose"]
    epsilon: float
    delta: float


@dataclass(frozen=True)
class Lifetime:
    """What all answers under a cap may ever tell of one person: periods times the declared."""

    epsilon: Fraction
    delta: Fraction


@dataclass(frozen=True)
class Cap:
    """One budget that a question is charged to.

    Attributes:
        subject: whose people: `dataset:NAME` or `group:NAME`.
        limit: of all periods together; nothing where no budget was declared.
    """

    id: str
    kind: Kind
    subject: str
    limit: Limit
    lifetime: Lifetime


def caps_of(
    context: Context, dataset: DatasetDocument, partner: str, limits: PolicyLimits, purpose: str
) -> tuple[Cap, ...]:
    """Return every cap that a partner's question is charged to, sorted by id.

    Nothing of it depends on data: neither new people nor time add to a budget.

    Args:
        context: the open home.
        dataset: as declared.
        partner: who asks.
        limits: of the policy that permits it.
        purpose: what for.
    """
    subject = subject_of(dataset)
    periods = count_periods(context, subject)
    own = own_cap_id(subject, partner, limits, purpose)
    caps = [
        _cap(subject, "dataset", subject, _declared(context.registry, dataset), periods),
        _cap(own, "partner", subject, [limits], periods),
        *_contributors(context.registry, dataset),
    ]
    if limits.per == "purpose":
        shared = f"purpose:{limits.policy}:{purpose}"
        caps.append(_cap(shared, "purpose", subject, [limits], periods))
    return tuple(sorted(caps, key=lambda cap: cap.id))


def own_cap_id(subject: str, partner: str, limits: PolicyLimits, purpose: str) -> str:
    """Return the id of the cap that says what this partner spent, and nobody else."""
    if limits.per == "purpose":
        return f"partner:{partner}:purpose:{limits.policy}:{purpose}"
    return f"partner:{partner}:{subject}"


def own_cap(caps: Iterable[Cap]) -> Cap:
    """Return the one cap that says what the partner itself spent."""
    (own,) = (cap for cap in caps if cap.kind == "partner")
    return own


def widest_epsilon(caps: Iterable[Cap]) -> Fraction:
    """Return the epsilon of the largest cap, all periods together, for `distance_delta`."""
    return Fraction(max(cap.limit.epsilon for cap in caps), EPSILON_UNITS)


def count_periods(context: Context, subject: str) -> int:
    """Return how many periods of a budget were opened, the first included."""
    return 1 + context.registry.further_periods(subject)


def _declared(registry: Registry, dataset: DatasetDocument) -> list[Amounts]:
    """Return the budgets of all datasets that share these people; the smallest counts."""
    names = {dataset.dataset, *registry.sharing_people(dataset.dataset)}
    declared = [registry.dataset(name) for name in sorted(names)]
    budgets = [one.document.budget for one in declared if one is not None]
    return [budget for budget in budgets if budget is not None]


def _contributors(registry: Registry, dataset: DatasetDocument) -> Iterator[Cap]:
    """Yield a cap for each contributor with a budget of its own; it doesn't grow with periods.

    Like its other terms, a budget outlives its agreement, and of several the smallest counts: the
    records that were given under it are still there.
    """
    for partner in registry.partners():
        budgets = [
            getattr(agreement, "budget", None)
            for agreement in partner.document.agreements
            if agreement.submits and agreement.dataset == dataset.dataset
        ]
        given = [budget for budget in budgets if budget is not None]
        if given:
            name = f"contributor:{partner.document.partner}:{dataset.dataset}"
            yield _cap(name, "contributor", subject_of(dataset), given, 1)


def _cap(name: str, kind: Kind, subject: str, budgets: Sequence[Amounts], periods: int) -> Cap:
    if not budgets:
        return Cap(name, kind, subject, NOTHING, Lifetime(Fraction(0), Fraction(0)))
    epsilon = min(_exactly(budget.epsilon) for budget in budgets)
    delta = min(_exactly(budget.delta) for budget in budgets)
    lifetime = Lifetime(periods * epsilon, min(periods * delta, Fraction(1)))
    return Cap(name, kind, subject, limit_of(epsilon, delta, periods), lifetime)


def largest(budgets: Sequence[Amounts], periods: int) -> Limit:
    """Return the limit of the most that any of several budgets allows."""
    if not budgets:
        return NOTHING
    epsilon = max(_exactly(budget.epsilon) for budget in budgets)
    delta = max(_exactly(budget.delta) for budget in budgets)
    return limit_of(epsilon, delta, periods)


def _exactly(number: float) -> Fraction:
    """Return the decimal that somebody wrote: 0.3 is 3/10, not the float next to it."""
    return Fraction(str(number))

"""Budgets as people see them: a partner its own, the operator all."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlmodel import select

from anonymizers.accounting import filters
from anonymizers.accounting.charges import DELTA_UNITS, EPSILON_UNITS, NOTHING, RHO_UNITS, Charge
from gateway.caps import Cap, PolicyLimits, caps_of, count_periods, own_cap
from gateway.errors import NotFoundError
from gateway.ledger import charged, spent
from gateway.store.engine import reading
from gateway.store.tables import BudgetCap
from policies.agreements import asking_agreements

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlmodel import Session

    from gateway.context import Context
    from policies.documents import AgreementDocument, DatasetDocument, PolicyDocument

CountedIn = Literal["epsilon", "rho"]


@dataclass(frozen=True)
class Balance:
    """What a cap holds, as numbers for people: epsilon, rho and delta, not their units.

    Attributes:
        total: epsilon and delta, all periods together.
        spent: epsilon of pure answers, rho of all, delta of samplers and thresholds.
        remaining: the largest epsilon, and the largest rho, that one more answer may have.
        counted_in: `epsilon`; `rho` from the first answer on that wasn't pure, for good.
    """

    total: Mapping[str, float]
    spent: Mapping[str, float]
    remaining: Mapping[str, float]
    counted_in: CountedIn


@dataclass(frozen=True)
class OwnBudget:
    """A partner's own budget under one policy, and, where that counts so, for one purpose."""

    dataset: str
    policy: str
    per: str
    purpose: str | None
    balance: Balance


def balance(session: Session, cap: Cap) -> Balance:
    """Return what a cap holds now."""
    return balance_after(spent(session, cap.id), cap)


def balance_after(used: Charge, cap: Cap) -> Balance:
    """Return what a cap holds once so much was charged to it."""
    epsilon, rho = filters.remaining(used, cap.limit)
    total = {"epsilon": float(cap.lifetime.epsilon), "delta": float(cap.lifetime.delta)}
    left = {"epsilon": epsilon / EPSILON_UNITS, "rho": rho / RHO_UNITS}
    return Balance(total, amounts(used), left, counted_in(used))


def counted_in(used: Charge) -> CountedIn:
    """Return the measure that a cap's limit is held in."""
    return "epsilon" if used.pure else "rho"


def amounts(charge: Charge) -> dict[str, float]:
    """Return a charge in numbers."""
    return {
        "epsilon": charge.epsilon / EPSILON_UNITS,
        "rho": charge.rho / RHO_UNITS,
        "delta": charge.delta / DELTA_UNITS,
    }


def limits_of(policy: PolicyDocument) -> PolicyLimits | None:
    """Return what a policy lets each partner, or each purpose, spend; None without aggregates."""
    if policy.aggregate is None:
        return None
    budget = policy.aggregate.budget
    return PolicyLimits(policy.policy, budget.per, budget.epsilon, budget.delta)


def own_budgets(context: Context, partner: str) -> list[OwnBudget]:
    """Return a partner's own budgets: one for each policy that an agreement in force names.

    What others spent isn't in them: not even where a purpose's share is spent by several.
    """
    today = context.clock.today(context.home.document.timezone)
    declared = context.registry.partner(partner)
    assert declared is not None  # noqa: S101 - it has just been authenticated
    found: dict[str, OwnBudget] = {}
    for agreement in declared.document.agreements:
        if agreement.submits or not agreement.is_in_force(today):
            continue
        for budget in _own_under(context, partner, agreement):
            found.setdefault(f"{budget.dataset} {budget.policy} {budget.purpose}", budget)
    return [found[name] for name in sorted(found)]


def _own_under(context: Context, partner: str, agreement: AgreementDocument) -> Iterator[OwnBudget]:
    dataset = context.registry.dataset(agreement.dataset)
    policy = context.registry.policies_for(agreement.dataset).get(str(agreement.policy))
    limits = limits_of(policy.document) if policy is not None else None
    if dataset is None or limits is None:
        return
    purposes = agreement.purposes if limits.per == "purpose" else agreement.purposes[:1]
    for purpose in purposes:
        caps = caps_of(context, dataset.document, partner, limits, purpose)
        with reading(context.store) as session:
            held = balance(session, own_cap(caps))
        named = purpose if limits.per == "purpose" else None
        yield OwnBudget(agreement.dataset, limits.policy, limits.per, named, held)


def show_budgets(context: Context, dataset: str | None) -> list[dict[str, Any]]:
    """Return every budget with its caps, for the operator.

    Args:
        context: the open home.
        dataset: only the budget that this one spends from; None for all.

    Raises:
        NotFoundError: no such dataset.
    """
    subjects = context.registry.subjects()
    chosen = {
        subject: datasets
        for subject, datasets in subjects.items()
        if dataset is None or dataset in {one.dataset for one in datasets}
    }
    if dataset is not None and not chosen:
        known = ", ".join(context.registry.datasets()) or "none yet (weir dataset add FILE)"
        raise NotFoundError(f"no dataset {dataset!r}; there is: {known}")
    return [_about(context, subject, datasets) for subject, datasets in chosen.items()]


def _about(context: Context, subject: str, datasets: tuple[DatasetDocument, ...]) -> dict[str, Any]:
    caps: dict[str, Cap] = {}
    for cap in (cap for dataset in datasets for cap in _all_caps(context, dataset)):
        # Two policies may let one partner spend: what it spends counts under both.
        caps[cap.id] = max(caps.get(cap.id, cap), cap, key=lambda one: one.lifetime.epsilon)
    with reading(context.store) as session:
        rows = session.exec(select(BudgetCap).where(BudgetCap.subject == subject)).all()
    used = {row.id: charged(row) for row in rows}
    ended = [_ended(row) for row in rows if row.id not in caps]
    return {
        "subject": subject,
        "datasets": [one.dataset for one in datasets],
        "periods": count_periods(context, subject),
        "caps": [*(_line(used.get(name, NOTHING), caps[name]) for name in sorted(caps)), *ended],
    }


def _all_caps(context: Context, dataset: DatasetDocument) -> Iterator[Cap]:
    """Yield the caps of every question that an agreement lets anybody ask, in force or not."""
    if dataset.budget is None:
        return
    nobody = PolicyLimits("", "partner", dataset.budget.epsilon, dataset.budget.delta)
    yield from (cap for cap in caps_of(context, dataset, "", nobody, "") if cap.kind != "partner")
    policies = context.registry.policies_for(dataset.dataset)
    for partner in context.registry.partners():
        for agreement in asking_agreements(partner.document, dataset.dataset):
            policy = policies.get(str(agreement.policy))
            limits = limits_of(policy.document) if policy is not None else None
            if limits is not None:
                for purpose in agreement.purposes:
                    name = partner.document.partner
                    yield from caps_of(context, dataset, name, limits, purpose)


def _line(used: Charge, cap: Cap) -> dict[str, Any]:
    held = asdict(balance_after(used, cap))
    limit = {**held["total"], "rho": cap.limit.rho / RHO_UNITS}
    return {"cap": cap.id, "kind": cap.kind, **held, "limit": limit}


def _ended(row: BudgetCap) -> dict[str, Any]:
    """Return a cap that nothing permits any more: it has no limit, and what was spent stays."""
    used = charged(row)
    told = {"counted_in": counted_in(used), "spent": amounts(used)}
    return {"cap": row.id, "kind": row.kind, **told}

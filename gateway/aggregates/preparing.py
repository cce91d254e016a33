"""Preparing: who counts at a snapshot, found once for all questions of a day, and ahead of them.

The first question after a load, or of a day, would take longer than all that follow, and overrun
its tick: a partner could see whether anybody had asked before it. So the gateway prepares what
partners may ask about without being asked, once a minute. Until it has, and where there are more
audiences than are kept prepared at a time, the first question still shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.aggregates.audience import Audience
from gateway.lake.prepared import MOST_PREPARED, Wanted, prepare
from policies.agreements import asking_agreements

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from gateway.aggregates.questions import Question
    from gateway.context import Context
    from gateway.lake.prepared import Prepared
    from policies.evaluation import PolicyVersion

CODED, NUMBERS = ("histogram", "distinct"), ("sum", "mean", "quantile")


@dataclass(frozen=True)
class _Preparation:
    """Records to be prepared, and the name that they are kept under."""

    key: Hashable
    wanted: Wanted

    def get(self, context: Context) -> Prepared:
        return context.prepared.get(self.key, lambda: prepare(context.lake, self.wanted))


def prepared_for(context: Context, question: Question) -> Prepared:
    """Return who counts for a question; prepared once for all on a snapshot and a day."""
    plan = question.plan
    return _preparation(
        *(context, plan.dataset, plan.dataset_sha256, question.snapshot, question.audience)
    ).get(context)


def prepare_ahead(context: Context) -> None:
    """Prepare what any partner may ask about today, unless that is more than is kept.

    Raises:
        LakeError, StorageFullError: as the lake says.
    """
    found = {one.key: one for one in _askable(context)}
    if len(found) <= MOST_PREPARED:
        for one in found.values():
            if context.stopping.is_set():
                return
            one.get(context)


def _askable(context: Context) -> Iterator[_Preparation]:
    for dataset in context.registry.datasets():
        policies = context.registry.policies_for(dataset)
        declared = context.registry.dataset(dataset)
        if declared is None or not any(one.document.aggregate for one in policies.values()):
            continue
        snapshot = context.lake.dataset_snapshot(dataset)
        for partner_class, purpose in sorted(_recipients(context, dataset, policies)):
            audience = Audience.of(context, declared.document, partner_class, purpose)
            yield _preparation(context, dataset, declared.sha256, snapshot, audience)


def _recipients(
    context: Context, dataset: str, policies: Mapping[str, PolicyVersion]
) -> set[tuple[str, str]]:
    """Return the classes that may ask for numbers today, each with its purposes."""
    today = context.clock.today(context.home.document.timezone)
    return {
        (partner.document.partner_class, purpose)
        for partner in context.registry.partners()
        if not partner.suspended
        for agreement in asking_agreements(partner.document, dataset)
        if agreement.is_in_force(today) and _answers(policies.get(str(agreement.policy)))
        for purpose in agreement.purposes
    }


def _answers(policy: PolicyVersion | None) -> bool:
    return policy is not None and policy.document.aggregate is not None


def _preparation(
    context: Context, dataset: str, sha256: str, snapshot: int, audience: Audience
) -> _Preparation:
    document = context.registry.dataset_version(sha256).document
    coded, numbers = _columns(context.registry.policies_for(dataset), tuple(document.columns))
    facts = str(audience.facts(document))
    wanted = Wanted(document, snapshot, audience.terms, audience.product, coded, numbers)
    return _Preparation((sha256, snapshot, audience.day, facts, coded, numbers), wanted)


def _columns(
    policies: Mapping[str, PolicyVersion], names: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what any policy of the dataset may count: one preparation serves them all."""
    coded, numbers = set[str](), set[str]()
    for policy in policies.values():
        if policy.document.aggregate is not None:
            coded |= {key.column for key in policy.document.aggregate.group_by}
            measured = {(one.kind, str(one.column)) for one in policy.document.aggregate.measures}
            coded |= {name for kind, name in measured if kind in CODED}
            numbers |= {name for kind, name in measured if kind in NUMBERS}
    return (
        tuple(name for name in names if name in coded),
        tuple(name for name in names if name in numbers),
    )

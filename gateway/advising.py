"""Advice on a policy: what each k would cost on the records there are, and a file to begin with.

For the operator's eyes: choosing floors and k by looking at the records makes the choice depend
on them. Nothing is written but one entry: somebody looked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from anonymizers.advice import Choice, advise, frontier
from anonymizers.models import Model
from anonymizers.search import LatticeTooLargeError
from gateway.advised_policies import Wish, check_wish, policy_for, policy_text
from gateway.contributors import given_terms
from gateway.errors import DeclarationError, NotFoundError, RefusedError
from gateway.lake.selection import Selection
from gateway.left_out import beyond_asked
from gateway.looks import log_look
from gateway.messages import worded
from gateway.people_table import group_people
from gateway.quasi_identifiers import QuasiIdentifiers
from gateway.selected import Selected
from gateway.transforming import Transforms
from policies.documents import DocumentError, parse_partner
from policies.ladders import finest_level
from policies.lint import lint
from policies.planning import Matter, PolicyVersion, make_plan
from policies.reasons import Reason
from policies.requests import parse_request
from policies.versions import document_sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.context import Context
    from gateway.control import Progress
    from gateway.registry import DeclaredDataset
    from policies.documents import PolicyDocument
    from policies.plans import ExtractPlan

NOTE = (
    "Choosing k, floors and weights by these figures makes the choice depend on the records: for "
    "the operator's eyes, not for partners. max_suppressed binds the choice of levels; who is left "
    "out counts those whom l takes out afterwards as well."
)
_NOBODY = {
    "kty": "OKP",
    "crv": "Ed25519",
    "kid": "nobody",
    "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",  # the example of RFC 8037
}


@dataclass(frozen=True)
class Asked:
    """What advice is wanted on.

    Attributes:
        dataset, purpose, partner_class, columns, floors, max_suppressed: as in `Wish`.
        weights: how much each column's loss counts; 1 where none is named.
        ks: people in every class, one choice for each.
    """

    dataset: str
    purpose: str
    partner_class: str
    columns: tuple[str, ...]
    floors: Mapping[str, str]
    weights: Mapping[str, float]
    ks: tuple[int, ...]
    max_suppressed: float


def advise_policy(context: Context, asked: Asked, progress: Progress) -> dict[str, Any]:
    """Find what each k would cost, and write a policy for each.

    Args:
        context: the open home.
        asked: what is wanted.
        progress: is told how far it is.

    Returns:
        `choices` in the order of k, each with its figures, its policy and whether it is on the
        frontier; `recommended`, the k to begin with; what the lint would warn of.

    Raises:
        NotFoundError: there is no such dataset.
        InvalidRequestError: a column that advice can't be about.
        DeclarationError: no policy like this could be applied.
        RefusedError: no k leaves anything that is safe, or there are too many levels.
    """
    declared = context.registry.dataset(asked.dataset)
    if declared is None:
        known = ", ".join(context.registry.datasets()) or "none yet (weir dataset add FILE)"
        raise NotFoundError(f"no dataset {asked.dataset!r}; there is: {known}")
    wish = Wish(
        declared.document,
        asked.purpose,
        asked.partner_class,
        asked.columns,
        asked.floors,
        asked.max_suppressed,
    )
    check_wish(wish, asked.weights)
    policy = _acceptable(wish, asked.ks)
    plan = _plan(wish, declared, policy, context.clock.today(context.home.document.timezone))
    choices = _choices(context, declared, plan, asked, progress)
    log_look(context, plan, "advised", purpose=plan.purpose)
    if not choices:
        raise RefusedError((Reason("nothing-safe", {"dataset": asked.dataset}),))
    return {
        "dataset": asked.dataset,
        "purpose": asked.purpose,
        "weights": {name: asked.weights.get(name, 1.0) for name in wish.quasi_identifiers},
        "max_suppressed": asked.max_suppressed,
        "people": choices[0].people,
        "choices": [_shown(wish, choice, choices) for choice in choices],
        "recommended": _recommended(choices),
        "note": NOTE,
    }


def _acceptable(wish: Wish, ks: Sequence[int]) -> PolicyDocument:
    """Return the policy with the finest floors; refuse what the lint wouldn't let through."""
    floors = {
        name: wish.floors.get(name) or finest_level(wish.dataset, name)
        for name in wish.quasi_identifiers
    }
    try:
        policy = policy_for(wish, min(ks), floors)
    except DocumentError as error:
        raise DeclarationError("what was asked for", error.problems) from error
    findings = lint(policy, wish.dataset)
    if findings.errors:
        raise DeclarationError("what was asked for", findings.errors)
    return policy


def _plan(
    wish: Wish, declared: DeclaredDataset, policy: PolicyDocument, today: date
) -> ExtractPlan:
    """Plan the plainest extract for a partner that there isn't."""
    agreement = {
        "agreement": "advice",
        "dataset": wish.dataset.dataset,
        "policy": policy.policy,
        "purposes": [wish.purpose],
        "starts": today.isoformat(),
        "ends": today.isoformat(),
    }
    partner = parse_partner(
        {
            "partner": "advice",
            "name": "Nobody",
            "class": wish.partner_class,
            "jwks": {"keys": [_NOBODY]},
            "agreements": [agreement],
        }
    )
    assert policy.extract is not None  # noqa: S101 - it was written with one just now
    return make_plan(
        Matter(
            request=parse_request({"dataset": wish.dataset.dataset, "purpose": wish.purpose}),
            partner=partner,
            dataset=wish.dataset,
            dataset_sha256=declared.sha256,
            agreement=partner.agreements[0],
            policy=PolicyVersion(document_sha256(policy), policy),
            extract=policy.extract,
        )
    )


def _choices(
    context: Context,
    declared: DeclaredDataset,
    plan: ExtractPlan,
    asked: Asked,
    progress: Progress,
) -> list[Choice]:
    """Read the records that such an extract would be made of, and search."""
    progress("reading", 0.05)
    with Selection(
        context.lake,
        declared.document,
        plan,
        snapshot=context.lake.dataset_snapshot(plan.dataset),
        today=context.clock.today(context.home.document.timezone),
        terms=given_terms(context, declared.document),
    ) as selection:
        transforms = Transforms(context.keys, plan, declared.document)
        selected = Selected(plan, declared.document, selection, selection, transforms)
        quasi = QuasiIdentifiers.of(selection, declared.document, plan)
        table, _ = group_people(selected, quasi)
    if table.total == 0:
        return []
    try:
        return advise(
            table,
            quasi.hierarchies,
            [_model(plan, k) for k in asked.ks],
            asked.weights,
            lambda share: progress("searching", 0.3 + 0.7 * share),
        )
    except LatticeTooLargeError:
        raise RefusedError((Reason("too-many-levels", {"policy": plan.policy}),)) from None


def _model(plan: ExtractPlan, k: int) -> Model:
    minors = plan.protection.minors
    least = None if minors is None or minors.k is None else max(minors.k, k)
    share = plan.protection.max_suppressed_share
    return Model(k=k, l=plan.protection.l, max_suppressed_share=share, k_minors=least)


def _shown(wish: Wish, choice: Choice, choices: Sequence[Choice]) -> dict[str, Any]:
    policy = policy_for(wish, choice.k, choice.levels)
    return {
        "k": choice.k,
        "k_minors": choice.k_minors,
        "levels": dict(choice.levels),
        "loss": choice.loss,
        "weighted_loss": choice.weighted_loss,
        "left_out": choice.left_out,
        "left_out_share": choice.left_out / choice.people,
        "left_out_by_search": choice.left_out_by_search,
        "left_out_warnings": worded(_beyond(wish, choice)),
        "classes": choice.classes,
        "smallest_class": choice.smallest_class,
        "highest_risk": choice.highest_risk,
        "average_risk": choice.average_risk,
        "on_frontier": choice in frontier(choices),
        "policy": policy_text(wish, choice.k, choice.levels),
        "warnings": worded(lint(policy, wish.dataset).warnings),
    }


def _beyond(wish: Wish, choice: Choice) -> list[Reason]:
    people, by_search, left_out = choice.people, choice.left_out_by_search, choice.left_out
    return beyond_asked(people, by_search, left_out, wish.max_suppressed)


def _recommended(choices: Sequence[Choice]) -> int:
    """Return the smallest k of the frontier that the field calls usual; else its largest."""
    usual = 11
    ks = [choice.k for choice in frontier(choices)]
    return min((k for k in ks if k >= usual), default=max(ks))

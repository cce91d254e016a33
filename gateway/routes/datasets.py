"""Datasets: what a partner may ask for, and for each column what it gets and why."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Header, Response

from gateway.languages import language_of
from gateway.offers import DatasetView, Offer, list_datasets, view_dataset
from gateway.problems import worded
from gateway.routes.dependencies import OpenHome, Reader
from gateway.routes.schemas import (
    AggregateOffer,
    ColumnOffer,
    DatasetAnswer,
    DatasetLine,
    DatasetsAnswer,
    KeyOffer,
    LevelOffer,
    MeasureOffer,
    OfferAnswer,
    ReasonAnswer,
    SubmitsAnswer,
    SubmittedColumn,
)
from policies.aggregates.describe import AggregateAnswer, LevelAnswer
from policies.documents import AgreementDocument, DatasetDocument
from policies.documents.columns import ColumnDocument

router = APIRouter(prefix="/v1/datasets", tags=["datasets"])


@router.get("", response_model_exclude_none=True)
def page(context: OpenHome, caller: Reader) -> DatasetsAnswer:
    """Return the datasets that an agreement of this partner in force covers."""
    lines = [
        DatasetLine(
            dataset=document.dataset,
            title=dict(document.title),
            links={"self": f"/v1/datasets/{document.dataset}"},
        )
        for document in list_datasets(context, caller.partner)
    ]
    return DatasetsAnswer(datasets=lines)


@router.get("/{dataset}", response_model_exclude_none=True)
def view(
    response: Response,
    context: OpenHome,
    caller: Reader,
    dataset: str,
    accept_language: Annotated[str, Header()] = "",
) -> DatasetAnswer:
    """Return one dataset: under each agreement, what leaves of each column and why."""
    language = language_of(accept_language)
    response.headers["Content-Language"] = language
    seen = view_dataset(context, caller.partner, dataset)
    return DatasetAnswer(
        dataset=seen.document.dataset,
        title=dict(seen.document.title),
        offers=[_offer(offer, language) for offer in seen.offers],
        submits=[_submits(one, seen.document) for one in seen.submits] or None,
        links=_links(seen),
    )


def _links(seen: DatasetView) -> dict[str, str]:
    links = {"self": f"/v1/datasets/{seen.document.dataset}", "extracts": "/v1/extracts"}
    if seen.submits:
        links |= {"submissions": "/v1/submissions", "recipes": "/v1/recipes"}
    return links


def _submits(agreement: AgreementDocument, document: DatasetDocument) -> SubmitsAnswer:
    needed = {*document.record_key, document.privacy_unit}
    return SubmitsAnswer(
        agreement=agreement.agreement,
        starts=agreement.starts.isoformat(),
        ends=agreement.ends.isoformat(),
        columns=[
            SubmittedColumn(
                name=name,
                type=column.type,
                role=column.role,
                required=name in needed,
                codes=None if column.codes is None else list(column.codes),
                multiple=column.multiple,
                bounds=_bounds(column),
                label=dict(column.label),
            )
            for name, column in document.columns.items()
        ],
        labels=_agreed_labels(agreement),
    )


def _bounds(column: ColumnDocument) -> tuple[str, str] | None:
    if column.bounds is None:
        return None
    first, last = column.bounds
    return str(first), str(last)


def _agreed_labels(agreement: AgreementDocument) -> dict[str, str | list[str]]:
    told: dict[str, str | list[str]] = {
        "consent_max": agreement.consent_max or "",
        "share_with": list(agreement.share_with),
        "share_for": list(agreement.share_for),
    }
    return {name: value for name, value in told.items() if value}


def _offer(offer: Offer, language: str) -> OfferAnswer:
    extract = offer.policy.extract
    return OfferAnswer(
        agreement=offer.agreement.agreement,
        policy=offer.policy.policy,
        purposes=list(offer.purposes),
        starts=offer.agreement.starts.isoformat(),
        ends=offer.agreement.ends.isoformat(),
        k=extract.protect.k if extract else None,
        retention_days=offer.policy.retention_days,
        reviews=offer.policy.review.extract,
        limits=[ReasonAnswer.model_validate(one) for one in worded(offer.limits, language)],
        columns=[
            ColumnOffer(
                name=column.name,
                type=column.type,
                role=column.role,
                label=dict(column.label),
                action=column.action,
                levels=list(column.levels),
                where=list(column.where),
                reason=ReasonAnswer.model_validate(worded((column.reason,), language)[0]),
            )
            for column in offer.columns
        ],
        aggregate=None if offer.aggregate is None else _aggregate(offer.aggregate),
    )


def _aggregate(answer: AggregateAnswer) -> AggregateOffer:
    return AggregateOffer(
        measures=[
            MeasureOffer(
                measure=one.measure,
                column=one.column,
                bounds=one.bounds,
                unit=one.unit,
                levels=_levels(one.levels) or None,
            )
            for one in answer.measures
        ],
        group_by=[
            KeyOffer(
                column=key.column,
                label=dict(key.label),
                levels=_levels(key.levels),
                keys="private" if key.private else "declared",
                where=key.filters,
            )
            for key in answer.group_by
        ],
        max_records_per_person=answer.max_records_per_person,
        bounding=answer.bounding,
        budget={
            "epsilon": answer.budget.epsilon,
            "delta": answer.budget.delta,
            "per": answer.budget.per,
            "rho": answer.budget.offers_rho,
        },
    )


def _levels(levels: Iterable[LevelAnswer]) -> list[LevelOffer]:
    return [LevelOffer(level=one.level, keys=one.keys) for one in levels]

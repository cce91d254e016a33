"""Answers as JSON: what the contract names, and what `/openapi.json` says of it."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from gateway.budgets import OwnBudget
from gateway.extracts import ExtractView
from gateway.problems import MEDIA_TYPE, worded
from gateway.releases import ReleaseView


class ReasonAnswer(BaseModel):
    """Why something was refused."""

    rule: str
    params: dict[str, str]
    message: str


class ProblemAnswer(BaseModel):
    """An error (RFC 9457)."""

    type: str
    title: str
    status: int
    reasons: list[ReasonAnswer] | None = None


class DatasetLine(BaseModel):
    """A dataset in a list."""

    dataset: str
    title: dict[str, str]
    links: dict[str, str]


class DatasetsAnswer(BaseModel):
    """The datasets that a partner may ask for."""

    datasets: list[DatasetLine]


class ColumnOffer(BaseModel):
    """What a partner gets of one column, and why.

    Attributes:
        levels: forms it may come in, finest first.
        where: levels on which conditions may name it.
    """

    name: str
    type: str
    role: str
    label: dict[str, str]
    action: str
    levels: list[str]
    where: list[str]
    reason: ReasonAnswer


class LevelOffer(BaseModel):
    """A level, and how many keys it has; none where keys are private."""

    level: str
    keys: int | None = None


class MeasureOffer(BaseModel):
    """What may be measured, within which bounds."""

    measure: str
    column: str | None = None
    bounds: tuple[str, str] | None = None
    unit: str | None = None
    levels: list[LevelOffer] | None = None


class KeyOffer(BaseModel):
    """What may be grouped by.

    Attributes:
        levels: finest first.
        keys: `declared`, or `private`: only those that enough people have.
        where: whether conditions may name its forms.
    """

    column: str
    label: dict[str, str]
    levels: list[LevelOffer]
    keys: str
    where: bool


class AggregateOffer(BaseModel):
    """What may be asked in numbers, and for how much in all."""

    measures: list[MeasureOffer]
    group_by: list[KeyOffer]
    max_records_per_person: int
    bounding: str
    budget: dict[str, float | str]


class OfferAnswer(BaseModel):
    """What one agreement in force lets a partner ask for."""

    agreement: str
    policy: str
    purposes: list[str]
    starts: str
    ends: str
    k: int | None = None
    retention_days: int
    reviews: int
    limits: list[ReasonAnswer]
    columns: list[ColumnOffer]
    aggregate: AggregateOffer | None = None


class SubmittedColumn(BaseModel):
    """A column that records may have, as it is declared.

    Attributes:
        required: whether a record without it is left out.
        multiple: separator of several codes in a cell.
    """

    name: str
    type: str
    role: str
    required: bool
    codes: list[str] | None = None
    multiple: str | None = None
    bounds: tuple[str, str] | None = None
    label: dict[str, str]


class SubmitsAnswer(BaseModel):
    """What one agreement in force lets a partner hand in; nothing of it is about the data.

    Attributes:
        labels: what the agreement says of every record; a submission's labels may narrow it.
    """

    agreement: str
    starts: str
    ends: str
    columns: list[SubmittedColumn]
    labels: dict[str, str | list[str]]


class DatasetAnswer(BaseModel):
    """A dataset as this partner sees it."""

    dataset: str
    title: dict[str, str]
    offers: list[OfferAnswer]
    submits: list[SubmitsAnswer] | None = None
    links: dict[str, str]


class ExtractAnswer(BaseModel):
    """A request for records and what became of it."""

    id: str
    dataset: str
    state: str
    progress: float
    reasons: list[ReasonAnswer] | None = None
    links: dict[str, str]


class ReleaseAnswer(BaseModel):
    """What a partner received.

    Attributes:
        extract, aggregate: what it was made of, one of the two.
    """

    id: str
    extract: str | None = None
    aggregate: str | None = None
    dataset: str
    settled_at: str
    delete_by: str
    state: str
    links: dict[str, str]


class ReleasesAnswer(BaseModel):
    """A page of releases, newest first."""

    releases: list[ReleaseAnswer]
    cursor: str | None = None


class TotalBudget(BaseModel):
    """What may ever be spent: epsilon and delta, all periods together."""

    epsilon: float
    delta: float


class SpentBudget(BaseModel):
    """What was spent: epsilon of pure answers, rho of all, delta of samplers and thresholds."""

    epsilon: float
    rho: float
    delta: float


class RemainingBudget(BaseModel):
    """The largest epsilon, and the largest rho, that one more answer may have."""

    epsilon: float
    rho: float


class BudgetAnswer(BaseModel):
    """A partner's own budget under one policy; `purpose` where each purpose has its own.

    `counted_in`: `epsilon`, or `rho` from the first answer on that was priced in it.
    """

    dataset: str
    policy: str
    per: str
    purpose: str | None = None
    total: TotalBudget
    spent: SpentBudget
    remaining: RemainingBudget
    counted_in: str


class BudgetsAnswer(BaseModel):
    """A partner's own budgets."""

    budgets: list[BudgetAnswer]


PROBLEMS: dict[int | str, dict[str, Any]] = {
    "4XX": {
        "description": "A problem (RFC 9457): what is wrong and, for refusals, the reasons.",
        "content": {MEDIA_TYPE: {"schema": ProblemAnswer.model_json_schema()}},
    },
}


def _body(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Describe a request's body: `dataset`, `purpose`, and what else it may have."""
    schema = {
        "type": "object",
        "additionalProperties": False,
        "required": ["dataset", "purpose"],
        "properties": {
            "dataset": {"type": "string"},
            "purpose": {"type": "string"},
            **properties,
        },
    }
    content = {"application/json": {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


EXTRACT_BODY = _body(
    {
        "columns": {"type": "array", "items": {"type": "string"}},
        "where": {"type": "array", "items": {"type": "object"}},
        "format": {"enum": ["csv", "parquet", "jsonl", "xlsx"]},
        "fill": {"type": "array", "items": {"type": "string"}},
        "since": {"type": "string"},
    }
)

_MEASURE = {"anyOf": [{"type": "string"}, {"type": "object"}]}
_LIST_OF_ANY = {"type": "array", "items": _MEASURE}
_QUERY = {
    "measures": _LIST_OF_ANY,
    "group_by": _LIST_OF_ANY,
    "where": {"type": "array", "items": {"type": "object"}},
    "totals": {"type": "boolean"},
}
AGGREGATE_BODY = _body(
    {
        **_QUERY,
        "queries": {
            "type": "array",
            "items": {"type": "object", "properties": {"name": {"type": "string"}, **_QUERY}},
        },
        "epsilon": {"type": "number", "minimum": 0.01},
        "rho": {"type": "number", "minimum": 0.0001},
        "half_width": {"type": "integer", "minimum": 1},
        "non_negative": {"type": "boolean"},
        "clipped_share": {"type": "boolean"},
    }
)


def extract_answer(view: ExtractView, language: str) -> ExtractAnswer:
    """Return an extract as JSON, its reasons worded."""
    here = f"/v1/extracts/{view.id}"
    links = {"self": here}
    if view.release_id is not None:
        release = f"/v1/releases/{view.release_id}"
        links |= {
            "content": f"{here}/content",
            "codebook": f"{here}/codebook",
            "release": release,
            "manifest": f"{release}/manifest",
            "receipt": f"{release}/receipt",
        }
    reasons = [ReasonAnswer.model_validate(reason) for reason in worded(view.reasons, language)]
    return ExtractAnswer(
        id=view.id,
        dataset=view.dataset,
        state=view.state,
        progress=view.progress,
        reasons=reasons or None,
        links=links,
    )


def release_answer(view: ReleaseView) -> ReleaseAnswer:
    """Return a release as JSON."""
    here = f"/v1/releases/{view.id}"
    return ReleaseAnswer(
        id=view.id,
        extract=view.extract_id,
        aggregate=view.aggregate_id,
        dataset=view.dataset,
        settled_at=view.settled_at,
        delete_by=view.delete_by,
        state=view.state,
        links={
            "self": here,
            "manifest": f"{here}/manifest",
            "receipt": f"{here}/receipt",
            **_made_of(view),
        },
    )


def _made_of(view: ReleaseView) -> dict[str, str]:
    if view.extract_id is not None:
        return {"extract": f"/v1/extracts/{view.extract_id}"}
    return {"aggregate": f"/v1/aggregates/{view.aggregate_id}"}


def budget_answer(own: OwnBudget) -> BudgetAnswer:
    """Return a partner's own budget as JSON."""
    return BudgetAnswer(
        dataset=own.dataset,
        policy=own.policy,
        per=own.per,
        purpose=own.purpose,
        total=TotalBudget.model_validate(own.balance.total),
        spent=SpentBudget.model_validate(own.balance.spent),
        remaining=RemainingBudget.model_validate(own.balance.remaining),
        counted_in=own.balance.counted_in,
    )

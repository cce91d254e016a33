"""Uses: what became of what a contributor gave."""

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gateway.routes.dependencies import OpenHome, Reader
from gateway.uses import Kind, Use, view_uses

router = APIRouter(prefix="/v1/datasets", tags=["submissions"])


class UseAnswer(BaseModel):
    """A kind of product of one month, and up to how many of the asker's own records were in it.

    `records_up_to` is null where they are fewer than `fewer_than`.
    """

    month: str
    kind: Kind
    partner_class: str = Field(serialization_alias="class")
    purpose: str
    k: int | None
    records_up_to: int | None
    fewer_than: int | None


class UsesAnswer(BaseModel):
    """What was made of a dataset, newest month first."""

    dataset: str
    uses: list[UseAnswer]


@router.get("/{dataset}/use")
def view(context: OpenHome, caller: Reader, dataset: str) -> UsesAnswer:
    """Return what was made of a dataset that this partner gives to.

    And up to how many of its own records were in it, by what it gave and said itself; from a
    least number on.
    """
    uses = view_uses(context, caller.partner, dataset)
    return UsesAnswer(dataset=dataset, uses=[_answer(one) for one in uses])


def _answer(use: Use) -> UseAnswer:
    made = use.made
    return UseAnswer(
        month=made.month,
        kind=made.kind,
        partner_class=made.partner_class,
        purpose=made.purpose,
        k=made.k,
        records_up_to=use.records,
        fewer_than=made.least_shown if use.records is None else None,
    )

"""Budgets: what a partner may still ask in numbers."""

from fastapi import APIRouter

from gateway.budgets import own_budgets
from gateway.routes.dependencies import OpenHome, Reader
from gateway.routes.schemas import BudgetsAnswer, budget_answer

router = APIRouter(prefix="/v1/budget", tags=["aggregates"])


@router.get("", response_model_exclude_none=True)
def view(context: OpenHome, caller: Reader) -> BudgetsAnswer:
    """Return this partner's own budgets: total, spent and remaining, of nobody else."""
    return BudgetsAnswer(
        budgets=[budget_answer(own) for own in own_budgets(context, caller.partner)]
    )

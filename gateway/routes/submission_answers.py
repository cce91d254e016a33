"""Submissions as JSON: what a contributor reads of its own."""

from typing import Any

from pydantic import BaseModel

from gateway.lake.report import KINDS
from gateway.messages import CatalogueError, render
from gateway.problems import worded
from gateway.routes.schemas import ReasonAnswer
from gateway.submissions.recipes import SavedRecipe
from gateway.submissions.viewing import SubmissionView
from policies.reasons import Reason


class RecipeLine(BaseModel):
    """Which version of which recipe."""

    name: str
    version: int
    dataset: str
    links: dict[str, str]


class Counts(BaseModel):
    """Rows and records of one submission; `updated` are records of one's own."""

    rows_read: int
    accepted: int
    updated: int
    rows_refused: int


class ProblemLine(BaseModel):
    """A kind of problem in one column: how often, where first, and what to do.

    Attributes:
        left_out: whether the rows were left out; else the records came in all the same.
    """

    kind: str
    column: str
    count: int
    left_out: bool
    message: str
    places: list[dict[str, Any]]


class DraftAnswer(BaseModel):
    """A recipe that was proposed, to be corrected or taken.

    Attributes:
        text: the same as YAML, with how sure each column is and why, in the file's language.
    """

    recipe: dict[str, Any]
    confidence: dict[str, float]
    text: str


class SubmissionAnswer(BaseModel):
    """A submission and what became of it.

    Attributes:
        undecided: by column, words without a code and in how many rows they stand.
        undecided_left_out: how many more such words there are.
        corrections: proposed changes of cells.
    """

    id: str
    dataset: str
    state: str
    progress: float
    dry_run: bool
    mode: str
    received_at: str
    settled_at: str | None = None
    recipe: RecipeLine | None = None
    counts: Counts | None = None
    problems: list[ProblemLine] | None = None
    reasons: list[ReasonAnswer] | None = None
    draft: DraftAnswer | None = None
    undecided: dict[str, dict[str, int]] | None = None
    undecided_left_out: int | None = None
    corrections: list[dict[str, Any]] | None = None
    links: dict[str, str]


class SubmissionsAnswer(BaseModel):
    """A page of submissions, newest first."""

    submissions: list[SubmissionAnswer]
    cursor: str | None = None


class RecipeAnswer(RecipeLine):
    """A saved recipe."""

    declared_at: str
    document: dict[str, Any]


class RecipesAnswer(BaseModel):
    """A contributor's recipes, the newest version of each."""

    recipes: list[RecipeLine]


def submission_answer(view: SubmissionView, language: str) -> SubmissionAnswer:
    """Return a submission as JSON, in words of a language."""
    report, pending = view.report, view.pending
    reasons = tuple(Reason(one["rule"], one["params"]) for one in report.get("reasons", ()))
    draft = DraftAnswer(
        recipe=dict(pending.draft),
        confidence=dict(pending.confidence),
        text=pending.draft_text,
    )
    return SubmissionAnswer(
        id=view.id,
        dataset=view.dataset,
        state=view.state,
        progress=view.progress,
        dry_run=view.dry_run,
        mode=view.mode,
        received_at=view.received_at,
        settled_at=view.settled_at,
        recipe=None if view.recipe is None else recipe_line(view.recipe),
        counts=Counts.model_validate(report) if "rows_read" in report else None,
        problems=_problems(report, language) or None,
        reasons=[ReasonAnswer.model_validate(one) for one in worded(reasons, language)] or None,
        draft=draft if pending.draft else None,
        undecided={column: dict(words) for column, words in pending.undecided.items()} or None,
        undecided_left_out=pending.undecided_left_out or None,
        corrections=[dict(one) for one in pending.corrections] or None,
        links=_links(view),
    )


def _links(view: SubmissionView) -> dict[str, str]:
    here = f"/v1/submissions/{view.id}"
    links = {"self": here}
    if view.report:
        links["report"] = f"{here}/report"
    if view.state == "receiving":
        links["content"] = f"{here}/content"
    if view.state == "needs_decision":
        links["decision"] = f"{here}/decision"
    return links


def _problems(report: dict[str, Any], language: str) -> list[ProblemLine]:
    return [
        ProblemLine(
            kind=one["kind"],
            column=one["column"],
            count=one["count"],
            left_out=group == "refused",
            message=_message(one, language),
            places=one["places"],
        )
        for group in ("refused", "warnings")
        for one in report.get(group, ())
    ]


def worded_report(report: dict[str, Any], language: str) -> dict[str, Any]:
    """Return a stored report with its messages in a language."""
    told = dict(report)
    for group in ("refused", "warnings"):
        if group in report:
            told[group] = [{**one, "message": _message(one, language)} for one in report[group]]
    reasons = tuple(Reason(one["rule"], one["params"]) for one in report.get("reasons", ()))
    return {**told, "reasons": worded(reasons, language)}


def _message(problem: dict[str, Any], language: str) -> str:
    """Word a problem anew; one of a later or earlier version keeps the words it was stored with."""
    facts = {"column": problem["column"], "rule": problem.get("rule", ""), "title": ""}
    try:
        return render(Reason(KINDS.get(problem["kind"], ""), facts), language)
    except CatalogueError:
        return str(problem["message"])


def recipe_line(saved: SavedRecipe) -> RecipeLine:
    """Return which version of which recipe, as JSON."""
    links = {"self": f"/v1/recipes/{saved.name}"}
    return RecipeLine(
        name=saved.name, version=saved.version, dataset=saved.document.dataset, links=links
    )

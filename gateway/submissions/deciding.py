"""Deciding: what a contributor says to what a check asked, and then it is checked again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from gateway.errors import ConflictError, InvalidRequestError
from gateway.store.engine import writing
from gateway.store.tables import Submission
from gateway.submissions.checking import canonical_dict
from gateway.submissions.recipes import SavedRecipe, ready, recipe_of_id, save_recipe
from gateway.submissions.sealing import Pending, open_pending
from gateway.submissions.uploads import delete_uploads
from gateway.submissions.viewing import own_submission
from policies.documents import DocumentError
from policies.documents.base import Document, Flag, ProblemsError, Text
from policies.documents.problems import validate
from policies.documents.recipe import RecipeDocument, parse_recipe
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlmodel import Session

    from gateway.context import Context

OPEN = ("receiving", "received", "needs_decision")


class Decision(Document):
    """What a contributor decides; what it leaves out stays as it is.

    Attributes:
        codes: by declared column, the code of each word, or null for nothing known. It makes a
            new version of the recipe, so that the next file asks no more.
        corrections: take the proposed corrections, or leave the cells as they are.
        recipe: read the files by this one.
        go: go on: the draft is right, words without a code are counted as unknown.
    """

    codes: dict[Text, dict[Text, Text | None]] | None = None
    corrections: Literal["accept", "leave"] | None = None
    recipe: dict[str, Any] | None = None
    go: Flag = False


def parse_decision(body: Mapping[str, Any]) -> Decision:
    """Return the decision that a body holds.

    Raises:
        InvalidRequestError: it holds none; every problem is named.
    """
    try:
        decision = validate(Decision, body)
    except ProblemsError as error:
        raise InvalidRequestError(error.reasons) from None
    if decision == Decision():
        raise InvalidRequestError((Reason("decides-nothing", {}),))
    return decision


def decide(context: Context, contributor: str, submission_id: str, decision: Decision) -> None:
    """Note a decision, and check the submission again with it.

    Raises:
        NotFoundError: it isn't this contributor's.
        ConflictError: it doesn't wait for a decision.
        InvalidRequestError: the recipe isn't one, or there is none that takes codes.
    """
    row = own_submission(context, contributor, submission_id)
    _check_waits(row)
    pending = open_pending(context.keys, row)
    recipe = _decided_recipe(context, row, pending, decision)
    with writing(context.store) as session:
        context.log.lock(session)
        now = session.get_one(Submission, row.id)
        _check_waits(now)
        said = replace(
            pending,
            draft={},
            draft_text="",
            confidence={},
            undecided={},
            undecided_left_out=0,
            corrections=(),
            choice=decision.corrections or pending.choice,
            go=decision.go or pending.go,
        )
        now.recipe_id = recipe.id if recipe else now.recipe_id
        now.state, now.sealed_pending = "received", said.sealed(context.keys, row.id)
        session.add(now)
    context.submissions.enqueue(row.id)


def _check_waits(row: Submission) -> None:
    if row.state != "needs_decision":
        reason = Reason("submission-waits-for-nothing", {"state": row.state})
        raise ConflictError(f"this submission is {row.state} and waits for no decision", reason)


def _decided_recipe(
    context: Context, row: Submission, pending: Pending, decision: Decision
) -> SavedRecipe | None:
    """Return the recipe as it is decided, saved; None where nothing was said about it."""
    document = _base_recipe(context, row, pending, decision)
    if decision.codes:
        if document is None:
            raise InvalidRequestError((Reason("codes-need-a-recipe", {}),))
        document = with_codes(document, decision.codes)
    if document is None or not _says_recipe(pending, decision):
        return None
    declared = context.registry.dataset(row.dataset)
    if declared is not None:
        ready(document, declared.document)
    return save_recipe(context, row.contributor, document)


def _says_recipe(pending: Pending, decision: Decision) -> bool:
    return bool(decision.codes or decision.recipe or (pending.draft and decision.go))


def _base_recipe(
    context: Context, row: Submission, pending: Pending, decision: Decision
) -> RecipeDocument | None:
    told = decision.recipe or pending.draft
    if told:
        return _parsed(told)
    return recipe_of_id(context, row.recipe_id).document if row.recipe_id else None


def with_codes(
    recipe: RecipeDocument, codes: Mapping[str, Mapping[str, str | None]]
) -> RecipeDocument:
    """Return a recipe that knows these words as well.

    Raises:
        InvalidRequestError: it makes no such column.
    """
    document = canonical_dict(recipe)
    for name, words in codes.items():
        if name not in recipe.columns:
            facts = {
                "path": "codes",
                "key": name,
                "nearest": "",
                "known": ", ".join(recipe.columns),
            }
            raise InvalidRequestError((Reason("unknown-key", facts),))
        made = document["columns"][name]
        made = {"from": made} if isinstance(made, str) else made
        document["columns"][name] = {**made, "codes": {**made.get("codes", {}), **words}}
    return _parsed(document)


def _parsed(document: Mapping[str, Any]) -> RecipeDocument:
    try:
        return parse_recipe(document)
    except DocumentError as error:
        raise InvalidRequestError(error.problems) from None


def take_back(context: Context, contributor: str, submission_id: str) -> None:
    """Cancel a submission that isn't in the lake: nothing of it is kept.

    Raises:
        NotFoundError: it isn't this contributor's.
        ConflictError: it is accepted, or about to be.
    """
    row = own_submission(context, contributor, submission_id)
    with writing(context.store) as session:
        context.log.lock(session)
        now = session.get_one(Submission, row.id)
        _drop(context, session, now)
    delete_uploads(context.home, row.id)


def _drop(context: Context, session: Session, row: Submission) -> None:
    if row.state not in OPEN or row.settled_at is not None:
        reason = Reason("submission-not-open", {"state": row.state})
        raise ConflictError(f"this submission is {row.state}; withdraw its records", reason)
    if row.state == "receiving":
        session.delete(row)
        return
    row.state, row.settled_at = "cancelled", context.clock.timestamp()
    row.sealed_upload = row.sealed_pending = row.sealed_report = None
    session.add(row)

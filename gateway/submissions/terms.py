"""What a contributor says beside its files: which dataset, by which recipe, under which labels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from gateway.bodies import read_json_object
from gateway.errors import InvalidRequestError
from policies.documents import DocumentError
from policies.documents.base import Document, Flag, Kebab, ProblemsError
from policies.documents.labels import NO_LABELS, SubmissionLabels, parse_labels
from policies.documents.problems import validate
from policies.documents.recipe import RecipeDocument, parse_recipe
from policies.reasons import Reason

if TYPE_CHECKING:
    from collections.abc import Mapping

_FLAGS = {"true": True, "false": False}


class SubmissionTerms(Document):
    """The terms of one submission.

    Attributes:
        recipe: the name of a saved one; None where none is named.
        new_recipe: a recipe that came along, to be saved under its name.
        mode: `append`, or `replace` for all that this contributor gave before.
        dry_run: only check; nothing is kept.
        corrections: what to do with corrections that are proposed; None is to ask.
        again: whether people and records that were taken back before are given again.
        relabel: whether its labels count also for records that had narrower ones.
    """

    dataset: Kebab
    recipe: Kebab | None = None
    new_recipe: RecipeDocument | None = None
    labels: SubmissionLabels = Field(default=NO_LABELS)
    mode: Literal["append", "replace"] = "append"
    dry_run: Flag = False
    corrections: Literal["accept", "leave"] | None = None
    again: Flag = False
    relabel: Flag = False


def parse_terms(fields: Mapping[str, str]) -> SubmissionTerms:
    """Return the terms that the fields of a form, or the metadata of an upload, give.

    Args:
        fields: `dataset`, `recipe` (a name, or a document as YAML or JSON), `labels` (JSON),
            `mode`, `corrections` (`accept` or `leave`), and `dry_run`, `again` and `relabel`
            (`true` or `false`); what isn't given may be absent.

    Raises:
        InvalidRequestError: a field isn't known or isn't valid; all are named.
    """
    try:
        return validate(SubmissionTerms, _spelled_out(fields))
    except DocumentError as error:
        raise InvalidRequestError(error.problems) from None
    except ProblemsError as error:
        raise InvalidRequestError(error.reasons) from None


def _spelled_out(fields: Mapping[str, str]) -> dict[str, Any]:
    if "new_recipe" in fields:
        raise InvalidRequestError((Reason("unknown-key", _unknown("new_recipe")),))
    told: dict[str, Any] = {name: value for name, value in fields.items() if value}
    for name in told.keys() & {"dry_run", "again", "relabel"}:
        told[name] = _FLAGS.get(told[name].lower(), told[name])
    if "labels" in told:
        told["labels"] = parse_labels(read_json_object(told["labels"].encode()))
    recipe = told.get("recipe", "")
    if ":" in recipe:  # no name holds one, and no document is without
        del told["recipe"]
        told["new_recipe"] = parse_recipe(recipe)
    return told


def _unknown(name: str) -> dict[str, str]:
    return {"path": "", "key": name, "nearest": "recipe", "known": ""}

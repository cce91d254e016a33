"""Recipes: a contributor's own mappings, saved once and used from then on."""

import json
from typing import Annotated

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response

from gateway.bodies import read_json_object
from gateway.context import Context
from gateway.errors import InvalidRequestError, NotFoundError
from gateway.routes.dependencies import Contributor, OpenHome, Submitted
from gateway.routes.submission_answers import RecipeAnswer, RecipesAnswer, recipe_line
from gateway.routes.submission_schemas import RECIPE_BODY
from gateway.submissions.permits import check_permit
from gateway.submissions.recipes import (
    SavedRecipe,
    find_recipe,
    own_recipes,
    ready,
    save_recipe,
)
from policies.documents import DocumentError
from policies.documents.recipe import RecipeDocument, parse_recipe
from policies.reasons import Reason
from policies.versions import canonical_document

router = APIRouter(prefix="/v1/recipes", tags=["submissions"])
_YAML = ("application/yaml", "application/x-yaml", "text/yaml")


@router.get("", response_model_exclude_none=True)
def page(context: OpenHome, caller: Submitted) -> RecipesAnswer:
    """Return one's own recipes, the newest version of each."""
    saved = own_recipes(context, caller.partner)
    return RecipesAnswer(recipes=[recipe_line(one) for one in saved])


@router.get("/{name}")
def view(context: OpenHome, caller: Submitted, name: str) -> RecipeAnswer:
    """Return the newest version of a recipe."""
    saved = find_recipe(context, caller.partner, name)
    if saved is None:
        raise NotFoundError
    return _answer(saved)


@router.put("/{name}", openapi_extra=RECIPE_BODY)
async def save(  # noqa: PLR0913, PLR0917 - what a request brings
    request: Request,
    response: Response,
    context: OpenHome,
    caller: Contributor,
    name: str,
    content_type: Annotated[str, Header()] = "",
) -> RecipeAnswer:
    """Save a recipe: a new version, unless nothing of it changed."""
    document = await run_in_threadpool(_parsed, content_type, await request.body())
    if document.recipe != name:
        raise InvalidRequestError((Reason("recipe-renamed", {"recipe": document.recipe}),))
    saved = await run_in_threadpool(_save, context, caller.partner, document)
    response.headers["Location"] = f"/v1/recipes/{name}"
    return _answer(saved)


def _save(context: Context, contributor: str, document: RecipeDocument) -> SavedRecipe:
    declared = check_permit(context, contributor, document.dataset)
    ready(document, declared.document)
    return save_recipe(context, contributor, document)


def _parsed(content_type: str, body: bytes) -> RecipeDocument:
    media_type = content_type.partition(";")[0].strip().lower()
    try:
        if media_type == "application/json":
            return parse_recipe(read_json_object(body))
        if media_type in _YAML:
            return parse_recipe(body.decode("utf-8"))
    except DocumentError as error:
        raise InvalidRequestError(error.problems) from None
    except UnicodeDecodeError:
        raise InvalidRequestError((Reason("not-yaml", {"path": "", "line": "?"}),)) from None
    raise HTTPException(415)


def _answer(saved: SavedRecipe) -> RecipeAnswer:
    line = recipe_line(saved)
    return RecipeAnswer(
        **line.model_dump(),
        declared_at=saved.declared_at,
        document=json.loads(canonical_document(saved.document)),
    )

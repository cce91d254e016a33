"""Saved recipes: each contributor's own, a new version whenever one changes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlmodel import Session, col, select

from gateway.errors import DeclarationError, InvalidRequestError
from gateway.identifiers import new_id
from gateway.recipe_files import ready_recipe
from gateway.store.engine import reading, writing
from gateway.store.tables import RecipeRow
from policies.documents.recipe import RecipeDocument, parse_recipe
from policies.reasons import Reason
from policies.recipes.folding import fold_word
from policies.recipes.words import MISSING, words_of
from policies.versions import canonical_document

if TYPE_CHECKING:
    from gateway.context import Context
    from gateway.keys import Keys
    from policies.documents import DatasetDocument


@dataclass(frozen=True)
class SavedRecipe:
    """A version of a recipe.

    Attributes:
        id: of this version.
        version: 1, 2, ... within its name.
    """

    id: str
    contributor: str
    version: int
    declared_at: str
    document: RecipeDocument

    @property
    def name(self) -> str:
        """What its contributor calls it."""
        return self.document.recipe


def save_recipe(context: Context, contributor: str, document: RecipeDocument) -> SavedRecipe:
    """Save a recipe under its name: a new version, unless it says what the newest one says."""
    with writing(context.store) as session:
        context.log.lock(session)
        rows = _versions(session, contributor, document.recipe)
        last = _opened(context.keys, rows[0]) if rows else None
        if last is not None and last.document == document:
            return last
        row = RecipeRow(
            id=new_id("rcp"),
            contributor=contributor,
            recipe=document.recipe,
            version=(last.version if last else 0) + 1,
            dataset=document.dataset,
            declared_at=context.clock.timestamp(),
            sealed_document=b"",
        )
        cipher = context.keys.store_cipher()
        row.sealed_document = cipher.seal(canonical_document(document), _context_of(row.id))
        session.add(row)
        return SavedRecipe(row.id, contributor, row.version, row.declared_at, document)


def find_recipe(context: Context, contributor: str, name: str) -> SavedRecipe | None:
    """Return the newest version of a contributor's recipe; None where it has none of that name."""
    with reading(context.store) as session:
        rows = _versions(session, contributor, name)
    return _opened(context.keys, rows[0]) if rows else None


def recipe_of_id(context: Context, recipe_id: str) -> SavedRecipe:
    """Return a version of a recipe that a submission names."""
    with reading(context.store) as session:
        return _opened(context.keys, session.get_one(RecipeRow, recipe_id))


def own_recipes(context: Context, contributor: str, dataset: str = "") -> list[SavedRecipe]:
    """Return the newest version of each of a contributor's recipes, by name.

    Args:
        context: the open home.
        contributor: whose.
        dataset: those for this one alone; empty for all.
    """
    query = select(RecipeRow).where(RecipeRow.contributor == contributor)
    with reading(context.store) as session:
        rows = session.exec(query.order_by(col(RecipeRow.version))).all()
    newest = {row.recipe: row for row in rows}
    chosen = (row for _, row in sorted(newest.items()) if dataset in {"", row.dataset})
    return [_opened(context.keys, row) for row in chosen]


def forget_words(context: Context, contributor: str, dataset: str) -> None:
    """Drop, from every version of a contributor's recipes, what it said of words that mean nothing.

    A cell may have held a name where a code belongs, and its contributor then said that it means
    nothing known. Words that Weir knows for that stay. Done again, it changes nothing.
    """
    query = select(RecipeRow).where(
        RecipeRow.contributor == contributor, RecipeRow.dataset == dataset
    )
    with writing(context.store) as session:
        for row in session.exec(query).all():
            saved = _opened(context.keys, row).document
            kept = _without_words(saved)
            if kept != saved:
                cipher = context.keys.store_cipher()
                row.sealed_document = cipher.seal(canonical_document(kept), _context_of(row.id))
                session.add(row)


def _without_words(recipe: RecipeDocument) -> RecipeDocument:
    usual = words_of(MISSING, None)
    columns = {
        name: rule.model_copy(
            update={
                "codes": {
                    word: code
                    for word, code in rule.codes.items()
                    if code is not None or fold_word(word) in usual
                }
            }
        )
        for name, rule in recipe.columns.items()
    }
    return recipe.model_copy(update={"columns": columns})


def _versions(session: Session, contributor: str, name: str) -> list[RecipeRow]:
    """Return the versions of a recipe, the newest first."""
    query = select(RecipeRow).where(RecipeRow.contributor == contributor, RecipeRow.recipe == name)
    return list(session.exec(query.order_by(col(RecipeRow.version).desc())))


def _opened(keys: Keys, row: RecipeRow) -> SavedRecipe:
    plain = keys.store_cipher().open(row.sealed_document, _context_of(row.id))
    document = parse_recipe(json.loads(plain))
    return SavedRecipe(row.id, row.contributor, row.version, row.declared_at, document)


def _context_of(recipe_id: str) -> str:
    return f"recipe:{recipe_id}:document"


def ready(recipe: RecipeDocument, dataset: DatasetDocument) -> RecipeDocument:
    """Return a recipe as it maps to a dataset now.

    Raises:
        InvalidRequestError: it is for another one, or what it makes isn't what that declares.
    """
    if recipe.dataset != dataset.dataset:
        facts = {"path": "dataset", "dataset": recipe.dataset}
        raise InvalidRequestError((Reason("recipe-of-another-dataset", facts),))
    try:
        return ready_recipe(recipe.recipe, recipe, dataset).recipe
    except DeclarationError as error:
        raise InvalidRequestError(error.reasons) from None

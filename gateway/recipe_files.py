"""Recipe files of the operator: read, brought to the dataset's version, checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.errors import DeclarationError
from policies.documents import DocumentError, parse_recipe
from policies.lint.recipes import lint_recipe
from policies.recipes import migrate_recipe

if TYPE_CHECKING:
    from policies.documents import DatasetDocument, RecipeDocument
    from policies.reasons import Reason


@dataclass(frozen=True)
class ReadyRecipe:
    """A recipe that can map files onto a dataset as it is now.

    Attributes:
        notes: what somebody should look at: what didn't survive a new version, and warnings.
    """

    recipe: RecipeDocument
    notes: tuple[Reason, ...]


def ready_recipe(file: str, recipe: RecipeDocument, dataset: DatasetDocument) -> ReadyRecipe:
    """Bring a recipe to the version of its dataset, and check it.

    Args:
        file: its name, for the error.
        recipe: for this version or an older one.
        dataset: as declared.

    Raises:
        DeclarationError: what it would make isn't what the dataset declares.
    """
    migrated = migrate_recipe(recipe, dataset)
    findings = lint_recipe(migrated.recipe, dataset)
    if findings.errors:
        raise DeclarationError(file, (*findings.errors, *migrated.notes))
    return ReadyRecipe(migrated.recipe, (*migrated.notes, *findings.warnings))


def read_recipe_file(file: str, text: str) -> RecipeDocument:
    """Return the recipe that a file holds.

    Raises:
        DeclarationError: it isn't one.
    """
    try:
        return parse_recipe(text)
    except DocumentError as error:
        raise DeclarationError(file, error.problems) from None

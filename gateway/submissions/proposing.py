"""Proposing: by which recipe a submission is read, or a draft for its contributor to correct."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.lake.mapping import Headers, find_columns
from gateway.lake.readers import read_header
from gateway.lake.sources import SourceError
from gateway.submissions.recipes import SavedRecipe, own_recipes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.context import Context
    from gateway.lake.data_files import DataFile
    from gateway.store.tables import Submission
    from policies.documents import DatasetDocument
    from policies.documents.recipe import RecipeDocument


@dataclass(frozen=True)
class Draft:
    """A recipe that was made up from a file.

    Attributes:
        confidence: by declared column, 0 to 1.
        undecided: by declared column, words of the file without a code, and how often they stand.
        text: the recipe as YAML, with what to look at first and why beside each column.
    """

    recipe: RecipeDocument
    confidence: Mapping[str, float] = field(default_factory=dict)
    undecided: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    text: str = ""


def choose_recipe(
    context: Context, row: Submission, files: Sequence[DataFile], document: DatasetDocument
) -> SavedRecipe | Draft | None:
    """Return how files are read: by a saved recipe, as they are, or as a draft says.

    Of several saved ones that the header fits, the one that reads most of it; None where the
    headers are the dataset's own, or where nobody knows better.

    Args:
        context: the open home.
        row: a submission that names no recipe.
        files: its files.
        document: its dataset.
    """
    try:
        header = read_header(files[0]).names
    except SourceError:
        return None  # reading it for good will say why
    saved = own_recipes(context, row.contributor, row.dataset)
    headers = Headers(files[0])
    fitting = [one for one in saved if _fits(one.document, headers)]
    if fitting:
        return max(fitting, key=lambda one: (len(one.document.reads), one.declared_at))
    if set(document.columns) <= set(header):
        return None
    return draft_recipe(files, document)


def _fits(recipe: RecipeDocument, file: Headers) -> bool:
    """Whether a file, read as a recipe says that it is laid out, has all that this one reads."""
    try:
        find_columns(file, recipe)
    except SourceError:
        return False
    return bool(recipe.reads)


def draft_recipe(files: Sequence[DataFile], document: DatasetDocument) -> Draft | None:
    """Return a draft for files that nothing else fits; None where none can be made."""
    from gateway.recipe_drafts import draft_for_file, read_glossary

    try:
        made = draft_for_file(files[0], document, read_glossary(()))
    except SourceError:
        return None
    if made.draft.recipe is None:
        return None
    undecided: dict[str, dict[str, int]] = {}
    for word in made.draft.undecided:
        undecided.setdefault(word.column, {})[word.word] = word.count
    confidence = {one.column: one.confidence for one in made.draft.columns}
    recipe = made.draft.recipe.model_copy(update={"ignore": made.draft.unused})
    return Draft(recipe, confidence, undecided, made.text)

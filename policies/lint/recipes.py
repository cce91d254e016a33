"""Lint of a recipe against its dataset: what couldn't be made, and what would be made wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.consent import LEVELS, consent_level, is_restricted, stated_level
from policies.findings import Findings
from policies.lint.columns import unknown_column
from policies.lint.recipe_codes import code_errors
from policies.reasons import Reason
from policies.recipes.folding import fold_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import ColumnDocument, DatasetDocument, RecipeColumn, RecipeDocument

NUMBERS, DAYS = ("integer", "decimal"), ("date", "timestamp")
LIMITS_USE = {
    "consent": "recipe-without-consent",
    "consent_end": "recipe-without-consent-end",
    "funding": "recipe-without-funding",
}


def lint_recipe(recipe: RecipeDocument, dataset: DatasetDocument) -> Findings:
    """Return what must, and what should, be corrected before a recipe maps a file.

    Args:
        recipe: for this version of the dataset (`policies.recipes.migrate_recipe`).
        dataset: it maps to.
    """
    if recipe.dataset != dataset.dataset:
        facts = {"path": "dataset", "dataset": recipe.dataset, "other": dataset.dataset}
        return Findings((Reason("recipe-other-dataset", facts),), ())
    return Findings.of(_errors(recipe, dataset), _warnings(recipe, dataset))


def _errors(recipe: RecipeDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    if recipe.dataset_version > dataset.version:
        facts = {"path": "dataset_version", "version": str(dataset.version)}
        yield Reason("recipe-too-new", facts)
    for name, rule in recipe.columns.items():
        path = f"columns.{name}"
        if name not in dataset.columns:
            yield unknown_column(path, name, dataset)
            continue
        column = dataset.columns[name]
        yield from _shape_errors(path, name, rule, column)
        yield from code_errors(path, name, rule, column)
        yield from _person_errors(path, name, rule, column)
        yield from _hidden_funding(path, rule, column, recipe)
    yield from _missing_columns(recipe, dataset)
    for name in recipe.ignore:
        if name in recipe.reads:
            yield Reason("recipe-ignores-what-it-reads", {"path": "ignore", "column": name})


def _shape_errors(
    path: str, name: str, rule: RecipeColumn, column: ColumnDocument
) -> Iterator[Reason]:
    """Yield what a rule does to values that aren't of that kind."""
    numbers = column.type in NUMBERS
    facts = {"column": name, "type": column.type}
    if rule.times is not None and not numbers and rule.levels is None:
        yield Reason("recipe-not-numbers", {"path": f"{path}.times", "key": "times", **facts})
    if rule.levels is not None and (numbers or column.type in DAYS):
        yield Reason("recipe-levels-not-codes", {"path": f"{path}.levels", **facts})
    if rule.dates is not None and column.type not in (*DAYS, "string") and rule.age is None:
        yield Reason("recipe-not-dates", {"path": f"{path}.dates", **facts})
    counted = [key for key in ("numbers", "times", "levels") if getattr(rule, key) is not None]
    if counted and rule.age is None and (rule.dates is not None or column.type in DAYS):
        both = {"path": f"{path}.{counted[0]}", "key": counted[0], "column": name}
        yield Reason("recipe-dates-and-numbers", both)
    several = rule.flags is not None and len(rule.flags) > 1
    splits = rule.separator is not None and rule.source is not None and rule.part is None
    if (several or splits) and column.multiple is None:
        yield Reason("recipe-several-codes", {"path": path, "column": name})


def _person_errors(
    path: str, name: str, rule: RecipeColumn, column: ColumnDocument
) -> Iterator[Reason]:
    """Yield rules that would make many people one, or give a consent that nobody gave."""
    facts = {"column": name}
    for key in ("constant", "otherwise"):
        if column.role == "direct_identifier" and getattr(rule, key) is not None:
            yield Reason("recipe-same-identifier", {"path": f"{path}.{key}", "key": key, **facts})
    if column.role != "consent":
        return
    if rule.otherwise is not None and stated_level(rule.otherwise) != "none":
        yield Reason("recipe-consent-otherwise", {"path": f"{path}.otherwise", **facts})
    flags = {word: code for word in rule.yes for code in (rule.flags or {}).values()}
    for word, code in {**rule.codes, **dict.fromkeys(rule.missing), **flags}.items():
        said = fold_word(word)
        if said in LEVELS and _is_above(code, said):
            yield Reason("recipe-consent-raised", {"path": f"{path}.codes", "word": word, **facts})


def _is_above(code: str | None, said: str) -> bool:
    """Answer whether a level of the file would become a higher one, or be lost."""
    level = stated_level(code)
    return level is None or LEVELS.index(level) > LEVELS.index(consent_level(said))


def _hidden_funding(
    path: str, rule: RecipeColumn, column: ColumnDocument, recipe: RecipeDocument
) -> Iterator[Reason]:
    """Yield words for restricted grants that would turn into nothing, or into another grant.

    A cell that names one keeps it whatever the recipe says (`policies.recipes.chains`); here the
    contributor learns that its rule does nothing.
    """
    if column.role != "funding":
        return
    words = {**rule.codes, **(rule.flags or {})}
    words.update(dict.fromkeys((*rule.missing, *recipe.file.missing)))
    for word, code in words.items():
        if is_restricted(word) and not is_restricted(code):
            yield Reason("recipe-hides-funding", {"path": path, "word": word})


def _missing_columns(recipe: RecipeDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    needed = dict.fromkeys(dataset.record_key, "record_key")
    if dataset.privacy_unit in dataset.columns:
        needed[str(dataset.privacy_unit)] = "privacy_unit"
    for name, why in needed.items():
        if name not in recipe.columns:
            yield Reason("recipe-misses-column", {"path": "columns", "column": name, "why": why})


def _warnings(recipe: RecipeDocument, dataset: DatasetDocument) -> Iterator[Reason]:
    for role, unmade in LIMITS_USE.items():
        name = dataset.column_of(role)
        if name is None:
            continue
        rule, facts = recipe.columns.get(name), {"column": name}
        if rule is None:
            yield Reason(unmade, {"path": "columns", **facts})
        elif rule.constant is not None and role == "consent":
            yield Reason("recipe-same-consent", {"path": f"columns.{name}.constant", **facts})
    if recipe.dataset_version < dataset.version:
        facts = {"path": "dataset_version", "version": str(dataset.version)}
        yield Reason("recipe-older", facts)

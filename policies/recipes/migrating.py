"""Migrating: a recipe for an older version of a dataset follows the steps to the newest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from policies.documents.base import check_exactly_one
from policies.documents.recipe import SOURCES, RecipeColumn, RecipeDocument
from policies.reasons import Reason
from policies.recipes.folding import fold_word

if TYPE_CHECKING:
    from policies.documents import DatasetDocument, MigrationDocument

Columns = Mapping[str, RecipeColumn]
Codes = Mapping[str, str | None]


@dataclass(frozen=True)
class Migrated:
    """A recipe for the newest version, and what its contributor must look at or decide.

    Attributes:
        recipe: of the dataset's version; the one that was given, where nothing had changed.
        notes: what couldn't be carried over, with the `path` in the recipe.
    """

    recipe: RecipeDocument
    notes: tuple[Reason, ...]


def migrate_recipe(recipe: RecipeDocument, dataset: DatasetDocument) -> Migrated:
    """Return the recipe for the dataset as it is now.

    A file goes on saying what it said: where a code of the dataset is written otherwise now, the
    old one becomes a word of the recipe's table, and what the table made of it is made anew.

    Args:
        recipe: for this version of the dataset or an older one.
        dataset: with the steps in between, where there were any changes.
    """
    steps = {step.start: step for step in dataset.migrations}
    columns: dict[str, RecipeColumn] = dict(recipe.columns)
    ignored, notes = list(recipe.ignore), list[Reason]()
    for version in range(recipe.dataset_version, dataset.version):
        step = steps.get(version)
        if step is not None:
            notes.extend(_notes(columns, step))
            ignored.extend(_no_longer_read(columns, step))
            columns = _stepped(columns, step)
    if recipe.dataset_version >= dataset.version or not columns:
        return Migrated(recipe, tuple(notes))
    changed = {"columns": columns, "ignore": tuple(dict.fromkeys(ignored))}
    newest = {**changed, "dataset_version": dataset.version}
    return Migrated(recipe.model_copy(update=newest), tuple(notes))


def _stepped(columns: Columns, step: MigrationDocument) -> dict[str, RecipeColumn]:
    kept = {step.rename.get(n, n): rule for n, rule in columns.items() if n not in step.drop}
    return {name: _recoded(rule, step.codes.get(name, {})) for name, rule in kept.items()}


def _no_longer_read(columns: Columns, step: MigrationDocument) -> list[str]:
    """Return the file's columns that only dropped ones were made of: left out on purpose now."""
    gone = {name for dropped in step.drop if dropped in columns for name in columns[dropped].reads}
    read = {name for kept in columns if kept not in step.drop for name in columns[kept].reads}
    return sorted(gone - read)


def _notes(columns: Columns, step: MigrationDocument) -> Iterator[Reason]:
    for name in step.drop:
        if name in columns:
            yield Reason("recipe-column-gone", {"path": f"columns.{name}", "column": name})
    for name, codes in step.codes.items():
        old = next((before for before, after in step.rename.items() if after == name), name)
        if old in columns:
            yield from _code_notes(name, columns[old], codes)


def _code_notes(name: str, rule: RecipeColumn, codes: Codes) -> Iterator[Reason]:
    """Yield the codes without a successor that the recipe makes itself."""
    made = {code for code in _made(rule) if code in codes and codes[code] is None}
    for code in sorted(made):
        params = {"path": f"columns.{name}", "column": name, "code": code}
        yield Reason("recipe-code-gone", params)


def _made(rule: RecipeColumn) -> Iterable[str]:
    tables = (*rule.codes.values(), *(rule.flags or {}).values())
    single = (rule.otherwise, rule.constant, *(level.code for level in rule.levels or ()))
    return [code for code in (*tables, *single) if code is not None]


def _recoded(rule: RecipeColumn, codes: Codes) -> RecipeColumn:
    """Return the rule with each code as it is written now.

    A word of the table whose code is gone leaves the table, so that it is asked about. What else
    made such a code still does: lint names it then, as a code that the dataset doesn't know.
    """
    if not codes:
        return rule
    table = {
        word: _now(code, codes)
        for word, code in rule.codes.items()
        if code is None or codes.get(code, code) is not None
    }
    known = frozenset(map(fold_word, rule.codes))
    follows = check_exactly_one(rule, SOURCES) in ("source", "join")
    added = {old: new for old, new in codes.items() if new and fold_word(old) not in known}
    update: dict[str, Any] = {
        "codes": {**table, **(added if follows else {})},
        "otherwise": _now(rule.otherwise, codes),
        "constant": _now(rule.constant, codes),
    }
    if rule.flags is not None:
        update["flags"] = {word: _now(code, codes) for word, code in rule.flags.items()}
    if rule.levels is not None:
        update["levels"] = tuple(
            level.model_copy(update={"code": _now(level.code, codes)}) for level in rule.levels
        )
    return rule.model_copy(update=update)


def _now(code: str | None, codes: Codes) -> str | None:
    return None if code is None else codes.get(code) or code

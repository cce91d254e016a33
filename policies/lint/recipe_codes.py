"""Lint of the codes that a recipe makes: each must be one that its column knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.consent import LEVELS
from policies.documents.problems import suggested
from policies.reasons import Reason
from policies.recipes.codes import own_codes
from policies.recipes.folding import fold_word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policies.documents import ColumnDocument, RecipeColumn


def code_errors(
    path: str, name: str, rule: RecipeColumn, column: ColumnDocument
) -> Iterator[Reason]:
    """Yield codes that the dataset doesn't list, and words of the table that look the same."""
    listed = own_codes(column, None)
    if listed is not None:
        for where, made in _made(rule):
            parts = made.split(column.multiple) if column.multiple else [made]
            for code in map(str.strip, parts):
                if listed(code) != (code,):
                    params = {"path": f"{path}.{where}", "column": name, "code": code}
                    like = suggested(code, _expected(column))
                    yield Reason("recipe-unknown-code", {**params, **like})
    seen: dict[str, str] = {}
    for word, meaning in rule.codes.items():
        first = seen.setdefault(fold_word(word), word)
        if rule.codes[first] != meaning:
            params = {"path": f"{path}.codes", "word": word, "other": first}
            yield Reason("recipe-words-alike", params)


def _expected(column: ColumnDocument) -> tuple[str, ...]:
    if column.role == "consent":
        return LEVELS
    return column.codes or (("true", "false") if column.type == "boolean" else ())


def _made(rule: RecipeColumn) -> Iterator[tuple[str, str]]:
    """Yield each code that the rule names, with the key that it stands under."""
    yield from (("codes", code) for code in rule.codes.values() if code is not None)
    yield from (("flags", code) for code in (rule.flags or {}).values() if code is not None)
    yield from (("levels", level.code) for level in rule.levels or ())
    if rule.otherwise is not None:
        yield "otherwise", rule.otherwise
    if rule.constant is not None:
        yield "constant", rule.constant

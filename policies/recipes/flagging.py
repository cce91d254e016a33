"""Flags: columns of a file that say yes or no to one code each, as one column of several codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.recipes.glossary import term_key
from policies.recipes.matching import similarity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from policies.recipes.kinds import Kinds
    from policies.recipes.matching import Wanted

_ALL = 0.98  # of the filled cells are for yes or no
_BELONGS = 0.6
FLAGS_CONFIDENCE = 0.8
_VERBS = frozenset({"is", "has", "es", "tiene", "hay", "fue"})


def flag_columns(kinds: Mapping[str, Kinds], wanted: Sequence[Wanted]) -> dict[str, dict[str, str]]:
    """Return, by declared column, the code of each header that says yes or no to one.

    `isForcedLabour`, `meansOfControlDebtBondage` and `Trabajo forzado` are such headers. Where
    several columns know the code, the words before it must say which is meant.

    Args:
        kinds: of headers that aren't columns by themselves.
        wanted: the declared columns; those of several codes count.
    """
    several = [one for one in wanted if one.column.multiple is not None and one.column.codes]
    found: dict[str, dict[str, str]] = {}
    for header, kind in kinds.items():
        if not kind.filled or kind.yes_no < _ALL:
            continue
        best = _best(header, several)
        if best is not None:
            column, code = best
            found.setdefault(column, {})[header] = code
    return found


def _best(header: str, several: Sequence[Wanted]) -> tuple[str, str] | None:
    words = term_key(header).split()
    for start in range(len(words)):
        key, before = " ".join(words[start:]), " ".join(words[:start])
        claims = _claims(key, before, several)
        if claims:
            top = max(score for score, _, _ in claims)
            best = [(column, code) for score, column, code in claims if score == top]
            # A code's own name goes before what else means the same.
            best = [claim for claim in best if term_key(claim[1]) == key] or best
            return best[0] if len(best) == 1 and (top > _BELONGS or not _says(before)) else None
    return None


def _says(before: str) -> bool:
    return bool(set(before.split()) - _VERBS)


def _claims(key: str, before: str, several: Sequence[Wanted]) -> list[tuple[float, str, str]]:
    claims = []
    for one in several:
        code = one.vocabulary.codes.get(key) if one.vocabulary is not None else None
        if code is not None:
            near = max((similarity(before, term) for term in one.terms if before), default=0.0)
            claims.append((near, one.name, code))
    return claims

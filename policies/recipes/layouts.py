"""Layouts: a file's language, the order of its dates, its decimal mark, its words for nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policies.documents.recipe import FileLayout
from policies.reasons import Reason
from policies.recipes.folding import fold_word
from policies.recipes.glossary import LANGUAGES, term_key
from policies.recipes.kinds import date_orders, decimal_mark, is_day, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policies.documents.recipe import DateOrder
    from policies.recipes.glossary import Glossary
    from policies.recipes.kinds import Kinds
    from policies.recipes.matching import Match, Wanted

_HALF = 0.5


def draft_layout(
    kinds: Mapping[str, Kinds],
    wanted: Sequence[Wanted],
    assigned: Mapping[str, Match],
    glossary: Glossary,
) -> tuple[FileLayout, tuple[Reason, ...]]:
    """Return how the file is written, and what of that is a guess."""
    language = language_of(kinds.values(), glossary)
    by_name = {one.name: one for one in wanted}
    days = [kinds[m.header] for c, m in assigned.items() if _is_day_column(by_name[c])]
    numbers = [kinds[m.header] for c, m in assigned.items() if _is_number_column(by_name[c])]
    order, questions = _dates(days, language)
    layout = FileLayout(
        language=language,
        dates=order,
        numbers=decimal_mark(text for kind in numbers for text in kind.values) or "point",
        missing=_missing(kinds, by_name, assigned),
    )
    return layout, questions


def _is_day_column(wanted: Wanted) -> bool:
    return wanted.column.type in ("date", "timestamp")


def _is_number_column(wanted: Wanted) -> bool:
    return wanted.column.type in ("integer", "decimal")


def language_of(kinds: Iterable[Kinds], glossary: Glossary) -> str | None:
    """Return the language that most words of the file are in; None where no word tells."""
    heard: dict[str, int] = {}
    for kind in kinds:
        words = (kind.name, *list(kind.values)[:50])
        for word in words:
            spoken = glossary.languages.get(term_key(word), frozenset())
            if len(spoken) == 1:
                (language,) = spoken
                heard[language] = heard.get(language, 0) + 1
    ranked = sorted(heard, key=lambda language: (-heard[language], language))
    return ranked[0] if ranked else None


def _dates(
    days: Sequence[Kinds], language: str | None
) -> tuple[DateOrder | None, tuple[Reason, ...]]:
    orders: dict[DateOrder, int] = {}
    questions = []
    for kind in days:
        own = date_orders(kind.values)
        spoken = [order for order in own if order != "year-month-day"]
        if len(spoken) > 1:
            questions.append(Reason("draft-dates-mixed", {"header": kind.name}))
        for order in spoken:
            orders[order] = orders.get(order, 0) + own[order]
    if orders:
        return max(sorted(orders), key=lambda order: orders[order]), tuple(questions)
    unclear = [kind for kind in days if kind.share(is_day) and not date_orders(kind.values)]
    if not unclear:
        return None, ()
    asked = Reason("draft-dates-both-orders", {"header": unclear[0].name})
    return ("day-month-year" if language != LANGUAGES[0] else "month-day-year"), (asked,)


def _missing(
    kinds: Mapping[str, Kinds], by_name: Mapping[str, Wanted], assigned: Mapping[str, Match]
) -> tuple[str, ...]:
    """Return words for nothing known, of the whole file.

    Left out are numbers, which may be values in some column, and words that are a code of the
    column in which they stand: both are for single columns (`policies.recipes.rules`).
    """
    meant = {
        fold_word(text)
        for column, match in assigned.items()
        for text in kinds[match.header].missing
        if (words := by_name[column].vocabulary) is not None and words.code(text)
    }
    found: dict[str, str] = {}
    for kind in kinds.values():
        for text in kind.missing:
            folded = fold_word(text)
            if number_of(text) is None and folded not in meant:
                found.setdefault(folded, text)
    return tuple(sorted(found.values()))

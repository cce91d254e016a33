"""Words of files, by language: months, yes and no, and what people write for not knowing.

All are folded (`folding.fold_word`). Another language is one more key in each table. `MISSING`
says what such words usually are, for drafts to propose: a recipe names those that count, since
`desconocido` may also be one of its dataset's codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, frozenset[str]]
LONGEST_INITIALS = 2

MONTHS: Mapping[str, tuple[tuple[str, ...], ...]] = MappingProxyType(
    {
        "en": (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sep", "sept"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        "es": (
            ("enero", "ene"),
            ("febrero", "feb"),
            ("marzo", "mar"),
            ("abril", "abr"),
            ("mayo", "may"),
            ("junio", "jun"),
            ("julio", "jul"),
            ("agosto", "ago"),
            ("septiembre", "setiembre", "sep", "sept", "set"),
            ("octubre", "oct"),
            ("noviembre", "nov"),
            ("diciembre", "dic"),
        ),
    }
)
"""January first; each with its usual abbreviations, written without a point."""

_SIGNS_FOR_YES = frozenset({"1", "1.0", "x", "✓", "✔", "true"})
_SIGNS_FOR_NO = frozenset({"0", "0.0", "false"})

YES: Words = MappingProxyType(
    {
        "en": _SIGNS_FOR_YES | {"yes", "y", "t"},
        "es": _SIGNS_FOR_YES | {"si", "s", "verdadero", "v"},
    }
)

NO: Words = MappingProxyType(
    {
        "en": _SIGNS_FOR_NO | {"no", "n", "f"},
        "es": _SIGNS_FOR_NO | {"no", "n", "falso", "f"},
    }
)

MISSING: Words = MappingProxyType(
    {
        "en": frozenset(
            {
                *("-99", "-9", "99", "999", "-", "--", "?", ".", "*", "#n/a", "na", "n/a", "n.a."),
                *("nan", "null", "none", "nil", "unknown", "unk", "not known", "not available"),
                *("not applicable", "no data", "no answer", "missing", "refused", "tbd"),
                *("no number", "no document", "no id"),
            }
        ),
        "es": frozenset(
            {
                *("-99", "-9", "99", "999", "-", "--", "?", ".", "*", "#n/d", "nd", "n/d", "n.d."),
                *("s/d", "s.d.", "sd", "n/a", "na", "n/c", "nc", "ns/nr", "ns/nc", "ns", "nr"),
                *("null", "desconocido", "desconocida", "se desconoce", "no se sabe", "no sabe"),
                *("no consta", "no aplica", "no disponible", "sin dato", "sin datos"),
                *("sin informacion", "no informa", "no responde", "no contesta", "se ignora"),
                *("ignorado", "ninguno", "pendiente", "s/n", "s.n.", "s/no", "sin numero"),
                *("sin documento", "sin identificacion"),
            }
        ),
    }
)

BETWEEN: Words = MappingProxyType(
    {"en": frozenset({"of", "the"}), "es": frozenset({"de", "del"})},
)
"""Words between the parts of a date: `5 de marzo de 2024`."""

CURRENCIES: Words = MappingProxyType(
    {
        "USD": frozenset({"$", "us$", "usd"}),
        "MXN": frozenset({"$", "mx$", "mxn"}),
        "CAD": frozenset({"$", "ca$", "cad"}),
        "COP": frozenset({"$", "cop"}),
        "EUR": frozenset({"€", "eur"}),
        "GBP": frozenset({"£", "gbp"}),
        "GTQ": frozenset({"q", "gtq"}),
        "HNL": frozenset({"l", "hnl"}),
        "PHP": frozenset({"₱", "php"}),
    }
)
"""What stands beside an amount, by the `unit` of its column."""

ANY_CURRENCY = frozenset({"$", "€", "£", "¥"})
"""What may stand beside an amount whose column declares no currency."""


def words_of(table: Words, language: str | None) -> frozenset[str]:
    """Return the words of a language; of all where none is given, or no list is there for it."""
    known = table.get(language or "")
    return frozenset().union(*table.values()) if known is None else known


def month_numbers(language: str | None) -> dict[str, int]:
    """Return the number of each month by its names; no two languages here disagree."""
    own = MONTHS.get(language or "")
    lists = list(MONTHS.values()) if own is None else [own]
    return {
        name: number
        for months in lists
        for number, names in enumerate(months, start=1)
        for name in names
    }


ANY_GROUP = frozenset(
    {
        *("data", "general data", "general", "details", "information", "general information"),
        *("person", "personal data", "personal details", "victim", "victim data"),
        *("case", "case data", "case details", "identification"),
        *("datos", "datos generales", "generales", "informacion", "informacion general"),
        *("persona", "datos personales", "datos de la persona", "victima"),
        *("datos de la victima", "caso", "datos del caso", "expediente", "identificacion"),
    }
)
"""Names of groups of columns that say no more than that they are of a victim and its case."""


def words_for_nobody(language: str | None) -> frozenset[str]:
    """Return what stands for a missing identifier, whatever a recipe says: it is nobody's.

    Words of letters and signs that no document bears; numbers and initials may be somebody's.
    """
    return frozenset(
        word
        for word in words_of(MISSING, language)
        if not any(map(str.isdigit, word)) and (len(word) > LONGEST_INITIALS or not word.isalpha())
    )

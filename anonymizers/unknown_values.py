"""Values that say nothing: what people write, in English and Spanish, where they don't know.

Whoever counts such a value for l counts a person as protected by it who isn't: of a class with
`ForcedLabour` and `not specified` everybody knows what to think.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Sequence

ENGLISH = (
    *("unknown", "unk", "not known", "other", "others", "specify", "please specify"),
    *("n/a", "na", "#N/A", "not available", "unavailable", "not applicable", "inapplicable"),
    *("not specified", "unspecified", "not stated", "unstated", "not reported", "unreported"),
    *("not recorded", "unrecorded", "not provided", "not given", "not disclosed", "undisclosed"),
    *("not collected", "not asked", "not answered", "unanswered", "no answer", "no response"),
    *("no data", "no information", "no info", "missing", "blank", "null", "nan", "tbd"),
    *("refused", "refused to answer", "refused to say", "declined", "declined to answer"),
    *("prefer not to say", "prefers not to say", "prefer not to answer", "withheld", "redacted"),
    *("don't know", "dont know", "do not know", "doesn't know", "unsure", "not sure", "uncertain"),
    *("unclear", "undetermined", "not determined", "indeterminate", "unidentified"),
)
SPANISH = (
    *("desconocido", "desconocida", "desconocidos", "desconocidas", "se desconoce", "se ignora"),
    *("otro", "otra", "otros", "otras", "especifique", "especificar", "n/d", "nd", "s/d"),
    *("no sabe", "no se sabe", "no sé", "no conocido", "no conocida", "ignorado", "ignorada"),
    *("no contesta", "no contestó", "no responde", "no respondió", "sin respuesta"),
    *("ns/nc", "nsnc", "ns/nr", "nsnr", "no sabe no contesta", "no sabe no responde"),
    *("sin dato", "sin datos", "no hay datos", "sin información", "no hay información"),
    *("no especificado", "no especificada", "no especifica", "sin especificar"),
    *("no indicado", "no indicada", "no indica", "sin indicar", "no consta", "no figura"),
    *("no informado", "no informada", "no informa", "no reportado", "no reportada"),
    *("no registrado", "no registrada", "sin registro", "no declarado", "no declarada"),
    *("no disponible", "no aplica", "no aplicable", "no determinado", "no determinada"),
    *("indeterminado", "indeterminada", "no identificado", "no identificada", "faltante"),
    *("se niega", "se negó a contestar", "rehúsa", "rehúsa contestar", "rehusó contestar"),
    *("prefiere no decir", "prefiere no decirlo", "prefiere no contestar", "vacío", "nulo"),
)
NUMBERS = ("-99",)
UNKNOWN = (*ENGLISH, *SPANISH, *NUMBERS)

JOINED_BY = ("or", "and", "o", "u", "y")
MOST_WORDS = 16  # longer texts say something
_NUMBER = re.compile(r" *([-\u2010-\u2013\u2212]?)\+?([0-9]+)(?:[.,]([0-9]*))? *")


def known_values(values: pa.Array, says_nothing: Sequence[str] = ()) -> pa.Array:
    """Return for each text whether it says something.

    NULL, texts without a letter, digit or symbol, and those of UNKNOWN don't, nor several of them
    in a row: `Unknown/other`, `No sabe o no contesta`. Case, accents, spaces and punctuation make
    no difference, nor how the decimals of a number are written: `-99.00` is -99.

    Args:
        values: texts.
        says_nothing: further ones of this column.
    """
    encoded = values.dictionary_encode()
    known = [is_known(text, says_nothing) for text in encoded.dictionary.to_pylist()]
    return pc.fill_null(pc.take(pa.array(known, pa.bool_()), encoded.indices), fill_value=False)


def is_known(text: str, says_nothing: Sequence[str] = ()) -> bool:
    """Answer the same of one text."""
    plain, phrases = plain_text(text), _phrases(tuple(says_nothing))
    if not plain or plain in phrases.texts:
        return False
    first, *rest = plain.split(" ")
    return not rest or first not in phrases.firsts or not _are_silent([first, *rest], phrases)


def plain_text(text: str) -> str:
    """Return a text without what makes no difference.

    A number becomes sign, digits, point and decimals, without zeros around them; of everything
    else letters, digits and symbols stay, and blanks between words.
    """
    number = _NUMBER.fullmatch(text)
    if number:
        sign, whole, decimals = number.groups(default="")
        return f"{'-' if sign else ''}{whole.lstrip('0') or '0'}.{decimals.rstrip('0')}"
    bare = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    return " ".join(bare.split())


class _Plain(dict[int, str]):
    """What each character becomes: nothing for accents, a blank for punctuation."""

    def __missing__(self, point: int) -> str:
        kind = unicodedata.category(chr(point))
        blank = "" if kind in ("Mn", "Cf") else " "
        self[point] = chr(point) if kind[0] in "LNS" else blank
        return self[point]


_PLAIN = _Plain()


@dataclass(frozen=True)
class _Phrases:
    """Plain texts that say nothing, and the words they begin with."""

    texts: frozenset[str]
    firsts: frozenset[str]


@lru_cache(maxsize=64)
def _phrases(says_nothing: tuple[str, ...]) -> _Phrases:
    plain = frozenset(map(plain_text, (*UNKNOWN, *says_nothing)))
    return _Phrases(plain, frozenset(text.split(" ")[0] for text in plain))


def _are_silent(words: Sequence[str], phrases: _Phrases) -> bool:
    """Answer whether words are phrases in a row, with or without `or` between them."""
    if len(words) > MOST_WORDS:
        return False
    ends = {0}
    for start in range(len(words)):
        joined = start - 1 in ends - {0} and words[start - 1] in JOINED_BY
        if start in ends or joined:
            further = range(start + 1, len(words) + 1)
            ends.update(end for end in further if " ".join(words[start:end]) in phrases.texts)
    return len(words) in ends

"""Phone numbers, with any separators, in digits or spelled out, in English or Spanish."""

from __future__ import annotations

from anonymizers.redaction.numerals import DIGIT, NUMERAL
from anonymizers.redaction.spans import patterns

_BETWEEN = r"[\s.,;:\-/()*_|+~]{0,3}"

PHONES = patterns(
    "PHONE",
    # Seven to sixteen digits, whatever stands between them; digits and words may be mixed.
    rf"(?<![\w])[+(]{{0,2}}{DIGIT}(?:{_BETWEEN}(?:(?:double|triple|doble)\s+)?{DIGIT}){{6,15}}",
    # As Spanish speakers say them: in pairs, "cincuenta y cinco, cuarenta y tres".
    rf"{NUMERAL}(?:[\s,.\-]+(?:y\s+|and\s+)?{NUMERAL}){{3,}}",
    # Introduced: shorter ones count too.
    r"""\b(?:phone|cell|mobile|tel|whatsapp|wa|tel[eé]fono|celular|m[oó]vil|cel|ext|extension|
        extensi[oó]n|text|marcar|marque|dial)\b
        \.?\s*(?:number|n[uú]mero|no\.?|is|es|:|\#|al|at)*\s*
        (?P<value>[+(]?\d[\d\s.\-()]{2,}\d)""",
)

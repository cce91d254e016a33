"""Licence plates of the United States and Mexico, and whatever a text calls a plate."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

PLATES = patterns(
    "PLATE",
    r"""\b(?:plates?|tags?|placas?|matr[ií]culas?|reg(?:istration)?)\b
        (?:\s*(?:(?:number|n[uú]mero|no|is|was|read|reads|reading|es|son|era|eran|con)\b|[.:\#]))*
        \s*(?P<value>(?=[A-Z0-9\s.\-]{0,8}\d)[A-Z0-9]{1,8}
        (?:[\s.]\d[A-Z0-9]{0,4}|-[A-Z0-9]{1,6}|\s(?-i:[A-Z]{2,3})(?!\w)){0,3})(?!\w)""",
    # Without a word before it: letters and digits in the groups that plates have.
    r"(?<![\w@])[A-Z]{2,3}-\d{2,5}(?:-[A-Z]{1,2})?(?!\w)",
    r"(?<![\w@])\d{1,3}-?[A-Z]{3}-?\d{2,4}(?!\w)",
    r"(?-i:(?<![\w@])[A-Z]{2,3}[\s.]?\d{2,4}(?:[\s.]?[A-Z]{1,2})?(?!\w))",
    r"(?-i:(?<![\w@])\d{1,3}[\s.][A-Z]{3}[\s.]?\d{0,4}(?!\w))",
    r"(?-i:(?<![\w@])[A-Z]{1,3}[\s.]\d{2,3}[\s.](?:\d{2}|[A-Z]{1,3})(?!\w))",
)

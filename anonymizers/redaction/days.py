"""Days: of birth above all, and any other that is written out."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|enero|febrero|marzo|abril|mayo|"
    r"junio|julio|agosto|sep?tiembre|octubre|noviembre|diciembre)\b\.?"
)

DAYS = patterns(
    "DATE",
    r"(?<!\d)(?:19|20)\d{2}\s?[\-/.]\s?\d{1,2}\s?[\-/.]\s?\d{1,2}(?!\d)",
    r"(?<![\d\-/.])\d{1,2}\s?[\-/.]\s?\d{1,2}\s?[\-/.]\s?(?:19|20)?\d{2}(?![\d\-])",
    rf"\b{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s+(?:of\s+)?\d{{4}})?\b",
    rf"\b\d{{1,2}}(?:st|nd|rd|th|o)?\s+(?:of\s+|de\s+)?{_MONTH}(?:,?\s+(?:de[l]?\s+)?\d{{4}})?",
    rf"\b{_MONTH}(?:,?\s+(?:de[l]?\s+|of\s+)?(?:19|20)\d{{2}})\b",
    r"\b(?:dob|d\.o\.b\.|born|naci[oó]|nacid[oa]|birth\s?day|cumple\w*|fecha\s+de\s+nacimiento)\b"
    r"[\s:]*(?:on|in|is|el|en|es|the)?\s*(?P<value>\d[\d\s/.\-]*\d)",
)

"""What is looked for in a text. A new kind: a file of its own, and one more line here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anonymizers.redaction.addresses import ADDRESSES
from anonymizers.redaction.case_numbers import CASE_NUMBERS
from anonymizers.redaction.days import DAYS
from anonymizers.redaction.documents import DOCUMENTS
from anonymizers.redaction.handles import HANDLES
from anonymizers.redaction.letters import LETTERS
from anonymizers.redaction.phones import PHONES
from anonymizers.redaction.plates import PLATES
from anonymizers.redaction.spans import NAME, NUMBER, REDACTED
from anonymizers.redaction.web import EMAILS, LINKS

if TYPE_CHECKING:
    from anonymizers.redaction.spans import Recognizer

RECOGNIZERS: tuple[Recognizer, ...] = (
    EMAILS,
    LINKS,
    ADDRESSES,
    DOCUMENTS,
    DAYS,
    CASE_NUMBERS,
    PHONES,
    PLATES,
    HANDLES,
    LETTERS,
)
KINDS = (*(r.kind for r in RECOGNIZERS if r.kind != REDACTED), NAME, NUMBER, REDACTED)
"""Every placeholder there is, the one that names an overlap first."""

"""E-mail addresses and links, also as people write them so that machines don't see them."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

_AT = r"(?:\s*@\s*|\s*[\(\[\{<]\s*(?:at|arroba|a)\s*[\)\]\}>]\s*|\s+(?:at|arroba)\s+)"
_DOT = r"(?:\s*\.\s*|\s*[\(\[\{<]\s*(?:dot|punto|\.)\s*[\)\]\}>]\s*|\s+(?:dot|punto)\s+)"
_NAME = r"[\w%+\-]+"
_TLD = r"(?:com|org|net|edu|gov|info|mx|us|es|gt|hn|sv|co|io|me|example|onion|xyz|online|site)"

EMAILS = patterns(
    "EMAIL",
    r"[\w.%+\-]+@[\w\-]+(?:\.[\w\-]+)*",
    rf"\b{_NAME}(?:{_DOT}{_NAME}){{0,3}}{_AT}{_NAME}(?:{_DOT}{_NAME}){{0,2}}{_DOT}{_TLD}\b",
)
LINKS = patterns(
    "LINK",
    r"\b(?:https?|hxxps?|ftp)\s*:\s*/\s*/\s*\S+",
    r"\bwww\s*\.\s*\S+",
    rf"\b[\w\-]+(?:\.[\w\-]+)*\.{_TLD}\b(?:/\S*)?",
    rf"\b[\w\-]+(?:\s*[\(\[](?:dot|punto)[\)\]]\s*|\s+(?:dot|punto)\s+){_TLD}\b(?:/\S*)?",
)

"""Languages: which of ours a caller prefers (RFC 9110 section 12.5.4)."""

from __future__ import annotations

LANGUAGES = ("en", "es")
DEFAULT = "en"
_MAX_RANGES = 20


def language_of(accept_language: str) -> str:
    """Return the language to answer in: the best by quality, English where none fits.

    A range fits by its first part (`es-MX` is Spanish); `*` stands for every language that
    isn't named; of equals, the first named wins.
    """
    qualities = _qualities(accept_language)
    rest = qualities.get("*", 0.0)
    named = [tag for tag in qualities if tag in LANGUAGES]
    order = [*named, *(tag for tag in LANGUAGES if tag not in named)]
    best = max(order, key=lambda tag: qualities.get(tag, rest))
    return best if qualities.get(best, rest) > 0 else DEFAULT


def _qualities(accept_language: str) -> dict[str, float]:
    qualities: dict[str, float] = {}
    for part in accept_language.split(",")[:_MAX_RANGES]:
        tag, _, weight = part.strip().lower().partition(";")
        primary = tag.strip().partition("-")[0]
        if primary:
            qualities[primary] = max(qualities.get(primary, 0.0), _quality(weight))
    return qualities


def _quality(weight: str) -> float:
    name, _, value = weight.strip().partition("=")
    if not name:
        return 1.0
    try:
        quality = float(value)
    except ValueError:
        return 0.0
    return quality if name.strip() == "q" and 0 <= quality <= 1 else 0.0

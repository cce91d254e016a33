"""Presidio's pattern recognizers beside our own, from the extra `text`.

No model of a language is loaded: a blank tokenizer serves the recognizers that work by pattern,
checksum and context. So Presidio adds numbers of many countries, and no names. Its recognizers
of e-mail addresses and links are left out: they fetch a list of domains over the network, which
a gateway must not, and ours find both.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from anonymizers.redaction.recognizers import KINDS
from anonymizers.redaction.spans import NAME, REDACTED, Span

if TYPE_CHECKING:
    from collections.abc import Iterator

LEFT_OUT = frozenset({"SpacyRecognizer", "EmailRecognizer", "UrlRecognizer"})
LEAST_SCORE = 0.05  # a wrong find costs a harmless word, a missed one a person
KIND_OF = MappingProxyType(
    {
        "PERSON": NAME,
        "PHONE_NUMBER": "PHONE",
        "DATE_TIME": "DATE",
        "LOCATION": "ADDRESS",
        "US_SSN": "DOCUMENT",
        "US_PASSPORT": "DOCUMENT",
        "US_DRIVER_LICENSE": "DOCUMENT",
        "US_ITIN": "DOCUMENT",
        "ES_NIF": "DOCUMENT",
        "ES_NIE": "DOCUMENT",
        "ES_PASSPORT": "DOCUMENT",
        "CREDIT_CARD": "DOCUMENT",
        "IBAN_CODE": "DOCUMENT",
        "US_BANK_NUMBER": "DOCUMENT",
    },
)


@dataclass(frozen=True)
class Presidio:
    """Presidio's analyzer for one language, as one recognizer of many kinds."""

    language: str
    engine: Any
    kind: str = REDACTED

    def find(self, text: str) -> Iterator[Span]:
        """Yield what Presidio finds, under our kinds."""
        for found in self.engine.analyze(text, self.language, score_threshold=LEAST_SCORE):
            kind = KIND_OF.get(found.entity_type, REDACTED)
            yield Span(found.start, found.end, kind if kind in KINDS else REDACTED)


def presidio_recognizers(languages: tuple[str, ...]) -> tuple[Presidio, ...]:
    """Return Presidio for each language.

    Raises:
        ModuleNotFoundError: the extra `text` isn't installed.
    """
    return tuple(Presidio(language, _engine(languages)) for language in languages)


@cache
def _engine(languages: tuple[str, ...]) -> Any:
    import spacy
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    _be_silent()
    blank = SpacyNlpEngine(
        models=[{"lang_code": language, "model_name": "blank"} for language in languages],
    )
    blank.nlp = {language: spacy.blank(language) for language in languages}
    registry = RecognizerRegistry(supported_languages=list(languages))
    registry.load_predefined_recognizers(languages=list(languages))
    kept = [one for one in registry.recognizers if one.name not in LEFT_OUT]
    registry.recognizers = kept
    return AnalyzerEngine(
        registry=registry,
        nlp_engine=blank,
        supported_languages=list(languages),
        log_decision_process=False,
    )


def _be_silent() -> None:
    """Keep Presidio out of the logs: no line of its own may quote a text."""
    for name in ("presidio-analyzer", "decision_process"):
        logging.getLogger(name).disabled = True

"""Numbers of papers: social security, passports, immigration files, CURP, RFC, voter keys."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

DOCUMENTS = patterns(
    "DOCUMENT",
    r"(?<![\d\-])\d{3}[\s.\-]\d{2}[\s.\-]\d{4}(?![\d\-])",  # a social security number
    r"\bA[\s#\-]{0,2}\d{3}[\s\-]?\d{3}[\s\-]?\d{2,3}\b",  # an alien registration number
    r"\b[A-Z]{4}\s?\d{6}\s?[HMX]\s?[A-Z]{5}\s?[A-Z0-9]\s?\d\b",  # CURP
    r"\b[A-ZÑ&]{3,4}[\s\-]?\d{6}[\s\-]?[A-Z0-9]{3}\b",  # RFC
    r"\b[A-Z]{6}\d{8}[HM]\d{3}\b",  # a voter's key (clave de elector)
    r"\b(?:[XYZ][\s\-]?\d{7}|\d{8})[\s\-]?[A-Z]\b",  # NIE and NIF
    r"\b[A-Z]\d{8}\b",  # a passport of many countries
    r"""\b(?:ssn|social(?:\s+security)?|passport|pasaporte|visa|curp|rfc|ine|dni|nie|dui|dpi|
        c[eé]dula|licen[cs]e|licencia|identificaci[oó]n|credencial|nss|seguro\s+social)\b
        (?:\s*(?:number|n[uú]mero|no\.?|n[uú]m\.?|is|es|was|era|:|\#|de|con|ending|in|termina|en)
        (?!\w))*
        \s*(?P<value>[A-Z]{0,4}[\s\-]?\d[\dA-Z\-\s]{2,}\d)""",
)

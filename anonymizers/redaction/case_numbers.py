"""Case, file and report numbers of police, courts and services."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

CASE_NUMBERS = patterns(
    "CASE_NUMBER",
    r"""\b(?:case|file|docket|report|incident|complaint|reference|ref|expediente|exp|caso|folio|
        carpeta(?:\s+de\s+investigaci[oó]n)?|averiguaci[oó]n(?:\s+previa)?|causa(?:\s+penal)?|
        denuncia|oficio)\b
        \.?\s*(?:(?:number|n[uú]mero|num|n[uú]m|no|nr|id|is|es|con|:|\#)\.?\s*)*
        (?P<value>(?:[A-Z]{1,6}[\-/])*[A-Z]{0,6}[\-/:\s]?\d[A-Z0-9]*(?:[\-/:.][A-Z0-9]+)*)""",
    # A federal docket: 1:23-cv-01234.
    r"\b\d{1,2}:\d{2}-[a-z]{2}-\d{3,6}(?:-[A-Z]{2,4})*\b",
    # Letters, year and number, joined by signs.
    r"(?-i:\b[A-Z]{1,6}(?:[\-/][A-Z]{1,5})*[\-/]\d{2,}[\-/]\d{2,}(?:[\-/][A-Z0-9]+)*\b)",
    r"(?-i:\b[A-Z]{1,6}[\-/]\d{5,}\b)",
    r"\b\d{1,6}/(?:19|20)\d{2}(?:-[IVX]+)?\b",
)

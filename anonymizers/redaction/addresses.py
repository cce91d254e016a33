"""Street addresses as English and Spanish write them, with flat, quarter, town and postcode."""

from __future__ import annotations

from anonymizers.redaction.spans import patterns

_WORD = r"[^\W_][\w'.]*"
_STREET = (
    r"(?:street|st|avenue|ave?|road|rd|boulevard|blvd|drive|dr|lane|ln|court|ct|way|place|pl|"
    r"highway|hwy|parkway|pkwy|circle|cir|terrace|ter|trail|trl|square|sq|loop|pike)\b\.?"
)
_CALLE = (
    r"(?:calle|c/|avenida|avda?\.?|av\.|bulevar|blvd\.?|calzada|calz\.|carretera|carr\.|privada|"
    r"priv\.|callej[oó]n|paseo|andador|prolongaci[oó]n|camino|cerrada|v[ií]a|jir[oó]n|carrera)"
)
_FLAT = r"(?:,?\s*(?:apt|apartment|unit|suite|ste|room|rm|floor|\#)\.?\s*\#?\s*\w{1,5}\b)?"
_PISO = (
    r"(?:,?\s*(?:int|interior|depto|departamento|dpto|piso|manzana|mz|lote|lt|edificio)\.?"
    r"\s*\w{1,5}\b)*"
)
_TOWN = (
    r"(?-i:(?:,\s*[A-Z][\w'.]+(?:\s[A-Z][\w'.]+){0,2})?(?:,?\s*[A-Z]{2}\b)?"
    r"(?:,?\s*\d{5}(?:-\d{4})?)?)"
    r"(?:,\s*(?:[^\W\d_]+[\s.]+){0,2}[^\W\d_]+,?\s*[a-z]{2}\b\.?(?:,?\s*\d{5}(?:-\d{4})?)?)?"
)
_COLONIA = (
    r"(?:,?\s*(?:col|colonia|fracc|fraccionamiento|barrio|ejido|municipio)\b\.?"
    rf"\s+(?:{_WORD}\s?){{1,3}})?(?:,?\s*c\.?\s?p\.?\s*\d{{5}})?"
)

ADDRESSES = patterns(
    "ADDRESS",
    rf"\b\d{{1,6}}[A-Z]?\s+(?:{_WORD}\s+){{1,4}}?{_STREET}{_FLAT}{_TOWN}",
    rf"""(?<!\w){_CALLE}\s+(?:{_WORD}\s+){{0,5}}?(?:{_WORD},?\s*)
         (?:\#|no\.?|n[uú]m\.?|n[uú]mero)?\s*\d{{1,6}}(?:\s?[A-Z]\b)?{_PISO}{_COLONIA}""",
    r"\bp\.?\s?o\.?\s*box\s*\#?\s*\d+" + _TOWN,
    r"\bapartado(?:\s+postal)?\s*\#?\s*\d+",
    r"\b(?:c\.?\s?p\.?|zip(?:\s+code)?|postcode|c[oó]digo\s+postal)\s*:?\s*\d{5}(?:-\d{4})?\b",
    r"(?-i:\b[A-Z]{2}\s+\d{5}(?:-\d{4})?\b)",
    # Where a numbered road crosses: "5th and Main St", "Hwy 61".
    r"\b(?:hwy|highway|interstate|route|carretera|autopista|km)\.?\s*\#?\s*\d+\w?\b",
)

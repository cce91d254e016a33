"""A shelter's sheet in Spanish, as it is kept: generated people, a title, mistakes, a sum.

The truth is known: `Truth` says for each row what it means in the words of HTCDS.
"""

from __future__ import annotations

import csv
import io
import random
from dataclasses import dataclass
from datetime import date, timedelta

HEADER = (
    "Nº de expediente",
    "Documento de identidad",
    "Nombre(s)",
    "Apellidos",
    "Sexo",
    "F. Nac.",
    "Nacionalidad",
    "Estado civil",
    "Nivel de estudios",
    "Fecha de ingreso",
    "Teléfono celular",
    "Tipo de explotación",
    "Medios de control",
    "Sector laboral",
    "Autoriza compartir",
    "Vigencia de la autorización",
    "Observaciones",
)
TITLE = "Refugio Puerta Abierta (datos generados) - Casos 2024-2025"
_GENDERS = {
    "Feminine": ("Mujer", "mujer", "F", "Femenino", "MUJER ", "Fem."),
    "Masculine": ("Hombre", "hombre", "M", "Masculino", "Hombre "),
    "TransgenderFeminine": ("Mujer trans",),
}
_COUNTRIES = {
    "MX": ("México", "Mexico", "mexicana", "MEX"),
    "GT": ("Guatemala", "guatemalteca"),
    "HN": ("Honduras", "hondureña"),
    "SV": ("El Salvador", "salvadoreña"),
    "CO": ("Colombia", "colombiana"),
}
_MARITAL = {
    "Single": ("Soltera", "soltero/a", "Soltero"),
    "Married": ("Casada", "casado"),
    "Separated": ("Separada",),
    "Widowed": ("Viuda",),
}
_EDUCATION = {
    "PrimaryEducation": ("Primaria", "primaria completa"),
    "LowerSecondaryEducation": ("Secundaria",),
    "UpperSecondaryEducation": ("Preparatoria", "Bachillerato"),
    "BachelorsOrEquivalentLevel": ("Licenciatura", "Universidad"),
}
_TYPES = {
    "SexualExploitation": ("Explotación sexual", "explotacion sexual", "Explotación  sexual"),
    "ForcedLabour": ("Trabajo forzado", "Trabajos forzosos", "Explotación laboral"),
    "Servitude": ("Servidumbre", "Servidumbre doméstica"),
    "ForcedBegging": ("Mendicidad forzada", "Mendicidad"),
    "ForcedMarriage": ("Matrimonio forzado",),
}
_CONTROLS = {
    "DebtBondage": ("Deudas", "Servidumbre por deudas"),
    "PhysicalThreats": ("Amenazas",),
    "WithholdsDocuments": ("Retención de documentos", "Quita documentos"),
    "PsychologicalAbuse": ("Maltrato psicológico", "Abuso psicologico"),
    "FalsePromises": ("Engaño", "Falsas promesas"),
    "TakesEarnings": ("Le quitan el dinero",),
}
_SECTORS = {
    "A_AgricultureForestryAndFishing": ("Agricultura", "Campo"),
    "F_Construction": ("Construcción",),
    "I_AccommodationAndFoodServiceActivities": ("Hoteles y restaurantes",),
    "T_ActivitiesOfHouseholds": ("Trabajo del hogar", "Servicio doméstico"),
}
_CONSENTS = {"anonymized": ("Sí", "si", "SI"), "none": ("No", "no")}
_NAMES = ("María", "Lucía", "José", "Ana", "Rosa", "Juan", "Elena", "Carmen", "Luis", "Sofía")
_FAMILIES = ("García", "López", "Hernández", "Pérez", "Ramírez", "Flores", "Cruz", "Núñez")
_MISSING = ("N/D", "desconocido", "-99", "", "s/d")
_MONTHS = ("ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sep", "oct", "nov", "dic")


@dataclass(frozen=True)
class Truth:
    """What one row of the sheet means; None is not known."""

    case_id: str
    identity: str
    gender: str | None
    birthdate: date
    citizenship: str | None
    type: str | None
    controls: frozenset[str]
    referred: date
    consent: str


def sheet(count: int, seed: int = 5) -> tuple[list[tuple[str, ...]], list[Truth]]:
    """Return the rows of the sheet, without its header, and what each means."""
    rng = random.Random(seed)
    made = [_row(rng, number) for number in range(1, count + 1)]
    return [cells for cells, _ in made], [truth for _, truth in made]


def as_text(rows: list[tuple[str, ...]], delimiter: str = ";") -> str:
    """Return the sheet as delimited text: title, blank line, header, rows, sum."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    blank = [""] * (len(HEADER) - 1)
    writer.writerow([TITLE, *blank])
    writer.writerow(["", *blank])
    writer.writerow(HEADER)
    writer.writerows(rows)
    writer.writerow(["Total", str(len(rows)), *blank[1:]])
    return out.getvalue()


def _row(rng: random.Random, number: int) -> tuple[tuple[str, ...], Truth]:
    birth = date(1970, 1, 1) + timedelta(days=rng.randrange(365 * 36))
    referred = date(2024, 1, 1) + timedelta(days=rng.randrange(730))
    gender, gender_text = _said(rng, _GENDERS, (70, 25, 5))
    country, country_text = _said(rng, _COUNTRIES)
    marital_text = _said(rng, _MARITAL)[1]
    kind, kind_text = _said(rng, _TYPES, (40, 30, 10, 10, 10))
    controls = rng.sample(list(_CONTROLS), rng.randrange(1, 4))
    consent, consent_text = _said(rng, _CONSENTS, (95, 5), missing=0)
    truth = Truth(
        case_id=f"PA-{number:04}",
        identity=f"GENERADO{number:06}",
        gender=gender,
        birthdate=birth,
        citizenship=country,
        type=kind,
        controls=frozenset(controls),
        referred=referred,
        consent=consent or "none",
    )
    cells = (
        truth.case_id,
        truth.identity,
        rng.choice(_NAMES),
        f"{rng.choice(_FAMILIES)} {rng.choice(_FAMILIES)}",
        gender_text,
        _day(rng, birth),
        country_text,
        marital_text,
        _said(rng, _EDUCATION)[1],
        _day(rng, referred),
        f"55 {rng.randrange(1000, 9999)} {rng.randrange(1000, 9999)}",
        kind_text,
        ", ".join(rng.choice(_CONTROLS[code]) for code in controls),
        _said(rng, _SECTORS)[1] if kind == "ForcedLabour" else "",
        consent_text,
        "31/12/2030" if consent == "anonymized" else "",
        "nota generada",
    )
    return cells, truth


def _said(
    rng: random.Random,
    words: dict[str, tuple[str, ...]],
    weights: tuple[int, ...] | None = None,
    missing: float = 0.02,
) -> tuple[str | None, str]:
    """Draw what is meant, and how somebody wrote it."""
    if rng.random() < missing:
        return None, rng.choice(_MISSING)
    (code,) = rng.choices(list(words), weights or [1] * len(words))
    return code, rng.choice(words[code])


def _day(rng: random.Random, day: date) -> str:
    """Write a day as people do: mostly 5/3/2024, sometimes otherwise."""
    forms = (
        f"{day.day:02}/{day.month:02}/{day.year}",
        f"{day.day}/{day.month}/{day.year}",
        f"{day.day:02}-{day.month:02}-{day.year}",
        f"{day.day} de {_MONTHS[day.month - 1]} de {day.year}",
    )
    return rng.choices(forms, (80, 12, 5, 3))[0]

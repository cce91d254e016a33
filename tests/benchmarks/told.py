"""Generated narratives with what was planted in them: who is meant is nobody.

Every name is drawn from lists of common names of the United States, Mexico, Central America and
other countries, at random and apart; numbers are drawn, phones from ranges kept for fiction. Each
is written in the ways people write, spelled out, spaced, in small letters, hidden from machines.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

_GIVEN = """
James Mary Robert Patricia John Jennifer Michael Linda David Elizabeth William
Grace Hope Faith Will Mark Rose Joy Dawn April June Summer Chase Bill Amber Ruby
María José Guadalupe Juan Margarita Francisco Verónica Jesús Rosa Mercedes Dolores
Esperanza Socorro Consuelo Ángel Luz Paz Cruz Refugio Soledad Pilar Rocío Yesenia
Xochitl Itzel Citlali Nayeli Brayan Kevin Wendy Marisol Yolanda Nguyet Thuy Amina
Fatou Olena Svitlana Priya Lakshmi Mei Xiao Rahel Selam Blessing Precious Marlon
"""
_FAMILY = """
Smith Johnson Williams Brown Jones Miller Davis Young King Wright Hill Green Cook
Hernández García Martínez López González Pérez Rodríguez Sánchez Ramírez Cruz
Flores Gómez Morales Vázquez Reyes Jiménez Torres Ruiz Mendoza Aguilar Ortiz Castillo
Tzoc Ixchop Cua Quispe Mamani Nguyen Tran Okafor Adeyemi Diallo Shevchenko Sharma
Tesfaye Santos Bautista Dela-Cruz O'Neill de-León Núñez
"""
GIVEN, FAMILY = tuple(_GIVEN.split()), tuple(_FAMILY.split())
STREETS = ("Oak Hill", "Magnolia", "Kessler", "Martin Luther King", "5th", "San Jacinto", "Elm")
CALLES = ("Reforma", "Benito Juárez", "5 de Mayo", "Insurgentes Sur", "Hidalgo", "Los Pinos")
TOWNS = ("Springfield", "El Paso", "Tapachula", "Brownsville", "Reynosa", "Fresno")
DIGITS = {
    "en": ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "es": ("cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"),
}
SENTENCES = {
    "en": {
        "name": (
            "{} called from a borrowed phone.",
            "Her name is {} and she needs help.",
            "The recruiter, {}, promised a job in a hotel.",
            "My boss {} keeps all the documents.",
            "She said that {} threatened her family.",
            "They work for mr {} on a farm.",
        ),
        "phone": (
            "Call back at {} after the shift.",
            "Her cell is {}, only text.",
            "The recruiter used the number {} for messages.",
            "{} is the phone of the house.",
        ),
        "plate": (
            "The van had plates {} and a broken window.",
            "License plate {}.",
            "He drove a white truck, plate number {}, every night.",
        ),
        "case": (
            "Police report {} was made last week.",
            "See case no. {} for the statement.",
            "The court file is {}.",
        ),
        "address": (
            "They live at {} with other workers.",
            "She was locked in a room at {}.",
            "Address: {}.",
        ),
        "handle": (
            "He contacted her on instagram as {} first.",
            "Her facebook is {}.",
            "The advertisement was posted by {} online.",
        ),
        "email": ("Write to {} only.", "The contract came from {} last month."),
        "date": ("She was born on {}.", "The last payment was on {}."),
        "document": (
            "Her passport {} was taken.",
            "The social security number {} was used by the owner.",
        ),
        "": (
            "The employer keeps the passport and most of the wages.",
            "A debt was added for transport and never gets smaller.",
            "Threats were made against family at home.",
            "Asked for a safe bed tonight and wants legal advice.",
            "She is afraid to leave because the manager watches the door.",
        ),
    },
    "es": {
        "name": (
            "{} llamó desde un teléfono prestado.",
            "Se llama {} y necesita ayuda.",
            "El reclutador, {}, prometió un trabajo en un hotel.",
            "Mi jefe {} guarda todos los documentos.",
            "Dijo que {} amenazó a su familia.",
            "Trabajan para la señora {} en un rancho.",
        ),
        "phone": (
            "Llamar al {} después del turno.",
            "Su celular es {}, solo mensajes.",
            "El reclutador usaba el número {} para mensajes.",
            "{} es el teléfono de la casa.",
        ),
        "plate": (
            "La camioneta tenía placas {} y una ventana rota.",
            "Placa {}.",
            "Manejaba un camión blanco, con placas {}, todas las noches.",
        ),
        "case": (
            "La denuncia {} fue hecha la semana pasada.",
            "Ver expediente {} para la declaración.",
            "La carpeta de investigación es {}.",
        ),
        "address": (
            "Viven en {} con otros trabajadores.",
            "Estaba encerrada en un cuarto en {}.",
            "Domicilio: {}.",
        ),
        "handle": (
            "La contactó por instagram como {} primero.",
            "Su facebook es {}.",
            "El anuncio fue publicado por {} en internet.",
        ),
        "email": ("Escribir solo a {}.", "El contrato llegó de {} el mes pasado."),
        "date": ("Nació el {}.", "El último pago fue el {}."),
        "document": ("Le quitaron el pasaporte {}.", "La CURP {} la usaba el patrón."),
        "": (
            "El patrón guarda el pasaporte y casi todo el sueldo.",
            "Le cobran una deuda por el viaje, que nunca baja.",
            "Hubo amenazas contra su familia.",
            "Pide un lugar seguro para esta noche y quiere asesoría legal.",
            "Tiene miedo de salir porque el encargado vigila la casa.",
        ),
    },
}
LATIN, OTHERS = "aeopcxAEOPC", "\u0430\u0435\u043e\u0440\u0441\u0445\u0410\u0415\u041e\u0420\u0421"
ALIKE, SEEN = str.maketrans(LATIN, OTHERS), str.maketrans(OTHERS, LATIN)
KINDS = tuple(kind for kind in SENTENCES["en"] if kind)
# Words of an address or a spelled number that tell nothing by themselves.
_TELLS_NOTHING = """
calle avenida av col colonia de del la los no num street st avenue ave road rd dr lane apt
int interior y a o the at and com org mx dot punto arroba march marzo may mayo on el en
un una one uno numero
"""
TELLS_NOTHING = frozenset(_TELLS_NOTHING.split())


@dataclass(frozen=True)
class Told:
    """One narrative: its text, what was planted (kind and value), and its harmless words."""

    text: str
    language: str
    planted: tuple[tuple[str, str], ...]
    harmless: tuple[str, ...]


def narratives(count, seed=1):
    """Yield narratives in both languages, each with three planted things and two harmless lines."""
    rng = random.Random(seed)
    for number in range(count):
        yield _narrative(rng, ("en", "es")[number % 2])


def _narrative(rng, language):
    kinds = ["name", *rng.sample(KINDS, 2), "", ""]
    rng.shuffle(kinds)
    lines, planted, harmless = [], [], []
    for kind in kinds:
        sentence = rng.choice(SENTENCES[language][kind])
        harmless += words(sentence)
        if kind:
            value = DRAW[kind](rng, language)
            planted.append((kind, value))
            sentence = sentence.format(value)
        lines.append(sentence)
    text = " ".join(lines)
    if rng.random() < 0.15:
        text, planted = text.lower(), [(kind, value.lower()) for kind, value in planted]
    return Told(text, language, tuple(planted), tuple(harmless))


def words(text):
    """Return the words and digits of a text as one spelling, for comparison."""
    composed = unicodedata.normalize("NFKD", text.casefold().translate(SEEN))
    seen = "".join(c for c in composed if unicodedata.category(c) not in {"Mn", "Cf"})
    return re.findall(r"[a-z]+|\d+", re.sub(r"\[[A-Z_]+\]|\{\}", " ", seen))


def leaked(value, redacted):
    """Return the telling words and digits of a planted value that a redacted text still holds."""
    left = set(words(re.sub(r"\[[A-Z_]+\]", " ", redacted)))
    return {word for word in words(value) if word in left} - TELLS_NOTHING


def kept(harmless, redacted):
    """Return how many of the harmless words are still there."""
    left = Counter(words(re.sub(r"\[[A-Z_]+\]", " ", redacted)))
    return sum((Counter(harmless) & left).values())


def _name(rng, _language):
    given, family = rng.choice(GIVEN), rng.choice(FAMILY)
    full = rng.choice((given, f"{given} {family}", f"{given} {family} {rng.choice(FAMILY)}"))
    return rng.choice(
        (full, full, full, full, full, full.lower(), full.upper(), _hidden(rng, full))
    )


def _hidden(rng, text):
    """Hide a text from machines: letters of another alphabet, invisible ones between."""
    if rng.random() < 0.5:
        return text.translate(ALIKE)
    return "\u200b".join(text)


def _phone(rng, language):
    digits = f"{rng.randint(201, 989)}555{rng.randint(100, 199):04}"
    area, exchange, line = digits[:3], digits[3:6], digits[6:]
    spelled = " ".join(DIGITS[language][int(digit)] for digit in digits)
    return rng.choice(
        (
            digits,
            f"({area}) {exchange}-{line}",
            f"{area}-{exchange}-{line}",
            f"{area}.{exchange}.{line}",
            f"+1 {area} {exchange} {line}",
            f"+52 1 {area} {exchange} {line}",
            " ".join(digits),
            spelled,
            f"{area} {' '.join(DIGITS[language][int(d)] for d in exchange)} {line}",
            f"{area}\u2013{exchange}\u2013{line}",
            _hidden_digits(digits),
        )
    )


def _hidden_digits(digits):
    wide = "".join(chr(0xFF10 + int(digit)) for digit in digits)
    return f"{wide[:3]}\u200b-{wide[3:6]}-{wide[6:]}"


def _letters(rng, count):
    return "".join(rng.choice("ABCDEFGHJKLMNPRSTVWXYZ") for _ in range(count))


def _plate(rng, _language):
    number = rng.randint(100, 999)
    plate = rng.choice(
        (
            f"{rng.randint(1, 9)}{_letters(rng, 3)}{number}",
            f"{_letters(rng, 3)} {number}{rng.randint(0, 9)}",
            f"{_letters(rng, 3)}-{number}-{_letters(rng, 1)}",
            f"{_letters(rng, 2)}-{number}{rng.randint(10, 99)}",
        )
    )
    return rng.choice((plate, plate, plate.lower()))


def _case(rng, language):
    year, number = rng.randint(2015, 2026), rng.randint(100, 99999)
    english = (
        f"{year % 100}-CR-{number:05}",
        f"{year}-{number:06}",
        f"1:{year % 100}-cv-{number:05}",
    )
    spanish = (f"{number}/{year}", f"CI-FDT/{number}/{year}", f"FED/{year}-{number}")
    return rng.choice(english if language == "en" else spanish)


def _address(rng, language):
    house, zip_code = rng.randint(1, 9999), f"{rng.randint(10000, 99999)}"
    if language == "en":
        street = (
            f"{house} {rng.choice(STREETS)} {rng.choice(('St', 'Street', 'Ave', 'Rd', 'Lane'))}"
        )
        tail = f", {rng.choice(TOWNS)}, TX {zip_code}"
        return rng.choice((street, f"{street} Apt {rng.randint(1, 40)}", street + tail))
    street = f"{rng.choice(('Calle', 'Avenida', 'Av.'))} {rng.choice(CALLES)} "
    street += rng.choice((f"{house}", f"#{house}", f"No. {house}", f"número {house}"))
    tail = f", Col. {rng.choice(TOWNS)}, C.P. {zip_code}"
    return rng.choice((street, f"{street} int. {rng.randint(1, 40)}", street + tail))


def _handle(rng, _language):
    name = rng.choice(GIVEN).lower()
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if c.isascii())
    return rng.choice(
        (
            f"@{plain}_{rng.randint(10, 99)}",
            f"@{plain}.oficial",
            f"{plain}.{rng.choice(('bby', 'xo', 'real'))}{rng.randint(1, 99)}",
            f"{plain}_{rng.choice(('mx', 'tx', 'xoxo'))}",
        )
    )


def _email(rng, language):
    user = f"{rng.choice(('sol', 'info', 'jobs', 'trabajos'))}{rng.randint(100, 999)}"
    at, dot = (" at ", " dot ") if language == "en" else (" arroba ", " punto ")
    return rng.choice(
        (
            f"{user}@example.org",
            f"{user} (at) example (dot) com" if language == "en" else f"{user}(arroba)example.com",
            f"{user}{at}example{dot}com",
            f"{user} @ example.com",
        )
    )


def _date(rng, language):
    year, month, day = rng.randint(1960, 2015), rng.randint(1, 12), rng.randint(1, 28)
    written = f"March {day}, {year}" if language == "en" else f"{day} de marzo de {year}"
    return rng.choice((f"{month:02}/{day:02}/{year}", f"{year}-{month:02}-{day:02}", written))


def _document(rng, language):
    if language == "es":
        body = (
            f"{_letters(rng, 4)}{rng.randint(500101, 991231)}{rng.choice('HM')}{_letters(rng, 5)}"
        )
        return rng.choice(
            (f"{body}0{rng.randint(1, 9)}", f"{_letters(rng, 1)}{rng.randint(10**7, 10**8 - 1)}")
        )
    ssn = f"{rng.randint(100, 665)}-{rng.randint(10, 99)}-{rng.randint(1000, 9999)}"
    return rng.choice(
        (ssn, ssn.replace("-", " "), f"{_letters(rng, 1)}{rng.randint(10**7, 10**8 - 1)}")
    )


DRAW = {
    "name": _name,
    "phone": _phone,
    "plate": _plate,
    "case": _case,
    "address": _address,
    "handle": _handle,
    "email": _email,
    "date": _date,
    "document": _document,
}

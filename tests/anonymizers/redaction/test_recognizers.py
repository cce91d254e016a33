"""Each kind in English and Spanish, plain and as people hide it; and what it must leave alone."""

import pytest

from anonymizers.redaction.addresses import ADDRESSES
from anonymizers.redaction.case_numbers import CASE_NUMBERS
from anonymizers.redaction.days import DAYS
from anonymizers.redaction.documents import DOCUMENTS
from anonymizers.redaction.handles import HANDLES
from anonymizers.redaction.letters import LETTERS
from anonymizers.redaction.phones import PHONES
from anonymizers.redaction.plain import plain_text
from anonymizers.redaction.plates import PLATES
from anonymizers.redaction.recognizers import KINDS, RECOGNIZERS
from anonymizers.redaction.web import EMAILS, LINKS


def covers(recognizer, text, value):
    """Whether every letter and digit of the value is inside what was found."""
    plain, wanted = plain_text(text), plain_text(value)
    start = plain.index(wanted)
    found = {place for span in recognizer.find(plain) for place in range(span.start, span.end)}
    places = range(start, start + len(wanted))
    return all(place in found for place in places if plain[place].isalnum())


PLANTED = {
    PHONES: {
        "call {} back": (
            "(202) 555-0143",
            "202.555.0143",
            "2025550143",
            "+1 202 555 0143",
            "+52 1 55 5555 0143",
            "2 0 2 5 5 5 0 1 4 3",
            "two oh two five five five oh one four three",
            "double five five oh one four three two",
            "five 5 five 0 one 43 9",
            "202\u2013555\u2013\u200b0143",
            "\uff12\uff10\uff12-\uff15\uff15\uff15-0143",
            "202*555*0143",
        ),
        "llámame al {} hoy": (
            "55 5555 0143",
            "cinco cinco cinco cero uno cuatro tres",
            "cincuenta y cinco, cuarenta y tres, veintiuno, cero nueve",
            "(55) 5555-0143",
        ),
        "her ext. {} only": ("4471",),
        "cel: {}": ("555-0143",),
    },
    PLATES: {
        "license plate {} was seen": ("7XYZ123", "ABC 1234", "abc 1234", "TX-ABC-1234"),
        "placas {} y rojo": ("ABC-123-D", "abc-123-d", "XY-12345", "PZG 45 21"),
        "the van {} stood there": ("ABC-1234", "7XYZ123"),
        "con matrícula número {}": ("1234 BCD",),
    },
    CASE_NUMBERS: {
        "case no. {} was opened": ("23-CR-00412", "2023-004412", "4412"),
        "see docket {}": ("1:23-cv-01234",),
        "police report #{} says": ("22-118734",),
        "expediente {} del juzgado": ("45/2023", "123/2024-II"),
        "carpeta de investigación {}": ("CI-FDT/CUH-2/UI-1/01234/05-2023",),
        "denuncia núm. {}": ("884512",),
        "they wrote {} on it": ("FBI-2023-00441", "HT/2022/118", "GEN-00000042"),
    },
    ADDRESSES: {
        "lives at {} now": (
            "1420 N Oak Hill Ave Apt 5, Springfield, IL 62704",
            "12 Elm St",
            "7863 5th ave, el paso, tx 88913",
            "P.O. Box 1184, Laredo, TX 78040",
        ),
        "vive en {} ahora": (
            "Calle Reforma #123 int. 4, Col. Centro, C.P. 06600",
            "Av. Benito Juárez No. 45",
            "avenida insurgentes sur 1602",
            "Carretera 57",
            "calle 5 de mayo número 12",
        ),
        "zip code {}": ("62704",),
        "código postal {}": ("06600",),
    },
    HANDLES: {
        "on instagram as {}": ("@sunny.girl", "sunny_girl88", "sunny.girl9"),
        "her facebook account is {}": ("sunnygirl",),
        "su usuario es {}": ("lucerito_99",),
        "posted by {} online": ("maria.xo88", "maria_tx", "lucero2004"),
        "en tiktok como {}": ("@la_mera", "reina.88"),
    },
    LETTERS: {
        "her name is {}, she said": ("m a r i a", "o-l-g-a", "A. N. A", "l u z"),
    },
    EMAILS: {
        "write to {} only": (
            "a.b@example.org",
            "sol88 (at) example (dot) com",
            "sol88 at example dot com",
            "sol88@example",
            "s\u200bol88@example.com",
        ),
        "escriban a {} hoy": ("sol88 arroba example punto com", "sol88(arroba)example.com"),
    },
    LINKS: {
        "see {} there": (
            "https://example.org/p?id=3",
            "hxxp://example.org",
            "www.example.org/ads",
            "example.com/ad/7",
            "example dot com",
        ),
        "ver {} ahí": ("example punto com", "example[punto]mx"),
    },
    DAYS: {
        "born on {} there": ("03/05/1999", "1999-03-05", "March 5, 1999", "5th of March 1999"),
        "nació el {} allá": ("5 de marzo de 1999", "05.03.99", "5 marzo"),
        "since {} only": ("June 2021", "junio de 2021"),
        "dob: {}": ("3 5 99",),
    },
    DOCUMENTS: {
        "her passport {} was taken": ("G12345678", "123456789"),
        "ssn {}": ("123-45-6789", "123 45 6789"),
        "social security number ending in {}": ("6789",),
        "passport no. {}": ("123456789",),
        "file A# {}": ("123-456-789",),
        "su CURP {} y": ("GOMC850101MDFRRN09", "gomc850101mdfrrn09"),
        "con RFC {}": ("GOMC850101AB1",),
        "clave {}": ("GMRRMR85010109M100",),
        "su dni es {}": ("12345678Z", "X-1234567-L"),
        "licencia número {}": ("T0012345",),
    },
}
CASES = [
    pytest.param(recognizer, frame.format(value), value, id=f"{recognizer.kind}: {value}")
    for recognizer, frames in PLANTED.items()
    for frame, values in frames.items()
    for value in values
]


@pytest.mark.parametrize(("recognizer", "text", "value"), CASES)
def test_it_is_found_whole(recognizer, text, value):
    assert covers(recognizer, text, value)


@pytest.mark.parametrize(("recognizer", "text", "value"), CASES)
def test_it_is_found_in_small_letters_or_by_another_recognizer(recognizer, text, value):
    """The union of all finds is what is removed."""
    plain, wanted = plain_text(text.lower()), plain_text(value.lower())
    start = plain.index(wanted)
    found = {
        place
        for one in RECOGNIZERS
        for span in one.find(plain)
        for place in range(span.start, span.end)
    }
    digits = [n for n in range(start, start + len(wanted)) if plain[n].isdigit()]
    assert all(place in found for place in digits)


def test_a_plate_in_capitals_is_found_with_blanks_in_it():
    assert covers(PLATES, "the van AB 12 CD stood there", "AB 12 CD")


HARMLESS = (
    "The employer keeps the passport and most of the wages.",
    "Somebody listens to every call, so the talk was short.",
    "In case of danger she can call the police.",
    "The work promised was another one; hours run from six to midnight.",
    "She moved to another street and has no phone.",
    "El patrón guarda el pasaporte y casi todo el sueldo.",
    "En caso de peligro puede llamar a la policía.",
    "El trabajo prometido era otro; la jornada va de seis a medianoche.",
    "Se fue a otra calle y no tiene teléfono ni placa.",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_sentences_hold_nothing(text):
    assert [span for one in RECOGNIZERS for span in one.find(text)] == []


def test_every_kind_has_a_placeholder_of_its_own():
    assert len(set(KINDS)) == len(KINDS) == len(RECOGNIZERS) + 2  # NAME and NUMBER
    assert set(PLANTED) == set(RECOGNIZERS)

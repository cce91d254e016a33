import re
from importlib.resources import files

import pytest

from anonymizers.redaction.numerals import ARTICLES, DIGITS, LARGER
from anonymizers.redaction.plain import bare
from anonymizers.redaction.redactor import Redactor
from anonymizers.redaction.vocabulary import LANGUAGES, version, vocabulary
from tests.benchmarks.told import FAMILY, GIVEN

MONTHS_AND_DAYS = """
january february march april may june july august september october november december
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
monday tuesday wednesday thursday friday saturday sunday
lunes martes miércoles jueves viernes sábado domingo
""".split()  # noqa: SIM905 - read as words
PLACES = "mexico texas california houston honduras guatemala madrid lima phoenix austin reynosa"

# Words that are common names: family names of 10,000 people and more in the United States' census,
# and given names that stay names without their accents.
NAMES_TOO = """
black white brown green gray blue burns good head page wall weeks english law laws light link main
major minor post field bone young king long short small bell cook baker mason miller parker porter
carter fisher hunter rich sharp bright swift noble sweet love price cash banks bishop church cross
hill hills lake woods brook stone rose grace hope faith joy will mark bill river marry
brothers call case day driver friend hand heard house hurt kitchen means numbers parent person read
early free high shorter still way cousins
bueno buena calle calles casado claro feliz grande graves ley paredes delgado rubio blanco
leal bravo moreno prieto castillo campos flores rios santos luz paz cruz sol angel rey
mia vivian evita maximo montana nina pagan dias tan van le han hay an do primo prima viola
""".split()  # noqa: SIM905 - read as words
KEPT = """
brothers call case day driver friend hand heard house hurt kitchen means numbers parent person read
early free high shorter still way cousins
nina pagan dias tan van le han hay an do primo prima viola
""".split()  # noqa: SIM905 - read as words


def test_nobody_is_called_by_a_listed_word():
    """Names that are words too (Grace, Cruz, Will) are left out, so that they can't stay."""
    called = {bare(part) for name in (*GIVEN, *FAMILY) for part in re.split("[-']", name)}
    particles = {"de", "o", "dela"}
    assert called & vocabulary(LANGUAGES) <= particles


def test_words_that_are_names_too_are_listed_only_where_notes_need_them():
    assert {*NAMES_TOO} & vocabulary(LANGUAGES) == {*KEPT}


@pytest.mark.parametrize("name", KEPT)
def test_a_listed_word_with_a_capital_within_a_sentence_is_held_back(name):
    said = f"she lives with {name.title()} now"
    assert name not in bare(Redactor(LANGUAGES).redact(said))
    assert name in bare(Redactor(LANGUAGES).redact(said.lower()))  # the control: it can't be told


def test_control_plain_words_are_listed():
    assert {"passport", "threatened", "pasaporte", "amenazo"} <= vocabulary(LANGUAGES)


@pytest.mark.parametrize("held_back", [DIGITS, LARGER, MONTHS_AND_DAYS, PLACES.split()])
def test_numbers_days_and_places_are_not_listed(held_back):
    spoken = {"oh"}
    assert {bare(word) for word in held_back} & vocabulary(LANGUAGES) <= {*ARTICLES, *spoken}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_list_is_sorted_says_what_it_is_and_holds_words_alone(language):
    text = (files("anonymizers.redaction") / "words" / f"{language}.txt").read_text("utf-8")
    comments = [line for line in text.splitlines() if line.startswith("#")]
    words = " ".join(line for line in text.splitlines() if not line.startswith("#")).split()
    assert len(comments) == 3
    assert words == sorted(set(words))
    assert all(re.fullmatch(r"[^\W\d_]+(?:'[^\W\d_]+)?", word) for word in words)
    assert all(word == word.lower() for word in words)


def test_each_choice_of_languages_has_a_version_of_its_own():
    assert len({version(("en",)), version(("es",)), version(("en", "es"))}) == 3
    assert len(vocabulary(("en",))) < len(vocabulary(("en", "es")))

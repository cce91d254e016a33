import re
from importlib.resources import files

import pytest

from anonymizers.redaction.numerals import ARTICLES, DIGITS, LARGER
from anonymizers.redaction.plain import bare
from anonymizers.redaction.vocabulary import LANGUAGES, version, vocabulary
from tests.benchmarks.told import FAMILY, GIVEN

MONTHS_AND_DAYS = """
january february march april may june july august september october november december
enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
monday tuesday wednesday thursday friday saturday sunday
lunes martes miércoles jueves viernes sábado domingo
""".split()  # noqa: SIM905 - read as words
PLACES = "mexico texas california houston honduras guatemala madrid lima phoenix austin reynosa"


def test_nobody_is_called_by_a_listed_word():
    """Names that are words too (Grace, Cruz, Will) are left out, so that they can't stay."""
    called = {bare(part) for name in (*GIVEN, *FAMILY) for part in re.split("[-']", name)}
    particles = {"de", "o", "dela"}
    assert called & vocabulary(LANGUAGES) <= particles


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

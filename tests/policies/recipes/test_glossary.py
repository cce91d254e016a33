from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from policies.documents import parse_dataset
from policies.recipes.glossary import (
    AMBIGUOUS,
    LANGUAGES,
    GlossaryError,
    load_glossary,
    read_terms,
    term_key,
)
from policies.recipes.matching import wanted_columns
from policies.recipes.vocabulary import code_terms

TEMPLATE = Path(__file__).parents[3] / "policies/examples/htcds/htcds-cases.yaml"


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request):
    return request.param


def lines(language):
    file = files("policies.recipes").joinpath("glossary", f"{language}.csv")
    return file.read_text(encoding="utf-8").splitlines()


def test_files_are_sorted_normalized_and_long(language):
    rows = [tuple(line.split(";")) for line in lines(language)[1:]]
    assert lines(language)[0] == "concept;term"
    assert len(rows) > 700
    assert rows == sorted(set(rows))
    for concept, term in rows:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", concept), concept
        assert term == " ".join(term.lower().split())


def test_a_term_means_one_thing_or_is_ambiguous_on_purpose(language):
    glossary = load_glossary([language])
    unclear = {key for key, meant in glossary.concepts.items() if len(meant) > 1}
    assert unclear == AMBIGUOUS[language]


def test_every_field_and_code_of_htcds_can_be_said_in_each_language(language):
    both, alone = load_glossary(), load_glossary([language])
    for wanted in wanted_columns(parse_dataset(TEMPLATE.read_text(encoding="utf-8")), both):
        assert alone.terms.get(wanted.concept), wanted.name
        for code in wanted.column.codes or ():
            said = set(code_terms(code, both))
            assert said & alone.concepts.keys(), (wanted.name, code)


@pytest.mark.parametrize(
    ("term", "key"),
    [
        ("DateOfBirth", "date birth"),
        ("Nombre(s)", "nombre"),
        ("Soltero/a", "soltero"),
        ("UN_COO_Region", "un coo region"),
        ("de la", "de la"),
        ("Nacionalidades", "nacionalidad"),
    ],
)
def test_names_and_terms_have_the_same_key(term, key):
    assert term_key(term) == key


def test_own_terms_count_more_than_shipped_ones():
    own = load_glossary(further=["concept;term\ngender;nacionalidad\n\nhue;Kleur"])
    assert own.meaning(term_key("Nacionalidad")) == "gender"
    assert own.meaning("kleur") == "hue"
    assert load_glossary(["xx"]).concepts == {}


@pytest.mark.parametrize("text", ["one", "a;b;c", "a;"])
def test_another_file_is_no_glossary(text):
    with pytest.raises(GlossaryError, match="line 1"):
        read_terms(text)

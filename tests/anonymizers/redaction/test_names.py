import pytest

from anonymizers.redaction.names import Names
from anonymizers.redaction.vocabulary import vocabulary

NAMES = Names(vocabulary(("en", "es")))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("then Marisol Quetzal came", ["Marisol", "Quetzal"]),
        ("her name is rosa inventada and she", ["rosa", "inventada"]),
        ("se llama lucía; su jefe", ["lucía"]),
        ("me llamo ixchel. Tengo miedo", ["ixchel"]),
        ("mr okafor said", ["okafor"]),
        ("la señora tzoc dijo", ["tzoc"]),
        ("conocido como tuerto", ["tuerto"]),
        ("The Employer said", []),
        ("named after the shelter", []),
        ("with dela-Cruz", ["dela-Cruz"]),
    ],
)
def test_names_are_found_by_how_they_are_written_or_introduced(text, names):
    found = {(span.start, span.end) for span in NAMES.find(text)}
    assert sorted(text[start:end] for start, end in found) == sorted(names)


def test_a_name_in_small_letters_that_nothing_introduces_is_not_seen():
    """Why texts keep listed words alone, unless a policy says otherwise."""
    assert list(NAMES.find("yesterday marisol called")) == []

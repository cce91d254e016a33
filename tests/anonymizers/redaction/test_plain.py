import unicodedata

import pytest

from anonymizers.redaction.plain import _LOOKALIKES, bare, plain_text


@pytest.mark.parametrize(
    ("came", "plain"),
    [
        ("f\u0456ve", "five"),  # a Ukrainian i
        ("\u0410n\u0430", "Ana"),
        ("\uff15\uff15\uff15", "555"),
        ("5\u200b5\u200d5\u2060", "555"),
        ("\u202eabc", "abc"),
        ("202\u2013555\u22120143", "202-555-0143"),
        ("202\u00b7555", "202.555"),
        ("don\u2019t", "don't"),
        ("Mari\u0301a", "María"),
        ("Nun\u0303ez", "Nuñez"),
        ("a\u0336b\u0489", "ab"),
        ("one\u00a0 two\tthree", "one two three"),
        (" one\r\ntwo\u2028three ", "one\n\ntwo\nthree"),
        ("\x00\x07plain", "plain"),
        ("", ""),
    ],
)
def test_what_looks_the_same_has_one_spelling(came, plain):
    assert plain_text(came) == unicodedata.normalize("NFC", plain)


def test_every_lookalike_is_a_foreign_letter_and_becomes_a_plain_one():
    for foreign, plain in _LOOKALIKES.items():
        assert not chr(foreign).isascii()
        assert chr(plain).isascii()


def test_accents_and_capitals_make_no_other_word():
    assert bare("TELÉFONO") == bare("telefono") == "telefono"

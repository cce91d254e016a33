import pyarrow as pa
import pytest

from anonymizers.normalization import find_invalid, normalize, normalize_column


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("Ana María", "ana maría"),
        ("  ANA\t\tMARI\u0301A \n", "ana maría"),
        ("\uff21\uff2e\uff21", "ana"),
        ("Straße", "strasse"),
        ("ΣΊΣΥΦΟΣ", "σίσυφοσ"),
        ("Case\u00a07", "case 7"),
        ("case\u200b-7\ufeff", "case-7"),
        ("ﬁle", "file"),
        ("007", "007"),
    ],
)
def test_spellings_of_a_text_have_one_form(value, form):
    assert normalize(value, "text") == form


@pytest.mark.parametrize("value", ["", "  ", "\t\n", "\u200b", "\u3000"])
def test_blanks_alone_are_nobody(value):
    assert normalize(value, "text") is None


@pytest.mark.parametrize(
    "value",
    [
        "+1 202-555-0143",
        "(202) 555-0143",
        "1.202.555.0143",
        "+1 (202) 555 0143 ext. 9",
        "\uff12\uff10\uff12\uff15\uff15\uff15\uff10\uff11\uff14\uff13",
        "tel:+1-202-555-0143",
    ],
)
def test_spellings_of_a_phone_number_have_one_form(value):
    assert normalize(value, "e164", "US") == "+12025550143"


@pytest.mark.parametrize("value", ["", "911", "unknown", "+15", "12", "ana@example.org"])
def test_what_is_no_phone_number_is_none(value):
    assert normalize(value, "e164", "US") is None


def test_a_number_without_country_needs_a_region():
    assert normalize("2025550143", "e164") is None
    assert normalize("2025550143", "e164", "US") == "+12025550143"
    assert normalize("+442079460018", "e164") == "+442079460018"


def test_a_number_in_e164_form_is_taken_though_no_numbering_plan_knows_it():
    assert normalize("+999123456789", "e164") == "+999123456789"


def test_a_column_keeps_its_places_and_its_nulls():
    column = pa.array(["B", None, " a", "b ", "", "É"])
    assert normalize_column(column, "text").to_pylist() == ["b", None, "a", "b", None, "é"]


def test_a_column_may_be_sliced_large_or_empty():
    column = pa.array(["x", "B", None, "É"]).slice(1)
    assert normalize_column(column, "text").to_pylist() == ["b", None, "é"]
    large = normalize_column(column.cast(pa.large_string()), "text")
    assert large.type == pa.string()
    assert len(normalize_column(pa.array([], type=pa.string()), "text")) == 0
    assert normalize_column(pa.nulls(2), "text").to_pylist() == [None, None]


def test_what_is_no_phone_number_keeps_a_form_and_is_reported():
    column = pa.array(["(202) 555-0143", "Call Ana", None, " ", "+999123456789"])
    normalized = normalize_column(column, "e164", "US")
    assert normalized.to_pylist() == ["+12025550143", "call ana", None, None, "+999123456789"]
    assert find_invalid(normalized, "e164").to_pylist() == [False, True, False, False, False]


def test_every_text_is_valid_as_text():
    assert find_invalid(pa.array(["x", None]), "text").to_pylist() == [False, False]

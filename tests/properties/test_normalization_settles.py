import string

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from anonymizers.normalization import find_invalid, normalize, normalize_column

TEXTS = st.one_of(
    st.text(),
    st.text(alphabet=string.ascii_letters + string.whitespace + "\x00\x1c\x1f-'"),
    st.text(alphabet="aÀßΣς\u0301\u0345\u03b1\u200d\u00a0\u1fb3\u212b\u0130ﬁ\uff21 "),
)
AMERICAN = st.from_regex(
    r"\A(\+?1)?[-. ]?\(?[0-9]{3}\)?[-. ]{0,2}[0-9]{3}[-. ]?[0-9]{4,5}\n?\Z",
    alphabet=string.printable,
)
PHONES = st.one_of(TEXTS, st.text(alphabet="+0123456789 ()-x", max_size=20))


@given(TEXTS)
def test_a_normalized_text_is_normalized(value):
    form = normalize(value, "text")
    assert form is None or normalize(form, "text") == form


@given(TEXTS)
def test_case_and_blanks_around_never_matter(value):
    assert normalize(f"  {value.swapcase().swapcase()}\t", "text") == normalize(
        value.swapcase().swapcase(), "text"
    )


@given(st.lists(st.none() | TEXTS))
def test_a_column_is_normalized_like_its_values(values):
    expected = [None if value is None else normalize(value, "text") for value in values]
    assert normalize_column(pa.array(values, type=pa.string()), "text").to_pylist() == expected


@given(st.lists(st.none() | PHONES))
def test_a_phone_column_is_valid_exactly_where_its_values_are(values):
    normalized = normalize_column(pa.array(values, type=pa.string()), "e164", "US")
    invalid = find_invalid(normalized, "e164").to_pylist()
    for value, form, wrong in zip(values, normalized.to_pylist(), invalid, strict=True):
        if value is None or normalize(value, "text") is None:
            assert (form, wrong) == (None, False)
        else:
            dialled = normalize(value, "e164", "US")
            assert wrong == (dialled is None)
            assert form == (dialled or normalize(value, "text"))


@given(PHONES)
def test_a_normalized_phone_number_is_normalized(value):
    form = normalize(value, "e164", "US")
    assert form is None or normalize(form, "e164") == form


@given(st.lists(AMERICAN, min_size=1), st.sampled_from(["US", "CA", "MX", "DE", None]))
def test_american_spellings_are_dialled_in_a_column_like_alone(values, region):
    normalized = normalize_column(pa.array(values), "e164", region).to_pylist()
    expected = [normalize(value, "e164", region) or normalize(value, "text") for value in values]
    assert normalized == expected

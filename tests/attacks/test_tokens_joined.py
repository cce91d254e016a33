"""Two files of the same people are joined on their tokens."""

import hashlib

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import roots, token_key, tokens_text

SECRET = hashlib.sha256(b"tokens").digest()
PARTS = {"partner": "p", "agreement": "a", "dataset": "d", "domain": "person", "epoch": "2026"}
OTHERS = {
    "partner": "q",
    "agreement": "b",
    "dataset": "e",
    "domain": "phone",
    "epoch": "2027",
}
PEOPLE = roots(pa.array([f"person-{number}" for number in range(10_000)]), bytes(32))


def tokens_under(parts):
    made = tokens_text(PEOPLE, token_key(SECRET, **parts), "person").to_pylist()
    return {token.removeprefix("person_") for token in made}


@pytest.mark.parametrize("part", PARTS)
def test_nobody_is_matched_over_two_of_anything(part):
    assert not tokens_under(PARTS) & tokens_under(PARTS | {part: OTHERS[part]})


def test_nobody_is_matched_by_names_that_run_into_each_other():
    first = PARTS | {"partner": "harbor", "agreement": "2026"}
    second = PARTS | {"partner": "harbor2", "agreement": "026"}
    assert not tokens_under(first) & tokens_under(second)


def test_control_everybody_is_matched_under_one_key():
    assert len(tokens_under(PARTS) & tokens_under(dict(PARTS))) == len(PEOPLE)


def test_control_everybody_is_matched_where_names_are_simply_joined():
    """Why every part has its length before it."""

    def careless(partner, agreement):
        key = hashlib.sha256(SECRET + (partner + agreement).encode()).digest()
        return set(tokens_text(PEOPLE, key, "person").to_pylist())

    assert careless("harbor", "2026") == careless("harbor2", "026")

from __future__ import annotations

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import tokens_text
from anonymizers.transforms.grids import Grid
from anonymizers.transforms.microaggregation import Microaggregation
from anonymizers.transforms.sets import Sets
from anonymizers.transforms.watches import token_promise
from tests.changed_columns import KEY, crowd

TOKEN = "person_0" + "A" * 25


def kept(*texts):
    watch = token_promise("person_id", "person").watch()
    watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
    return watch.holds()


def test_tokens_pass_and_nothing_else_does():
    assert kept(*tokens_text(crowd(200), KEY, "person").to_pylist(), None)
    assert kept(TOKEN)


@pytest.mark.parametrize(
    "text",
    [
        "person-17",
        TOKEN.replace("person", "case"),
        TOKEN[:-1],
        TOKEN + "A",
        TOKEN.replace("_0", "_8"),
        TOKEN[:-1] + "U",
        TOKEN + "\n",
        "",
        TOKEN.lower(),
        "Maria Lopez",
    ],
)
def test_what_is_no_token_breaks_the_promise(text):
    assert not kept(TOKEN, text)


def test_one_wrong_batch_is_enough():
    watch = token_promise("person_id", "person").watch()
    for text in ("person-17", TOKEN):
        watch.see(pa.chunked_array([pa.array([text])]))
    assert not watch.holds()


@pytest.mark.parametrize(("more", "holds"), [("2", True), (None, False)])
def test_a_promise_of_people_counts_those_who_have_a_value(more, holds):
    for transform in (Microaggregation(3, Grid()), Sets(";", 2, 3)):
        watch = transform.watch()
        for texts in (["2", None], ["2", more]):
            watch.see(pa.chunked_array([pa.array(texts, pa.string())]))
        assert watch.holds() is holds

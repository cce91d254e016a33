import os

import numpy as np
import pyarrow as pa
import pytest

from anonymizers import pseudonyms
from anonymizers.pseudonyms import (
    ROOT,
    derive_key,
    keyed_buckets,
    keyed_order,
    root_bytes,
    roots,
    token_key,
    tokens_binary,
    tokens_text,
)

KEY = bytes(range(32))
SOME = [os.urandom(16) for _ in range(40_000)]


def array(values):
    return pa.array(values, type=ROOT)


def test_equal_identifiers_have_equal_roots_and_null_has_none():
    made = roots(pa.array(["b", None, "a", "b"]), KEY).to_pylist()
    assert made[0] == made[3] != made[2]
    assert made[1] is None
    assert all(len(root) == 16 for root in made if root)


def test_roots_of_a_slice_are_the_slice_of_the_roots():
    values = pa.array(["a", "b", None, "c", "a"])
    assert roots(values.slice(1, 3), KEY).equals(roots(values, KEY).slice(1, 3))
    assert len(roots(values.slice(0, 0), KEY)) == 0


def test_another_domain_gives_other_roots():
    values = pa.array(["a", "b"])
    assert not set(roots(values, KEY).to_pylist()) & set(roots(values, bytes(32)).to_pylist())


def test_parts_of_a_derived_key_never_run_into_each_other():
    keys = {
        derive_key(KEY, *parts) for parts in [("ab", "c"), ("a", "bc"), ("abc",), ("ab", "c", "")]
    }
    assert len(keys) == 4


PARTS = {"partner": "p", "agreement": "a", "dataset": "d", "domain": "person", "epoch": "2026"}


@pytest.mark.parametrize("part", PARTS)
def test_every_part_changes_the_token_key(part):
    assert token_key(KEY, **PARTS) != token_key(KEY, **(PARTS | {part: "other"}))


def test_token_key_keeps_parts_in_their_places():
    swapped = PARTS | {"partner": PARTS["agreement"], "agreement": PARTS["partner"]}
    assert token_key(KEY, **PARTS) != token_key(KEY, **swapped)


def test_equal_roots_have_equal_tokens_and_different_ones_different():
    made = tokens_binary(array([*SOME, SOME[0]]), KEY).to_pylist()
    assert made[0] == made[-1]
    assert len(set(made)) == len(SOME)


def test_a_null_root_has_a_null_token():
    some = array([SOME[0], None, SOME[1]])
    assert tokens_binary(some, KEY).is_null().to_pylist() == [False, True, False]
    text = tokens_text(some, KEY, "person")
    text.validate(full=True)
    assert text.is_null().to_pylist() == [False, True, False]


def test_under_a_null_lies_nothing_of_a_root():
    hidden = pa.Array.from_buffers(ROOT, 1, [pa.py_buffer(b"\0"), pa.py_buffer(SOME[0])])
    token = tokens_binary(array([SOME[0]]), KEY)[0].as_py()
    assert token not in tokens_binary(hidden, KEY).buffers()[1].to_pybytes()
    assert (
        tokens_text(hidden, KEY, "p").buffers()[2]
        != tokens_text(array([SOME[0]]), KEY, "p").buffers()[2]
    )


@pytest.mark.parametrize("make", [tokens_binary, lambda some, key: tokens_text(some, key, "p")])
def test_tokens_of_a_slice_are_the_slice_of_the_tokens(make):
    some = array([*SOME[:50], None, *SOME[50:60]])
    for start, length in [(0, 0), (3, 7), (45, 10), (60, 5)]:
        assert make(some.slice(start, length), KEY).equals(make(some, KEY).slice(start, length))


def test_text_and_binary_are_the_same_tokens_across_blocks():
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    values = {character: place for place, character in enumerate(alphabet)}
    binary = tokens_binary(array(SOME), KEY).to_pylist()
    text = tokens_text(array(SOME), KEY, "person").to_pylist()
    assert len(set(map(len, text))) == 1
    for place in [*range(50), *range(16_370, 16_400), len(SOME) - 1]:
        domain, token = text[place].split("_")
        number = 0
        for character in token:
            number = number * 32 + values[character]
        assert (domain, len(token)) == ("person", 26)
        assert number.to_bytes(16, "big") == binary[place]


def test_a_domain_may_have_any_letters():
    made = tokens_text(array(SOME[:2]), KEY, "teléfono-móvil")
    made.validate(full=True)
    assert all(token.startswith("teléfono-móvil_") for token in made.to_pylist())


def test_roots_of_another_type_are_refused():
    with pytest.raises(TypeError, match=r"binary\(16\)"):
        tokens_binary(pa.array([b"x" * 16]), KEY)


def test_a_batch_too_large_for_one_array_is_refused(monkeypatch):
    monkeypatch.setattr(pseudonyms, "MAX_TEXT_BYTES", 100)
    with pytest.raises(ValueError, match="split the batch"):
        tokens_text(array(SOME[:10]), KEY, "person")


def test_a_keyed_order_is_a_permutation_that_sorts_tokens():
    order = keyed_order(array(SOME), KEY)
    assert order.dtype == np.int64
    made = tokens_binary(array(SOME), KEY).to_pylist()
    assert [made[place] for place in order] == sorted(made)


def test_a_keyed_order_says_nothing_about_the_order_of_the_input():
    shuffled = [SOME[place] for place in np.random.default_rng(1).permutation(len(SOME))]
    first = [SOME[place] for place in keyed_order(array(SOME), KEY)]
    second = [shuffled[place] for place in keyed_order(array(shuffled), KEY)]
    assert first == second
    correlation = np.corrcoef(keyed_order(array(SOME), KEY), np.arange(len(SOME)))[0, 1]
    assert abs(correlation) < 0.03


def test_another_key_gives_another_order():
    some = array(SOME[:100])
    assert keyed_order(some, KEY).tolist() != keyed_order(some, bytes(32)).tolist()


def test_equal_roots_keep_their_order():
    assert keyed_order(array([SOME[0]] * 5), KEY).tolist() == [0, 1, 2, 3, 4]
    assert keyed_order(array([]), KEY).tolist() == []


def test_a_null_root_has_no_place_in_an_order():
    with pytest.raises(ValueError, match="NULL root"):
        keyed_order(array([SOME[0], None]), KEY)


def test_root_bytes_are_the_roots_in_order_and_zeros_for_nobody():
    given = pa.array([b"a" * 16, b"b" * 16, None, b"c" * 16], pa.binary(16))
    assert root_bytes(given.slice(1)).tobytes() == b"b" * 16 + bytes(16) + b"c" * 16
    assert root_bytes(given.slice(4)).tobytes() == b""


@pytest.mark.parametrize("bits", [0, 1, 5, 16])
def test_buckets_one_after_the_other_are_the_keyed_order(bits):
    buckets = keyed_buckets(array(SOME), KEY, bits)
    assert buckets.max() < 2**bits
    order = keyed_order(array(SOME), KEY)
    assert (np.diff(buckets[order].astype(int)) >= 0).all()

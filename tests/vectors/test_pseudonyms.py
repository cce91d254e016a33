"""Known answers, computed apart from the code: standard library for HMAC, HKDF and base32."""

import json
from pathlib import Path

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import ROOT, roots, token_key, tokens_binary, tokens_text

VECTORS = json.loads(Path(__file__).with_name("pseudonyms.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", VECTORS["roots"])
def test_a_root_is_the_known_one(vector):
    made = roots(pa.array([vector["value"]]), bytes.fromhex(VECTORS["domain_key"]))
    assert made[0].as_py().hex() == vector["root"]


@pytest.mark.parametrize("vector", VECTORS["token_keys"])
def test_a_token_key_is_the_known_one(vector):
    parts = {name: value for name, value in vector.items() if name != "key"}
    assert token_key(bytes.fromhex(VECTORS["secret"]), **parts).hex() == vector["key"]


@pytest.mark.parametrize("vector", VECTORS["tokens"])
def test_a_token_is_the_known_one(vector):
    key = bytes.fromhex(VECTORS["token_keys"][0]["key"])
    root = pa.array([bytes.fromhex(vector["root"])], type=ROOT)
    assert tokens_binary(root, key)[0].as_py().hex() == vector["token"]
    assert tokens_text(root, key, "person")[0].as_py() == vector["text"]


def test_a_token_is_aes_256_as_in_fips_197():
    key = bytes(range(32))
    root = pa.array([bytes.fromhex("00112233445566778899aabbccddeeff")], type=ROOT)
    token = "8ea2b7ca516745bfeafc49904b496089"
    assert tokens_binary(root, key)[0].as_py().hex() == token

"""The attacker has tokens and a list of a million identifiers, the victims' among them."""

import hashlib
import hmac

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import roots, token_key, tokens_binary

CANDIDATES = [f"+1202{number:07d}" for number in range(1_000_000)]
VICTIMS = CANDIDATES[::10_000]
PARTS = {"partner": "p", "agreement": "a", "dataset": "d", "domain": "phone", "epoch": "2026"}


@pytest.fixture(scope="module")
def released():
    domain_key, secret = hashlib.sha256(b"domain").digest(), hashlib.sha256(b"tokens").digest()
    made = tokens_binary(roots(pa.array(VICTIMS), domain_key), token_key(secret, **PARTS))
    return set(made.to_pylist())


def hash_of(candidate):
    return hashlib.sha256(candidate.encode()).digest()[:16]


def test_hashing_every_candidate_finds_nobody(released):
    assert not {hash_of(candidate) for candidate in CANDIDATES} & released


def test_control_hashing_every_candidate_finds_everybody_without_a_key():
    unkeyed = {hash_of(victim) for victim in VICTIMS}
    found = [candidate for candidate in CANDIDATES if hash_of(candidate) in unkeyed]
    assert found == VICTIMS


@pytest.mark.parametrize("guess", [bytes(32), hashlib.sha256(b"phone").digest()])
def test_the_whole_construction_under_a_guessed_key_finds_nobody(released, guess):
    guessed = roots(pa.array(CANDIDATES[:200_000]), guess)
    made = tokens_binary(guessed, token_key(guess, **PARTS))
    assert not set(made.to_pylist()) & released


def test_one_leaked_key_of_the_two_finds_nobody(released):
    """Reversing a token takes the partner's token key and the domain key (or the vault)."""
    guessed = roots(pa.array(CANDIDATES[:200_000]), bytes(32))
    made = tokens_binary(guessed, token_key(hashlib.sha256(b"tokens").digest(), **PARTS))
    assert not set(made.to_pylist()) & released


def test_control_both_keys_find_everybody(released):
    domain_key, secret = hashlib.sha256(b"domain").digest(), hashlib.sha256(b"tokens").digest()
    made = tokens_binary(roots(pa.array(CANDIDATES), domain_key), token_key(secret, **PARTS))
    assert len(set(made.to_pylist()) & released) == len(VICTIMS)


def test_a_short_secret_would_be_found_by_trying_so_secrets_are_32_random_bytes():
    pin = b"0042"
    token = hmac.digest(pin, VICTIMS[0].encode(), "sha256")[:16]
    tried = (f"{number:04d}".encode() for number in range(10_000))
    found = [key for key in tried if hmac.digest(key, VICTIMS[0].encode(), "sha256")[:16] == token]
    assert found == [pin]

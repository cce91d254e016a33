"""A partner's key decides its algorithm; assertions are short-lived and never repeat."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from joserfc import jwt

from gateway.client import PrivateKeyError
from gateway.client.private_keys import load_partner_key, sign_assertion

KINDS = {
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "PS256": lambda: rsa.generate_private_key(65537, 2048),
}


@pytest.mark.parametrize("algorithm", KINDS)
def test_the_kind_of_key_decides_the_algorithm(tmp_path, fake, algorithm):
    file = tmp_path / "key.pem"
    file.write_bytes(fake.pem_of(KINDS[algorithm]()))
    key = load_partner_key(file)
    assertion = jwt.decode(
        sign_assertion(key, "harbor", "https://weir.example", 1000.5),
        key.key,
        algorithms=[algorithm],
    )
    jti = assertion.claims.pop("jti")
    assert assertion.header["alg"] == algorithm
    assert assertion.claims == {
        "iss": "harbor",
        "sub": "harbor",
        "aud": "https://weir.example",
        "iat": 1000,
        "exp": 1060,
    }
    assert len(jti) >= 22
    assert "PRIVATE" not in repr(key)


def test_no_two_assertions_share_their_id(key_file):
    key = load_partner_key(key_file)
    made = {sign_assertion(key, "harbor", "https://weir.example", 0.0) for _ in range(20)}
    assert len(made) == 20


@pytest.mark.parametrize(
    "make",
    [
        ed25519.Ed25519PrivateKey.generate().public_key,
        lambda: ec.generate_private_key(ec.SECP384R1()),
        lambda: rsa.generate_private_key(65537, 1024),  # noqa: S505
    ],
)
def test_a_key_the_gateway_does_not_take_is_refused(tmp_path, fake, make):
    made = make()
    file = tmp_path / "key.pem"
    file.write_bytes(
        fake.pem_of(made) if hasattr(made, "private_bytes") else made.public_bytes_raw()
    )
    with pytest.raises(PrivateKeyError, match="make an Ed25519 key"):
        load_partner_key(file)


def test_a_key_behind_a_passphrase_is_named(tmp_path):
    secret = BestAvailableEncryption(b"secret")
    private = ed25519.Ed25519PrivateKey.generate()
    file = tmp_path / "key.pem"
    file.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, secret))
    with pytest.raises(PrivateKeyError, match="passphrase"):
        load_partner_key(file)


def test_a_missing_key_is_named(tmp_path):
    with pytest.raises(PrivateKeyError, match="No such file"):
        load_partner_key(tmp_path / "none.pem")

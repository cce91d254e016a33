"""The note and keys of the examples of Go's `sumdb/note`; the checkpoint of its specification."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.audit.notes import NoteSigner, sign_note
from gateway.audit.verifier import (
    FormatError,
    decode_base64,
    parse_checkpoint,
    parse_note,
    parse_vkey,
    verify_note,
)

TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
NOTE = (
    f"{TEXT}\n\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
    "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
SEED = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"


def test_the_note_of_go_verifies():
    note = parse_note(NOTE)
    verify_note(note, parse_vkey(VKEY))
    assert note.text == TEXT


def test_we_sign_the_very_same_note():
    private = Ed25519PrivateKey.from_private_bytes(decode_base64(SEED)[1:])
    signer = NoteSigner("PeterNeumann", private)
    assert str(signer.vkey) == VKEY
    assert sign_note(TEXT, signer) == NOTE


@pytest.mark.parametrize(
    "bad",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        *(VKEY[:cut] for cut in range(len(VKEY))),
        *(VKEY[:at] + chr(ord(VKEY[at]) + 1) + VKEY[at + 1 :] for at in range(len(VKEY))),
    ],
)
def test_keys_that_go_refuses_are_refused(bad):
    with pytest.raises(FormatError):
        parse_vkey(bad)


def test_the_checkpoint_of_the_specification_is_read():
    checkpoint = parse_checkpoint(
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    )
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)

"""Notes are signed and opened as c2sp.org/signed-note says; whatever else is refused."""

from __future__ import annotations

import pytest

from gateway.audit.notes import NoteSigner, sign_note
from gateway.audit.verifier import (
    FormatError,
    SignatureError,
    decode_base64,
    is_key_name,
    parse_note,
    parse_vkey,
    verify_note,
)


def test_a_note_opens_under_its_key(signer):
    note = parse_note(sign_note("log\n1\n", signer))
    verify_note(note, parse_vkey(str(signer.vkey)))
    assert note.text == "log\n1\n"


def test_a_signature_of_an_unknown_key_is_passed_over(signer, other_signer):
    line = sign_note("log\n", other_signer).decode().split("\n\n")[1]
    both = sign_note("log\n", signer) + line.encode()
    verify_note(parse_note(both), signer.vkey)


def test_a_note_without_our_signature_is_refused(signer, other_signer):
    with pytest.raises(SignatureError, match="did not sign"):
        verify_note(parse_note(sign_note("log\n", other_signer)), signer.vkey)


def test_a_second_wrong_signature_under_our_key_is_refused(signer):
    other_text = sign_note("other\n", signer).decode().split("\n\n")[1]
    both = sign_note("log\n", signer) + other_text.encode()
    with pytest.raises(SignatureError, match="is wrong"):
        verify_note(parse_note(both), signer.vkey)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "carriage\r\n"])
def test_a_text_that_no_note_can_hold_is_not_signed(signer, text):
    with pytest.raises(FormatError):
        sign_note(text, signer)


@pytest.mark.parametrize("name", ["", "two words", "a+b", "a\u00a0b", "a\nb"])
def test_a_name_that_no_note_can_hold_signs_nothing(signer, name):
    assert not is_key_name(name)
    with pytest.raises(FormatError):
        NoteSigner(name, signer.private)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"text\n",
        b"text\n\n",
        b"text\n\n- name AAAAAAAAAA==\n",
        "text\n\n\u2014 name AAAAAA==\n".encode(),
        "text\n\n\u2014 name AAAAAAAA".encode(),
        "text\n\n\u2014 name\n".encode(),
        "text\n\n\u2014 na+me AAAAAAAA\n".encode(),
        "text\n\n\u2014 name AAAAAAAA\n".encode() + b"\xff\n",
        b"text\n\n" + "\u2014 name AAAAAAAA\n".encode() * 101,
    ],
)
def test_what_is_no_note_is_refused(data):
    with pytest.raises(FormatError):
        parse_note(data)


@pytest.mark.parametrize("text", ["AB==", "AAB=", "AA=", "A A=", "AA==\n", "AA", "-_8="])
def test_base64_has_one_spelling(text):
    with pytest.raises(FormatError):
        decode_base64(text)


def test_fingerprints_of_two_keys_differ(signer, other_signer):
    assert signer.vkey.fingerprint.startswith("SHA256:")
    assert signer.vkey.fingerprint != other_signer.vkey.fingerprint

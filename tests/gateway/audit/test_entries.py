"""Entries are canonical; their leaves bind to them and say nothing of them."""

from __future__ import annotations

import hashlib
import json

import pytest

from gateway.audit.entries import make_entry, seal_entry
from gateway.audit.verifier import FormatError, SealedEntry, parse_sealed

TIME = "2026-03-05T10:00:00.000000Z"


def test_an_entry_is_canonical_json():
    entry = make_entry("release", "rel_1", TIME, manifest_sha256="00")
    assert entry == (
        b'{"id":"rel_1","manifest_sha256":"00","time":"' + TIME.encode() + b'","type":"release"}'
    )


def test_an_unknown_type_is_refused():
    with pytest.raises(FormatError, match="no entry type"):
        make_entry("gossip", "x", TIME)


def test_a_fact_cannot_replace_the_type():
    with pytest.raises(FormatError, match="twice"):
        make_entry("release", "rel_1", TIME, type="refusal")


def test_the_leaf_is_the_commitment_alone():
    sealed = SealedEntry(b'{"type":"release"}', b"\x01" * 32)
    commitment = hashlib.sha256(b"\x01" * 32 + b'{"type":"release"}').hexdigest()
    assert sealed.leaf == b'{"commitment":"' + commitment.encode() + b'","v":1}'


def test_the_same_entry_gets_another_leaf_each_time():
    entry = make_entry("refusal", "ref_1", TIME)
    assert seal_entry(entry).leaf != seal_entry(entry).leaf


@pytest.mark.parametrize(
    "extra",
    [
        b"[]",
        b"{}",
        b'{"entry":{}}',
        b'{"entry":{},"salt":"AAAA"}',
        b'{"entry":{},"salt":1}',
        b'{"entry":[],"salt":"' + b"A" * 43 + b'="}',
        b'{"entry":{},"more":1,"salt":"' + b"A" * 43 + b'="}',
        b'{"salt":"' + b"A" * 43 + b'=","entry":{}}',
    ],
)
def test_an_extra_line_of_another_form_is_refused(extra):
    with pytest.raises(FormatError):
        parse_sealed(extra)


def test_an_extra_line_gives_back_entry_and_salt():
    extra = b'{"entry":{"a":1},"salt":"' + b"A" * 43 + b'="}'
    assert parse_sealed(extra) == SealedEntry(b'{"a":1}', bytes(32))
    assert json.loads(parse_sealed(extra).entry) == {"a": 1}

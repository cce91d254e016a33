from __future__ import annotations

import json

from gateway.audit.canonical import canonical_json
from gateway.manifests import LIMIT_OF_TOKENS, opaque_snapshot
from gateway.releases import manifest_bytes


def manifest_of(world, partner, made):
    return manifest_bytes(world.context, partner, made.release_id)


def test_a_manifest_is_canonical_json_with_a_salt_of_its_own(shared, partner):
    first = manifest_of(shared, partner, shared.extract(partner))
    second = manifest_of(shared, partner, shared.extract(partner, format="jsonl"))
    salts = {json.loads(manifest)["salt"] for manifest in (first, second)}
    assert canonical_json(json.loads(first)) == first
    assert {len(salt) for salt in salts} == {64}
    assert len(salts) == 2


def test_the_limits_warn_of_tokens_where_there_are_some(shared):
    plain, tokens = shared.partner("plain"), shared.partner("tokens")
    without = json.loads(manifest_of(shared, plain, shared.extract(plain, columns=["age"])))
    those = json.loads(manifest_of(shared, tokens, shared.extract(tokens)))
    assert LIMIT_OF_TOKENS in those["limits"]
    assert LIMIT_OF_TOKENS not in without["limits"]


def test_a_snapshots_public_id_says_nothing_but_same_or_other(shared):
    ids = [opaque_snapshot(shared.context, "cases", number) for number in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert ids[0] != opaque_snapshot(shared.context, "others", 1)
    assert not [one for one in ids if len(one) != len("snap_") + 24]


def test_the_citation_names_home_dataset_release_and_day(shared, partner):
    made = shared.extract(partner)
    manifest = json.loads(manifest_of(shared, partner, made))
    for part in ("Small Test Home", "cases", made.release_id, "2026-07-01"):
        assert part in manifest["citation"]

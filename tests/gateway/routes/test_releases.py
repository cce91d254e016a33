from __future__ import annotations

import json


def test_a_partner_sees_what_it_received_newest_first(gateway, harbor):
    extracts = [gateway.add_ready_extract("harbor") for _ in range(3)]
    gateway.add_ready_extract("other")
    page = harbor.get("/v1/releases").json()
    assert [release["extract"] for release in page["releases"]] == extracts[::-1]
    assert "cursor" not in page


def test_pages_follow_each_other_without_gap_or_overlap(gateway, harbor):
    extracts = [gateway.add_ready_extract("harbor") for _ in range(5)]
    seen, cursor = [], ""
    while True:
        page = harbor.get(f"/v1/releases?limit=2{cursor}").json()
        seen += [release["extract"] for release in page["releases"]]
        if "cursor" not in page:
            break
        cursor = f"&cursor={page['cursor']}"
    assert seen == extracts[::-1]


def test_a_release_comes_with_its_evidence(gateway, harbor):
    extract_id = gateway.add_ready_extract("harbor")
    release_id = extract_id.replace("ext_", "rel_")
    release = harbor.get(f"/v1/releases/{release_id}").json()
    assert release["extract"] == extract_id
    manifest = harbor.get(release["links"]["manifest"])
    assert manifest.headers["content-type"] == "application/json"
    assert json.loads(manifest.content) == {"release": release_id}
    receipt = harbor.get(release["links"]["receipt"])
    assert receipt.headers["content-type"].startswith("text/plain")
    assert receipt.text.startswith("c2sp.org/tlog-proof@v1\n")

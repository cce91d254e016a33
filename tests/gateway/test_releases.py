from __future__ import annotations

import hashlib
import json

import pytest

from anonymizers.pseudonyms import token_key, tokens_text
from gateway.audit.verifier import verify_release
from gateway.corridor import make
from gateway.declarations import suspend_partner
from gateway.errors import NotFoundError
from gateway.outcomes import CLASSES, folder_of, open_outcome
from gateway.release_ledger import read_classes
from gateway.releases import (
    list_releases,
    manifest_bytes,
    publish,
    receipt_text,
    settle,
    show_release,
    view_release,
)
from gateway.store.engine import reading
from gateway.store.tables import Release

CONTRACT = [
    "release",
    "kind",
    "partner",
    "agreement",
    "purpose",
    "request",
    "policy",
    "policy_sha256",
    "dataset",
    "snapshot",
    "columns",
    "consent",
    "guarantee",
    "protection",
    "utility",
    "budget",
    "guard",
    "content_sha256",
    "rows",
    "approvals",
    "epoch",
    "delete_by",
    "software",
    "limits",
    "citation",
    "salt",
]


def manifest_of(world, partner, made):
    return json.loads(manifest_bytes(world.context, partner, made.release_id))


def test_a_release_verifies_offline_with_its_manifest_and_receipt(shared, partner, tmp_path):
    made = shared.extract(partner)
    file = tmp_path / "cases.csv"
    file.write_bytes(shared.content(partner, made.id))
    manifest = manifest_bytes(shared.context, partner, made.release_id)
    (tmp_path / "cases.csv.manifest.json").write_bytes(manifest)
    receipt = receipt_text(shared.context, partner, made.release_id)
    (tmp_path / "cases.csv.tlog-proof").write_text(receipt)
    (tmp_path / "cases.csv.codebook.csv").write_bytes(shared.codebook(partner, made.id))
    assert verify_release(file, shared.context.log.vkey).outcome == "verified"


def test_the_manifest_says_everything_that_the_contract_promises(shared, partner):
    made = shared.extract(partner, where=[{"column": "age", "in": ["30-34"]}])
    manifest = manifest_of(shared, partner, made)
    assert set(CONTRACT) <= set(manifest)
    assert manifest["rows"] == 20
    assert manifest["guarantee"] == "pseudonymized: still personal data"
    assert manifest["request"]["where"] == [{"column": "age", "in": ["30-34"]}]
    assert manifest["protection"]["k"] == 3
    assert manifest["protection"]["l"] == {"harm": 2}
    assert manifest["epoch"] == {"person_id": "2026"}
    assert manifest["delete_by"] == "2027-07-01"
    content = shared.content(partner, made.id)
    assert manifest["content_sha256"] == hashlib.sha256(content).hexdigest()


def test_a_manifest_tells_neither_the_snapshots_number_nor_how_many_were_suppressed(
    shared, partner
):
    made = shared.extract(partner)
    manifest = manifest_of(shared, partner, made)
    assert manifest["snapshot"].startswith("snap_")
    assert manifest["protection"]["suppressed_share"] == 0
    assert "left_out" not in json.dumps(manifest)


def test_an_extract_without_tokens_is_called_anonymous(shared, partner):
    made = shared.extract(partner, columns=["age", "harm"])
    manifest = manifest_of(shared, partner, made)
    assert manifest["guarantee"] == "k-anonymous extract"
    assert manifest["consent"] == {"needed": "anonymized"}
    assert manifest["epoch"] == {}


def test_the_release_and_its_entry_settle_together(shared, partner):
    asked = shared.ask(partner)
    make(shared.context, asked.id)
    before = len(shared.entries())
    assert settle(shared.context, asked.id) == "settled"
    entry = shared.entries()[before:]
    release = asked.id.replace("ext_", "rel_")
    assert [(one["type"], one["id"]) for one in entry] == [("release", release)]
    with reading(shared.context.store) as session:
        assert session.get(Release, release).entry_index == before
    assert settle(shared.context, asked.id) == "settled"  # again, after a crash
    assert len(shared.entries()) == before + 1
    publish(shared.context, asked.id)


def test_nothing_of_a_release_is_seen_before_it_is_published(shared, partner):
    asked = shared.ask(partner)
    make(shared.context, asked.id)
    settle(shared.context, asked.id)
    release = asked.id.replace("ext_", "rel_")
    for see in (view_release, manifest_bytes, receipt_text):
        with pytest.raises(NotFoundError):
            see(shared.context, partner, release)
    publish(shared.context, asked.id)
    assert view_release(shared.context, partner, release).state == "ready"


def test_published_bytes_are_under_a_signed_checkpoint(shared, partner):
    made = shared.extract(partner)
    size = int(shared.context.log.current_checkpoint().splitlines()[1])
    entry = next(one for one in shared.entries("release") if one["id"] == made.release_id)
    assert entry["index"] < size


def test_another_partners_release_is_as_absent_as_none(shared, partner):
    made = shared.extract(partner)
    for see in (view_release, manifest_bytes, receipt_text):
        for name, release in (("lantern", made.release_id), (partner, "rel_" + "0" * 20)):
            with pytest.raises(NotFoundError) as caught:
                see(shared.context, name, release)
            assert str(caught.value) == str(NotFoundError())


def test_the_release_ledger_holds_every_person_once_with_a_class_of_k(shared, partner):
    made = shared.extract(partner)
    outcome = open_outcome(shared.context, shared.row(made.id))
    ledger = read_classes(folder_of(shared.context, made.id) / CLASSES, outcome.classes_key)
    assert ledger.num_rows == 40
    assert len(set(ledger["person"].to_pylist())) == 40
    classes = ledger["class"].to_pylist()
    names = {"partner": partner, "agreement": f"{partner}-2026", "dataset": "cases"}
    key = token_key(shared.context.keys.tokens(), **names, domain="person", epoch="2026")
    people = tokens_text(ledger["person"].combine_chunks(), key, "person").to_pylist()
    rows = {row["person_id"]: row for row in shared.table(partner, made.id).to_pylist()}
    seen = {}
    for number, token in zip(classes, people, strict=True):
        row = rows[token]
        seen.setdefault(number, set()).add((row["age"], row["state"], row["reported_on"]))
    assert all(len(forms) == 1 for forms in seen.values())
    assert min(classes.count(number) for number in set(classes)) >= 3


def test_releases_are_listed_newest_first_in_pages(shared):
    name = shared.partner("collects")
    made = [shared.extract(name, format=chosen).release_id for chosen in ("csv", "jsonl", "xlsx")]
    first, cursor = list_releases(shared.context, name, None, 2)
    last, end = list_releases(shared.context, name, cursor, 2)
    assert [view.id for view in (*first, *last)] == made[::-1]
    assert end is None
    everything, _ = list_releases(shared.context, None, None, 100)
    assert {view.id for view in everything} > set(made)


def test_the_operator_sees_what_became_of_a_release(shared, partner):
    made = shared.extract(partner)
    shown = show_release(shared.context, made.release_id)
    assert (shown["partner"], shown["state"]) == (partner, "ready")
    with pytest.raises(NotFoundError):
        show_release(shared.context, "rel_none")


def test_an_extract_made_under_a_policy_that_was_replaced_is_refused(world):
    asked = world.ask("harbor")
    world.apply(k="k: 3, l: -> k: 4, l:")
    assert world.work(asked.id) == "refused"
    made = world.ask("harbor")
    make(world.context, made.id)
    world.apply(k="k: 3, l: -> k: 5, l:")
    assert settle(world.context, made.id) == "refused"
    assert world.entries("release") == []
    assert [entry["rules"] for entry in world.entries("refusal")] == [["permission-ended"]] * 2


def test_an_extract_is_refused_when_its_agreement_went_while_it_waited(world):
    asked = world.ask("harbor")
    world.partner("harbor", agreements=[])
    assert world.work(asked.id) == "refused"


def test_an_extract_is_refused_when_its_partner_was_suspended_while_it_was_made(world):
    asked = world.ask("harbor")
    make(world.context, asked.id)
    suspend_partner(world.context, "harbor")
    assert settle(world.context, asked.id) == "refused"


def test_an_extract_is_refused_when_its_agreement_ended_while_it_was_made(world):
    world.partner("harbor", agreement={"ends": "2026-07-01"})
    asked = world.ask("harbor")
    make(world.context, asked.id)
    world.clock.move(days=1)
    assert settle(world.context, asked.id) == "refused"


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ([{"column": "state", "in": ["TX"]}], "nobody"),
        ([{"column": "age", "in": ["60-64"]}], "two people"),
    ],
)
def test_too_few_people_and_nobody_get_the_very_same_answer(world, where, why):
    from tests.small_homes import people

    world.load(people(41, 42, age="61"))
    made = world.extract("harbor", where=where)
    assert made.state == "refused"
    assert [(r.rule, dict(r.params)) for r in made.reasons] == [
        ("nothing-safe", {"dataset": "cases"})
    ]
    assert made.progress == 1.0
    assert world.entries("refusal")[-1]["rules"] == ["nothing-safe"]

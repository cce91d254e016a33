"""Free text in a release: redacted where a policy says so and an officer approves; else never."""

from __future__ import annotations

import json

import pytest

from anonymizers.redaction.redactor import Redactor
from gateway import redacting
from gateway.errors import IntegrityError, RefusedError
from gateway.extracts import view_extract
from gateway.previews import Audience, preview_policy
from gateway.redacting import check_redacted
from gateway.releases import manifest_bytes
from gateway.reviews import approve
from policies.documents import parse_policy
from tests.small_homes import POLICY, changed, people, person

REDACT = {
    "narrative": "    note:        keep -> "
    "    note:        keep\n    narrative:   {redact: {languages: [en, es]}}",
    "review": "retention_days: 365 -> retention_days: 365\nreview: {extract: 1}",
}
TOLD = "Marisol Quetzal called from 202-555-0143. The employer keeps the passport."
LEFT = "[NAME] called from [PHONE]. The employer keeps the passport."


@pytest.fixture
def telling(world):
    """A home in which everybody tells, and a policy that redacts it."""
    world.apply(**REDACT)
    world.load(people(1, 40, narrative=TOLD))
    return world


def released(world, **asked):
    made = world.extract("harbor", **asked)
    assert made.state == "in_review"
    approve(world.context, made.id, "olivia", "read")
    assert world.state(made.id) == "ready"
    return view_extract(world.context, "harbor", made.id)


def manifest(world, made):
    return json.loads(manifest_bytes(world.context, "harbor", made.release_id))


def test_what_leaves_is_the_redacted_text_after_an_officer(telling):
    for chosen in ("csv", "parquet", "jsonl", "xlsx"):
        table = telling.table("harbor", released(telling, format=chosen).id, chosen)
        assert table.num_rows == 40
        assert set(table["narrative"].to_pylist()) == {LEFT}
    assert telling.context.vault._vault is None  # shut again


def test_manifest_and_codebook_say_that_it_is_personal_data_and_no_guarantee(telling):
    made = released(telling, columns=["narrative", "age"])
    said = manifest(telling, made)
    assert said["guarantee"] == "pseudonymized: still personal data"
    assert said["consent"]["needed"] == "pseudonymized"
    assert said["protection"]["wp216"] == dict.fromkeys(
        ("singling_out", "linkability", "inference"), "yes"
    )
    assert "This is no guarantee: it is still personal data." in said["limits"][-1]
    (column,) = [column for column in said["columns"] if column["name"] == "narrative"]
    assert column["parameters"]["keep"] == "listed"
    assert column["action"] == "redact"
    book = telling.codebook("harbor", made.id).decode()
    assert "redacted free text: still personal data" in book
    assert "[PHONE]" in book


def test_only_consent_to_pseudonymized_products_brings_a_text_out(telling):
    telling.load([person(2, consent="anonymized", narrative=TOLD)])
    assert telling.table("harbor", released(telling, columns=["narrative"]).id).num_rows == 39


def test_each_text_stands_in_the_row_of_its_record(world):
    world.apply(**REDACT)
    words = ("passport", "wages", "threats", "shelter")
    rows = [person(n, narrative=f"{words[n % 4]} {n}", note=f"note {n % 3}") for n in range(1, 41)]
    world.load(rows)
    made = released(world)
    by_note = {
        f"note {n % 3}": sorted(words[m % 4] for m in range(1, 41) if m % 3 == n % 3)
        for n in range(3)
    }
    table = world.table("harbor", made.id).to_pylist()
    for note, expected in by_note.items():
        got = sorted(row["narrative"].split()[0] for row in table if row["note"] == note)
        assert got == expected
    assert {row["narrative"].split()[1] for row in table} == {"[NUMBER]"}


def test_a_record_without_a_text_has_none(telling):
    telling.load([person(3, narrative="")])
    texts = telling.table("harbor", released(telling).id)["narrative"].to_pylist()
    assert sorted(texts, key=bool) == [None, *[LEFT] * 39]


def test_a_text_of_a_later_load_is_no_part_of_an_earlier_snapshot(telling):
    asked = telling.ask("harbor")
    telling.load([person(3, narrative="The passport again and again.")])
    telling.work(asked.id)
    approve(telling.context, asked.id, "olivia", "read")
    texts = telling.table("harbor", asked.id)["narrative"].to_pylist()
    assert sorted(texts, key=bool) == [None, *[LEFT] * 39]


def test_a_request_that_leaves_the_text_out_needs_no_vault(telling):
    telling.context.home.vault_file.rename(telling.folder / "away")
    made = released(telling, columns=["age", "harm"])
    assert manifest(telling, made)["guarantee"] == "k-anonymous extract"


def test_without_the_vault_a_redacted_extract_fails_without_a_word_of_data(telling):
    telling.context.home.vault_file.rename(telling.folder / "away")
    asked = telling.ask("harbor")
    with pytest.raises(Exception, match="LakeError"):
        telling.work(asked.id)
    assert telling.state(asked.id) == "failed"


def test_an_officer_decides_even_if_a_policy_forgot(world, monkeypatch):
    """Under such a policy nothing leaves; the guard holds where the lint was passed by."""
    world.apply(narrative=REDACT["narrative"])
    with pytest.raises(RefusedError) as caught:
        world.extract("harbor")
    assert [reason.rule for reason in caught.value.reasons] == ["policy-unsafe"]
    monkeypatch.setattr("policies.lint.policies.redaction_errors", lambda *_: ())
    world.load(people(1, 40, narrative=TOLD))
    assert world.extract("harbor").state == "in_review"


UNFOUND = {
    "narrative": REDACT["narrative"].replace("es]}", "es], keep: unfound}"),
    "review": REDACT["review"].replace("extract: 1", "extract: 2"),
}


def test_without_the_extra_it_is_refused_and_says_what_to_install(world, monkeypatch):
    monkeypatch.setattr(redacting, "find_spec", lambda _name: None)
    world.apply(**UNFOUND)
    with pytest.raises(RefusedError) as caught:
        world.extract("harbor")
    (reason,) = caught.value.reasons
    assert reason.rule == "redaction-unavailable"
    assert reason.params["install"] == "pip install 'weir[text]'"
    with pytest.raises(RefusedError):
        preview(world, UNFOUND)


def test_with_the_extra_what_is_unfound_stays_after_two_officers(world):
    pytest.importorskip("presidio_analyzer", reason="the extra `text` isn't installed")
    world.apply(**UNFOUND)
    world.load(people(1, 40, narrative=f"{TOLD} The hairdresser knows."))
    made = world.extract("harbor")
    assert approve(world.context, made.id, "olivia", "read") == "in_review"
    assert approve(world.context, made.id, "pedro", "read too") == "ready"
    texts = set(world.table("harbor", made.id)["narrative"].to_pylist())
    assert texts == {f"{LEFT} The hairdresser knows."}
    said = manifest(world, view_extract(world.context, "harbor", made.id))
    assert "93.0%" in said["limits"][-1]


def preview(world, changes):
    policy = parse_policy(changed(POLICY, changes))
    return preview_policy(world.context, policy, Audience("harbor"), 3, lambda _w, _s: None)


def test_a_preview_shows_the_redacted_text_and_hides_the_stored_one(telling):
    seen = preview(telling, REDACT)
    assert seen["guarantee"] == "pseudonymized: still personal data"
    assert {row["stored"]["narrative"] for row in seen["rows"]} == {"(in the vault)"}
    assert {row["leaves"]["narrative"] for row in seen["rows"]} == {LEFT}
    (column,) = [column for column in seen["columns"] if column["name"] == "narrative"]
    assert column["leaves_as"] == "redacted"


def test_a_file_with_an_unlisted_word_does_not_leave(telling, monkeypatch):
    monkeypatch.setattr(Redactor, "redact", lambda _self, text: text)
    asked = telling.ask("harbor")
    with pytest.raises(Exception, match="IntegrityError"):
        telling.work(asked.id)
    assert telling.state(asked.id) == "failed"


def test_the_check_of_the_file_is_for_listed_words_alone():
    from types import SimpleNamespace

    import pyarrow as pa

    from policies.plans import Redaction

    def plan(keep):
        column = SimpleNamespace(name="told", redaction=Redaction(("en",), keep))
        return SimpleNamespace(redacted=(column,))

    table = pa.table({"told": ["Marisol", None]})
    with pytest.raises(IntegrityError, match="told"):
        check_redacted(table, plan("listed"))
    check_redacted(table, plan("unfound"))

"""A partner's random tokens were erased. The attacker has its file, and all that the home keeps.

Every key, the release ledger, the list of people, and the file that the partner gets next: nothing
may say any more whose a token was. By chance one row of forty fits.
"""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import (
    derive_key,
    keyed_order,
    roots,
    token_key,
    tokens_text,
    write_tokens,
)
from gateway import corridor
from gateway.errors import ExpiredError
from gateway.housekeeping import expire_overdue
from gateway.lake.token_vault import TokenVault
from gateway.outcomes import CLASSES, folder_of
from gateway.release_ledger import read_classes
from gateway.releases import manifest_bytes
from gateway.reviews import approve
from gateway.store.engine import reading
from gateway.store.tables import Release
from gateway.token_erasure import erase_tokens
from policies.requests import data_request
from policies.versions import canonical_bytes
from tests.small_homes import person

PEOPLE = 40
BY_CHANCE = 8  # rows that fit: one is expected, more than this come in one of a million files
VAULTED = "{epoch: year} -> {epoch: agreement, tokens: vaulted}"
NAMES = [f"person-{number}" for number in range(1, PEOPLE + 1)]


@pytest.fixture
def vaulted(world):
    world.apply(tokens=VAULTED)
    return world


def released(world, **changes):
    """Pull an extract, an officer's approval included; return it and its tokens row by row."""
    made = world.extract("harbor", **changes)
    if made.state == "in_review":
        assert approve(world.context, made.id, "olivia", "a further view") == "ready"
    table = world.table("harbor", made.id, changes.get("format", "csv"))
    return made, table["person_id"].to_pylist()


def whose(world):
    """Return the person behind each token, as the token vault has it: the truth."""
    with world.context.tokens._opened() as connection:
        kept = connection.execute("SELECT root, token FROM tokens.tokens").to_arrow_table()
    made = kept["token"].combine_chunks().cast(pa.binary(16))
    return dict(
        zip(write_tokens(made, "person").to_pylist(), kept["root"].to_pylist(), strict=True)
    )


def ledger_of(world, made):
    with reading(world.context.store) as session:
        release = session.get_one(Release, made.id.replace("ext_", "rel_"))
    context = f"release:{release.id}:classes"
    key = world.context.keys.content_key_unwrap(release.sealed_classes_key, context)
    return read_classes(folder_of(world.context, made.id) / CLASSES, key)


def fits(tokens, people, truth):
    """Count the rows whose token is the person's that the attacker puts there."""
    return sum(truth[token] == one for token, one in zip(tokens, people, strict=True))


def by_the_ledger(world):
    made, tokens = released(world)
    truth = whose(world)
    erase_tokens(world.context, "harbor", "")
    return fits(tokens, ledger_of(world, made)["person"].to_pylist(), truth)


def test_the_ledger_does_not_say_who_stands_where(vaulted):
    assert by_the_ledger(vaulted) < BY_CHANCE


def test_control_a_ledger_in_the_order_of_the_file_names_everybody(vaulted, monkeypatch):
    class AsTheyCame(list):
        add = list.append

        def finish(self):
            """Leave them as they came."""

    monkeypatch.setattr(corridor, "_kept", lambda *_: AsTheyCame())
    assert by_the_ledger(vaulted) == PEOPLE


def by_keys(world, secrets):
    """Order the people of the ledger by every secret; return the best of the fits."""
    made, tokens = released(world)
    truth, more = whose(world), secrets(world)
    erase_tokens(world.context, "harbor", "")
    ledger, row = ledger_of(world, made), world.row(made.id)
    people = ledger["person"].to_pylist()
    parts = ["weir rows v1", "harbor", row.policy_sha256, str(row.snapshot)]
    manifest = json.loads(manifest_bytes(world.context, "harbor", made.id.replace("ext_", "rel_")))
    request = canonical_bytes(data_request(manifest["request"])).decode()
    epochs = canonical_bytes(manifest["epoch"]).decode()
    truth = truth or dict(zip(derived(world, manifest), people_of(world), strict=True))
    best = 0
    for secret in more:
        for last in ([request], [request, epochs]):
            key = derive_key(secret, *parts, *last)
            order = keyed_order(ledger["record"].combine_chunks(), key)
            best = max(best, fits(tokens, [people[place] for place in order], truth))
    return best


def people_of(world):
    return roots(pa.array(NAMES), world.context.keys.domain("person")).to_pylist()


def derived(world, manifest):
    """Derive everybody's token, where tokens are derived."""
    key = token_key(
        world.context.keys.tokens(),
        partner="harbor",
        agreement="harbor-2026",
        dataset="cases",
        domain="person",
        epoch=manifest["epoch"]["person_id"],
    )
    people = roots(pa.array(NAMES), world.context.keys.domain("person"))
    return tokens_text(people, key, "person").to_pylist()


def all_keys(world):
    keys = world.context.keys
    plain = [key.secret for key in keys._keys.values() if len(key.secret) == 32]
    return [*plain, keys.changes(), bytes.fromhex(keys.token_vault())]


def the_erased_one(world):
    return [world.context.tokens.order_secret("harbor", "harbor-2026", "cases")]


def test_no_key_of_the_home_orders_people_as_the_file_does(vaulted):
    assert by_keys(vaulted, all_keys) < BY_CHANCE


def test_control_what_was_erased_did(vaulted):
    assert by_keys(vaulted, the_erased_one) == PEOPLE


def test_control_a_file_of_derived_tokens_is_ordered_by_the_homes_keys(world):
    assert by_keys(world, all_keys) == PEOPLE


def next_file(world):
    """Pull, erase, pull in another format; count the people who stand in the same place."""
    made, old = released(world)
    before = whose(world)
    erase_tokens(world.context, "harbor", "harbor-2026")
    with pytest.raises(ExpiredError):
        world.content("harbor", made.id)
    waiting, new = released(world, format="jsonl")
    assert waiting.state == "in_review"
    assert not set(old) & set(new)
    after = whose(world)
    return fits(old, [after[token] for token in new], before)


def test_the_next_file_waits_and_has_other_tokens_in_another_order(vaulted):
    assert next_file(vaulted) < BY_CHANCE


def test_control_where_the_order_stays_the_next_file_tells_whose_the_old_tokens_were(
    vaulted, monkeypatch
):
    secret = vaulted.context.tokens.order_secret("harbor", "harbor-2026", "cases")
    monkeypatch.setattr(TokenVault, "order_secret", lambda *_: secret)
    made, old = released(vaulted)
    before = whose(vaulted)
    vaulted.context.tokens.erase("harbor")
    again, new = released(vaulted, format="jsonl")
    assert again.state == "ready"  # nothing tells that anything was erased
    assert vaulted.content("harbor", made.id)
    after = whose(vaulted)
    assert fits(old, [after[token] for token in new], before) == PEOPLE


def over_a_consents_end(world, epoch):
    """Pull, let one consent end, pull again; return tokens in both, and who stays in place."""
    world.load([person(7, consent_ends="2026-07-03")])
    world.apply(tokens=f"{{epoch: year}} -> {{epoch: {epoch}}}")
    files = []
    for days in (0, 5):
        world.clock.move(days=days)
        expire_overdue(world.context)
        made, tokens = released(world)
        release = made.id.replace("ext_", "rel_")
        manifest = json.loads(manifest_bytes(world.context, "harbor", release))
        names = dict(zip(derived(world, manifest), NAMES, strict=True))
        files.append((tokens, [names[token] for token in tokens]))
    (old, first), (new, second) = files
    assert set(first) - set(second) == {"person-7"}
    stayed = [name for name in first if name != "person-7"]  # the attacker may try every row
    return len({*old} & {*new}), sum(a == b for a, b in zip(stayed, second, strict=True))


def test_tokens_of_a_release_are_joined_with_the_next_ones_neither_by_name_nor_by_place(world):
    common, in_place = over_a_consents_end(world, "release")
    assert common == 0
    assert in_place < BY_CHANCE


def test_control_tokens_of_an_agreement_are(world):
    assert over_a_consents_end(world, "agreement") == (PEOPLE - 1, PEOPLE - 1)

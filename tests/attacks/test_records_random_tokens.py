"""The attacker holds every key of the home, the list of people, and the released tokens.

Tokens that keys derive are then an open book; random ones are not, without the token vault.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from anonymizers.pseudonyms import roots, token_key, tokens_text

CANDIDATES = [f"person-{number}" for number in range(1, 41)]
EPOCHS = ("2026", "harbor-2026", "release", "agreement", "year", "")


def recomputed(keys):
    """Derive every token that any key of the home gives the candidates, in any role."""
    people = roots(pa.array(CANDIDATES), keys.domain("person"))
    secrets = [key.secret for key in keys._keys.values() if len(key.secret) == 32]
    secrets += [keys.changes(), bytes.fromhex(keys.token_vault()), bytes.fromhex(keys.vault())]
    found = {}
    for secret in secrets:
        for epoch in EPOCHS:
            key = token_key(
                secret,
                partner="harbor",
                agreement="harbor-2026",
                dataset="cases",
                domain="person",
                epoch=epoch,
            )
            for plain in (key, secret):
                made = tokens_text(people, plain, "person").to_pylist()
                found.update(zip(made, CANDIDATES, strict=True))
    return found


def released(world):
    return {row["person_id"] for row in world.rows("harbor")}


def test_all_keys_together_name_nobody_behind_a_random_token(world):
    world.apply(tokens="{epoch: year} -> {epoch: year, tokens: vaulted}")
    tokens = released(world)
    assert len(tokens) == 40
    assert not tokens & recomputed(world.context.keys).keys()


def test_control_they_name_everybody_behind_derived_ones(world):
    names = recomputed(world.context.keys)
    assert {names[token] for token in released(world)} == set(CANDIDATES)


@pytest.mark.parametrize("tokens", ["derived", "vaulted"])
def test_the_token_vault_is_what_links_random_tokens(world, tokens):
    world.apply(tokens=f"{{epoch: year}} -> {{epoch: year, tokens: {tokens}}}")
    released(world)
    with world.context.tokens._opened() as connection:
        (kept,) = connection.execute("SELECT count(*) FROM tokens.tokens").fetchone()
    assert kept == (40 if tokens == "vaulted" else 0)

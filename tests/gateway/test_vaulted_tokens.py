"""Random tokens over the whole way: kept, stable, shown to nobody, backed up, erased."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from gateway.backups import back_up
from gateway.errors import HomeError, LakeError, NotFoundError
from gateway.operations import perform
from gateway.previews import Audience, preview_policy
from gateway.releases import manifest_bytes, publish
from gateway.restoring import restore_home
from gateway.reviews import approve
from policies.documents import parse_policy
from tests.conftest import FixedClock
from tests.small_homes import NOON, POLICY, open_world, people

VAULTED = "{epoch: year} -> {epoch: agreement, tokens: vaulted}"
FORM = re.compile(r"person_[0-7][0-9A-HJKMNP-TV-Z]{25}")


def silent(_text, _share):
    """Report nothing."""


def kept(world):
    with world.context.tokens._opened() as connection:
        return connection.execute("SELECT count(*) FROM tokens.tokens").fetchone()[0]


def tokens(world, partner="harbor", **changes):
    made = world.ask(partner, **changes)
    if world.work(made.id) == "in_review":
        approve(world.context, made.id, "olivia", "a further view")
        publish(world.context, made.id)
    return {row["person_id"] for row in world.table(partner, made.id).to_pylist()}


@pytest.fixture
def vaulted(world):
    world.apply(tokens=VAULTED)
    return world


def test_tokens_look_like_all_tokens_and_are_the_same_in_the_next_release(vaulted):
    first = tokens(vaulted)
    assert len(first) == 40
    assert all(map(FORM.fullmatch, first))
    vaulted.load(people(41, 44))
    assert first < tokens(vaulted)
    assert kept(vaulted) == 44


def test_only_people_who_leave_have_one(vaulted):
    vaulted.load(people(41, 41, state="TX"))
    vaulted.load(people(42, 45, consent="anonymized"))
    tokens(vaulted)
    assert kept(vaulted) == 40


def test_partners_share_no_token(vaulted):
    assert not tokens(vaulted) & tokens(vaulted, "lantern")


def test_the_manifest_and_the_codebook_call_them_random(vaulted):
    made = vaulted.extract("harbor")
    manifest = json.loads(manifest_bytes(vaulted.context, "harbor", made.release_id))
    (column,) = [one for one in manifest["columns"] if one["name"] == "person_id"]
    assert column["parameters"] == {"tokens": "vaulted"}
    assert manifest["guarantee"] == "pseudonymized: still personal data"
    assert b"random token for person, the same within agreement harbor-2026" in vaulted.codebook(
        "harbor", made.id
    )


def test_a_preview_draws_none(vaulted):
    document = parse_policy(POLICY.replace("{epoch: year}", "{tokens: vaulted}"))
    seen = preview_policy(vaulted.context, document, Audience("harbor"), 3, silent)
    assert seen["people"] == 40
    assert kept(vaulted) == 0


def test_a_backup_brings_them_back(vaulted, tmp_path):
    first = tokens(vaulted)
    back_up(vaulted.context, tmp_path / "weir.backup", silent)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy2(vaulted.context.home.key_file, tmp_path / "elsewhere" / "home.key")
    restore_home(tmp_path / "weir.backup", tmp_path / "elsewhere" / "home", None)
    with open_world(tmp_path / "elsewhere" / "home", FixedClock(NOON)) as restored:
        restored.load(people(41, 44))
        assert first < tokens(restored)


def test_without_the_vault_no_extract_is_made_and_no_backup_is_whole(vaulted, tmp_path):
    vaulted.context.home.token_vault_file.unlink()
    asked = vaulted.ask("harbor")
    with pytest.raises(Exception, match="LakeError"):
        vaulted.work(asked.id)
    assert vaulted.state(asked.id) == "failed"
    with pytest.raises((LakeError, HomeError), match="token vault"):
        back_up(vaulted.context, tmp_path / "weir.backup", silent)
    assert not (tmp_path / "weir.backup").exists()


def test_erased_tokens_are_never_given_again_and_the_log_says_so(vaulted):
    first = tokens(vaulted)
    asked = {"partner": "harbor", "agreement": "harbor-2026"}
    result = perform(vaulted.context, "partner.erase-tokens", asked, silent)
    assert result == {"name": "harbor", "agreement": "harbor-2026", "erased": 40, "ended": 1}
    assert vaulted.entries("key")[-1]["id"] == "tokens/harbor"
    assert vaulted.entries("key")[-1]["state"] == "erased"
    assert kept(vaulted) == 0
    vaulted.load(people(41, 44))
    assert not first & tokens(vaulted)
    with pytest.raises(NotFoundError, match="no partner 'nobody'"):
        perform(vaulted.context, "partner.erase-tokens", {**asked, "partner": "nobody"}, silent)

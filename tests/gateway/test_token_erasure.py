"""Erasing tokens: one story, whatever happens meanwhile."""

from __future__ import annotations

import pytest

from gateway.audit_check import check_everything
from gateway.corridor import make
from gateway.errors import ConflictError, ExpiredError, LakeError, NotFoundError
from gateway.extracts import view_extract
from gateway.lake.token_vault import TokenVault
from gateway.outcomes import CONTENT, folder_of
from gateway.recovery import recover
from gateway.releases import publish, settle, view_release
from gateway.reviews import approve
from gateway.token_erasure import erase_tokens

VAULTED = "{epoch: year} -> {epoch: agreement, tokens: vaulted}"


@pytest.fixture
def vaulted(world):
    world.apply(tokens=VAULTED)
    return world


def kept(world):
    with world.context.tokens._opened() as connection:
        return connection.execute("SELECT count(*) FROM tokens.tokens").fetchone()[0]


def told(world):
    """What the log says of erasures."""
    about = [one for one in world.entries("key") if one["id"].startswith("tokens/")]
    return [(one["id"], one["state"], one["agreement"]) for one in about]


def why(world, extract_id):
    view = view_extract(world.context, "harbor", extract_id)
    return view.state, [reason.rule for reason in view.reasons]


def made(world, **changes):
    asked = world.ask("harbor", **changes)
    make(world.context, asked.id)
    return asked.id


def test_an_agreement_that_never_was_is_refused_and_nothing_done(vaulted):
    ready = vaulted.extract("harbor")
    with pytest.raises(NotFoundError, match=r"no agreement 'harbor-2062'; it has: harbor-2026"):
        erase_tokens(vaulted.context, "harbor", "harbor-2062")
    with pytest.raises(NotFoundError, match="no partner 'nobody'"):
        erase_tokens(vaulted.context, "nobody", "")
    assert (kept(vaulted), told(vaulted)) == (40, [])
    assert vaulted.content("harbor", ready.id)


def test_an_agreement_that_is_declared_no_longer_can_be_named(vaulted):
    vaulted.extract("harbor")
    vaulted.partner("harbor", agreement={"agreement": "harbor-2027"})
    assert erase_tokens(vaulted.context, "harbor", "harbor-2026")["erased"] == 40


def test_what_is_ready_ends_and_the_same_request_waits_for_an_officer(vaulted):
    ready = vaulted.extract("harbor")
    result = erase_tokens(vaulted.context, "harbor", "")
    assert (result["erased"], result["ended"], kept(vaulted)) == (40, 1, 0)
    names = "tokens/harbor"
    assert told(vaulted) == [(names, "erasing", ""), (names, "erased", "")]
    assert why(vaulted, ready.id) == ("expired", ["tokens-erased"])
    with pytest.raises(ExpiredError):
        vaulted.content("harbor", ready.id)
    assert not (folder_of(vaulted.context, ready.id) / CONTENT).exists()
    assert vaulted.extract("harbor").state == "in_review"
    assert erase_tokens(vaulted.context, "harbor", "")["ended"] == 1  # once more, to the same end
    assert check_everything(vaulted.context)["broken"] == []


def test_what_waits_ends_without_a_release(vaulted):
    vaulted.extract("harbor")
    waiting = vaulted.extract("harbor", columns=["person_id", "age"])
    assert waiting.state == "in_review"
    assert erase_tokens(vaulted.context, "harbor", "")["ended"] == 2
    assert why(vaulted, waiting.id) == ("expired", ["tokens-erased"])
    with pytest.raises(ConflictError):
        approve(vaulted.context, waiting.id, "olivia", "too late")
    with pytest.raises(ExpiredError):
        vaulted.content("harbor", waiting.id)


def test_what_holds_no_such_tokens_stays(vaulted):
    plain = vaulted.extract("harbor", columns=["age", "harm"])
    others = vaulted.extract("lantern")
    vaulted.partner("harbor", agreement={"agreement": "harbor-2027"})
    assert erase_tokens(vaulted.context, "harbor", "harbor-2027")["ended"] == 0
    assert erase_tokens(vaulted.context, "harbor", "harbor-2026")["ended"] == 0
    vaulted.partner("harbor")
    assert vaulted.content("harbor", plain.id)
    assert vaulted.content("lantern", others.id)
    assert kept(vaulted) == 40


def test_an_extract_under_way_fails_and_is_asked_for_again(vaulted):
    extract_id = made(vaulted)
    erase_tokens(vaulted.context, "harbor", "")
    assert settle(vaulted.context, extract_id) == "failed"
    publish(vaulted.context, extract_id)
    assert why(vaulted, extract_id) == ("failed", ["tokens-erased"])
    assert vaulted.entries("release") == []
    assert vaulted.extract("harbor").state == "ready"
    assert kept(vaulted) == 40


def test_an_extract_settled_while_tokens_are_erased_ends_with_them(vaulted, monkeypatch):
    """Made after the first entry, with tokens that are gone by the second."""
    erase, settled = TokenVault.erase, []

    def meanwhile(vault, *whose):
        settled.append(made(vaulted))
        assert settle(vaulted.context, settled[0]) == "settled"
        return erase(vault, *whose)

    monkeypatch.setattr(TokenVault, "erase", meanwhile)
    assert erase_tokens(vaulted.context, "harbor", "")["ended"] == 1
    publish(vaulted.context, settled[0])
    assert why(vaulted, settled[0]) == ("expired", ["tokens-erased"])
    release = settled[0].replace("ext_", "rel_")
    assert view_release(vaulted.context, "harbor", release).state == "expired"
    assert check_everything(vaulted.context)["broken"] == []


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_in_the_middle_is_finished_when_the_home_is_opened(vaulted, monkeypatch, moment):
    ready, erase = vaulted.extract("harbor"), TokenVault.erase

    def killed(vault, *whose):
        if moment == "after":
            erase(vault, *whose)
        raise KeyboardInterrupt

    with monkeypatch.context() as stopping:
        stopping.setattr(TokenVault, "erase", killed)
        with pytest.raises(KeyboardInterrupt):
            erase_tokens(vaulted.context, "harbor", "harbor-2026")
    assert [state for _, state, _ in told(vaulted)] == ["erasing"]
    assert vaulted.state(ready.id) == "expired"
    recover(vaulted.context)
    assert kept(vaulted) == 0
    assert [state for _, state, _ in told(vaulted)] == ["erasing", "erasing", "erased"]
    recover(vaulted.context)
    assert len(told(vaulted)) == 3


def test_without_its_vault_a_home_is_opened_and_the_erasure_waits(vaulted, caplog):
    vaulted.extract("harbor")
    vaulted.context.tokens.close()
    file = vaulted.context.home.token_vault_file
    away = file.rename(file.with_name("away"))
    with pytest.raises(LakeError, match="isn't there"):
        erase_tokens(vaulted.context, "harbor", "")
    recover(vaulted.context)
    assert "erasing tokens of harbor isn't done" in caplog.text
    away.rename(file)
    recover(vaulted.context)
    assert kept(vaulted) == 0
    assert told(vaulted)[-1][1] == "erased"

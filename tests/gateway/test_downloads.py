from __future__ import annotations

import pytest

from gateway import downloads
from gateway.declarations import resume_partner, suspend_partner
from gateway.downloads import open_codebook, open_content
from gateway.errors import ConflictError, ExpiredError, NotFoundError, RefusedError, WeirError
from gateway.outcomes import CONTENT, folder_of
from gateway.store.engine import reading, writing
from gateway.store.tables import Release


def refused(world, extract_id, partner="harbor"):
    with pytest.raises(RefusedError) as caught:
        world.content(partner, extract_id)
    return [reason.rule for reason in caught.value.reasons]


def expired(world, extract_id, partner="harbor"):
    with pytest.raises(ExpiredError) as caught:
        world.content(partner, extract_id)
    return [reason.rule for reason in caught.value.reasons]


def test_a_download_names_the_dataset_and_the_release(shared, partner):
    made = shared.extract(partner, format="parquet")
    content = open_content(shared.context, partner, made.id)
    codebook = open_codebook(shared.context, partner, made.id)
    assert content.filename == f"cases-{made.release_id}.parquet"
    assert codebook.filename == f"cases-{made.release_id}.codebook.csv"
    content.reader.close()
    codebook.reader.close()


def test_another_partner_finds_nothing_to_download(shared, partner):
    made = shared.extract(partner)
    for name, extract_id in (("lantern", made.id), (partner, "ext_" + "0" * 20)):
        for opened in (open_content, open_codebook):
            with pytest.raises(NotFoundError) as caught:
                opened(shared.context, name, extract_id)
            assert str(caught.value) == str(NotFoundError())


def test_what_is_not_ready_can_not_be_downloaded(shared, partner):
    asked = shared.ask(partner)
    with pytest.raises(ConflictError):
        shared.content(partner, asked.id)


def test_the_last_day_of_the_agreement_ends_where_the_home_is(world):
    world.partner("harbor", agreement={"ends": "2026-07-04"})
    made = world.extract("harbor")
    world.clock.moment = world.clock.moment.fromisoformat("2026-07-05T03:59:59+00:00")
    assert world.content("harbor", made.id)
    world.clock.move(seconds=1)
    assert refused(world, made.id) == ["agreement-ended"]


def test_a_longer_agreement_lets_the_download_go_on(world):
    world.partner("harbor", agreement={"ends": "2026-07-04"})
    made = world.extract("harbor")
    world.partner("harbor", agreement={"ends": "2026-12-31"})
    world.clock.move(days=3)
    assert world.content("harbor", made.id)


@pytest.mark.parametrize(
    "change",
    [
        {"agreement": "another"},
        {"dataset": "elsewhere"},
        {"purposes": ["planning"]},
        {"starts": "2026-08-01"},
    ],
)
def test_an_agreement_that_does_not_cover_the_release_any_more_refuses(shared, partner, change):
    made = shared.extract(partner)
    shared.partner(partner, agreement=change)
    assert refused(shared, made.id, partner) == ["agreement-ended"]


def test_an_agreement_that_only_submits_does_not_cover_a_release(shared, partner):
    made = shared.extract(partner)
    gives = {"agreement": f"{partner}-2026", "dataset": "cases", "submits": True}
    shared.partner(partner, agreements=[{**gives, "starts": "2026-01-01", "ends": "2026-12-31"}])
    assert refused(shared, made.id, partner) == ["agreement-ended"]


@pytest.mark.parametrize(
    "change",
    ["classes: [ngo] -> classes: [government]", "purposes: [research, -> purposes: [statistics,"],
)
def test_a_policy_that_does_not_permit_the_release_any_more_refuses(world, change):
    made = world.extract("harbor")
    world.apply(change=change)
    assert len(refused(world, made.id)) == 1


def test_a_column_that_the_policy_dropped_since_does_not_leave(world):
    made = world.extract("harbor")
    world.apply(harm="    harm:        keep -> ", l="k: 3, l: {harm: 2}, -> k: 3,")
    assert refused(world, made.id) == ["column-not-released"]


TIGHTENED = {
    "k": {"k": "k: 3, l: -> k: 5, l:"},
    "l": {"l": "l: {harm: 2} -> l: {harm: 3}"},
    "a level": {"level": "{coarsen: {from: month}} -> {coarsen: {from: year}}"},
    "minors": {"minors": "k: 5} -> k: 20}"},
    "tokens": {"tokens": "{epoch: year} -> {epoch: release}"},
    "review": {"review": "retention_days: 365 -> retention_days: 365\nreview: {extract: 1}"},
}


@pytest.mark.parametrize("change", TIGHTENED)
def test_bytes_that_nobody_fetched_end_when_the_policy_was_tightened(world, change):
    made = world.extract("harbor")
    world.apply(**TIGHTENED[change])
    assert expired(world, made.id) == ["permission-changed"]
    assert not (folder_of(world.context, made.id) / CONTENT).exists()
    world.apply()
    with pytest.raises(ExpiredError):
        world.content("harbor", made.id)


def test_control_a_permit_alone_lets_a_month_leave_that_became_a_year(world, monkeypatch):
    made = world.extract("harbor")
    world.apply(**TIGHTENED["a level"])
    monkeypatch.setattr(downloads, "is_permitted_as_it_was", lambda *_: True)
    rows = world.table("harbor", made.id).to_pylist()
    assert {row["reported_on"] for row in rows} == {"2026-01", "2026-02"}


def test_a_change_that_leaves_the_plan_as_it_was_ends_no_download(world):
    made = world.extract("harbor", columns=["age", "harm"])
    world.apply(
        note="    note:        keep -> ",
        month="{coarsen: {from: month}} -> {coarsen: {from: year}}",
        government="classes: [ngo] -> classes: [ngo, government]",
    )
    assert world.content("harbor", made.id)
    world.declare_notes("note 3")
    world.declare(title="title: {en: Cases, es: Casos} -> title: {en: Our cases}")
    assert world.content("harbor", made.id)
    world.apply(k="k: 3, l: -> k: 4, l:")
    assert expired(world, made.id) == ["permission-changed"]


@pytest.mark.parametrize(
    "change", ["bounds: [0, 120] -> bounds: [0, 40]", "codes: [Labour, Sexual, -> codes: [Labour,"]
)
def test_a_declaration_that_would_release_other_values_ends_a_download(world, change):
    made = world.extract("harbor", columns=["age", "harm"])
    world.declare(change=change)
    assert expired(world, made.id) == ["permission-changed"]


def test_a_download_goes_by_its_own_agreement_whatever_the_partner_signs_beside_it(world):
    made = world.extract("harbor")
    own = {
        "agreement": "harbor-2026",
        "dataset": "cases",
        "policy": "for-ngos",
        "purposes": ["research", "planning"],
        "starts": "2026-01-01",
        "ends": "2026-12-31",
    }
    world.apply(name="policy: for-ngos -> policy: for-harbor", k="k: 3, l: -> k: 4, l:")
    later = {**own, "agreement": "later", "policy": "for-harbor", "ends": "2027-12-31"}
    world.partner("harbor", agreements=[own, later])
    assert world.content("harbor", made.id)
    world.partner("harbor", agreements=[{**own, "policy": "for-harbor"}, later])
    assert expired(world, made.id) == ["permission-changed"]


def test_a_download_ends_where_its_agreement_has_no_policy_any_more(world):
    made = world.extract("harbor")
    own = {"dataset": "cases", "purposes": ["research"], "starts": "2026-01-01"}
    missing = {**own, "agreement": "harbor-2026", "policy": "gone", "ends": "2026-12-31"}
    later = {**own, "agreement": "later", "policy": "for-ngos", "ends": "2027-12-31"}
    world.partner("harbor", agreements=[missing, later])
    assert expired(world, made.id) == ["permission-changed"]


def test_a_suspended_partner_downloads_nothing_until_it_is_resumed(world):
    made = world.extract("harbor")
    suspend_partner(world.context, "harbor")
    assert refused(world, made.id) == ["agreement-ended"]
    resume_partner(world.context, "harbor")
    assert world.content("harbor", made.id)


def test_downloads_end_after_the_homes_days(world):
    made = world.extract("harbor")
    world.clock.moment = world.clock.moment.fromisoformat("2026-08-01T03:59:59+00:00")
    assert world.content("harbor", made.id)
    world.clock.move(seconds=1)
    with pytest.raises(ExpiredError) as caught:
        world.content("harbor", made.id)
    assert [reason.rule for reason in caught.value.reasons] == ["download-ended"]
    assert not (folder_of(world.context, made.id) / CONTENT).exists()
    with reading(world.context.store) as session:
        assert session.get(Release, made.release_id).sealed_content_key is None


def test_bytes_of_one_release_do_not_open_as_anothers(shared, partner):
    other = shared.partner(f"{partner}-other")
    mine, theirs = shared.extract(partner), shared.extract(other)
    target = folder_of(shared.context, mine.id) / CONTENT
    target.write_bytes((folder_of(shared.context, theirs.id) / CONTENT).read_bytes())
    with pytest.raises(WeirError):
        shared.content(partner, mine.id)


def test_a_wrapped_key_does_not_open_under_another_release(shared, partner):
    other = shared.partner(f"{partner}-other")
    mine, theirs = shared.extract(partner), shared.extract(other)
    with writing(shared.context.store) as session:
        stolen = session.get_one(Release, theirs.release_id).sealed_content_key
        release = session.get_one(Release, mine.release_id)
        release.sealed_content_key = stolen
        session.add(release)
    with pytest.raises(WeirError):
        shared.content(partner, mine.id)

from __future__ import annotations

import pytest
from sqlmodel import select

from gateway.contributors import checked_labels, read_labels, submission_labels, written_labels
from gateway.errors import DeclarationError, ExpiredError, IngestError
from gateway.lake import relabelled
from gateway.store.engine import reading, writing
from gateway.store.tables import Release, Submission
from policies.documents import NO_LABELS
from tests.counted_homes import counted, generated
from tests.small_homes import as_csv, people, person

__all__ = ["counted"]


def labelled(world, rows, *, mode="append", relabel=False, **labels):
    said = checked_labels(labels)
    return world.load(rows, contributor="shelter", labels=said, mode=mode, relabel=relabel)


def seen(world, **asked):
    """How many of the shelter's forty further people are in what harbor pulls."""
    return len(world.rows("harbor", **asked)) - 40


@pytest.fixture
def giving(world):
    world.contributor("shelter")
    return world


@pytest.mark.parametrize(
    ("labels", "count"),
    [
        ({}, 40),
        ({"share_with": ["ngo", "government"]}, 40),
        ({"share_with": ["government"]}, 0),
        ({"share_for": ["research"]}, 40),
        ({"share_for": ["planning"]}, 0),
        ({"share_until": "2026-07-01"}, 40),
        ({"share_until": "2026-06-30"}, 0),
        ({"consent_max": "pseudonymized"}, 40),
        ({"consent_max": "anonymized"}, 0),  # this policy gives tokens
        ({"consent_max": "none"}, 0),
    ],
)
def test_labels_narrow_who_gets_a_submission(giving, labels, count):
    labelled(giving, people(41, 80), **labels)
    assert seen(giving) == count


def test_labels_hold_for_their_submission_alone(giving):
    labelled(giving, people(41, 60), share_with=["government"])
    labelled(giving, people(61, 80))
    assert seen(giving) == 20


def test_labels_never_widen_what_the_agreement_allows(world):
    world.contributor("shelter", share_with=["government"])
    labelled(world, people(41, 80), share_with=["ngo"], consent_max="pseudonymized")
    assert seen(world) == 0


def test_a_record_that_is_sent_again_stands_under_the_newer_labels(giving):
    labelled(giving, people(41, 80), share_with=["ngo"])
    labelled(giving, people(41, 80, note="note 1"), share_with=["ngo"], share_for=["planning"])
    assert seen(giving) == 0


WIDER = [
    ({}, "share_with=government"),
    ({"share_with": ["government", "ngo"]}, "share_with=government"),
    ({"share_with": ["ngo"]}, "share_with=government"),
]


@pytest.mark.parametrize(("labels", "told"), WIDER)
@pytest.mark.parametrize("mode", ["append", "replace"])
def test_nobody_takes_labels_off_a_record_by_mistake(giving, labels, told, mode):
    labelled(giving, people(41, 80), share_with=["government"])
    later = people(75, 90, note="note 1")
    with pytest.raises(IngestError) as caught:
        giving.load(later, contributor="shelter", labels=checked_labels(labels), mode=mode)
    (problem,) = caught.value.report.problems
    assert any(f"({told})" in line and "--relabel" in line for line in caught.value.lines())
    assert (problem.rule, problem.params) == ("labels-loosened", {"count": "6", "labels": told})
    assert giving.context.lake.count("cases")[0] == 80
    labelled(giving, people(75, 90, note="note 1"), relabel=True, mode=mode, **labels)
    assert seen(giving) == 16


def test_labels_of_others_and_of_other_records_are_no_hindrance(giving):
    giving.contributor("oak")
    labelled(giving, people(41, 80), share_with=["government"])
    giving.load(people(41, 60), contributor="oak")
    labelled(giving, people(81, 90))
    assert seen(giving) == 50 - 20


def test_several_narrower_labels_are_told_in_short(giving):
    for number, day in enumerate(range(2, 7)):
        labelled(giving, people(41 + number, 41 + number), share_until=f"2026-07-0{day}")
    with pytest.raises(IngestError) as caught:
        labelled(giving, people(41, 80))
    (problem,) = caught.value.report.problems
    days = " | ".join(f"share_until=2026-07-0{day}" for day in (2, 3, 4))
    assert problem.params == {"count": "5", "labels": f"{days} | …"}


def test_a_load_that_overtakes_another_takes_no_labels_off_either(giving, monkeypatch):
    """Both were checked before either came in: the transaction looks once more."""
    labelled(giving, people(41, 41), share_with=["government"])
    real, asked = relabelled.check_labels, []

    def overtaken(*load):
        asked.append(load)
        if len(asked) > 1:
            real(*load)

    monkeypatch.setattr("gateway.lake.ingest.check_labels", overtaken)
    monkeypatch.setattr("gateway.lake.loading.check_labels", overtaken)
    with pytest.raises(IngestError):
        labelled(giving, people(41, 41))
    assert len(asked) == 2
    assert giving.context.lake.count("cases")[0] == 41


def test_bytes_sent_again_put_their_records_under_their_labels_again(giving):
    file = giving.folder / "again.csv"
    file.write_text(as_csv(people(41, 80)))
    narrow = checked_labels({"share_with": ["government"]})
    terms = [(narrow, False), (NO_LABELS, True), (narrow, False)]
    for labels, relabel in terms:
        told = giving.load_file(file, contributor="shelter", labels=labels, relabel=relabel)
        assert told["state"] == "accepted"
    assert seen(giving) == 0


def test_an_agreement_may_end_all_sharing_on_a_day(world):
    world.contributor("shelter", share_until="2026-07-01")
    world.load(people(41, 80), contributor="shelter")
    assert seen(world) == 40
    world.clock.move(days=1)
    assert len(world.rows("lantern")) == 40


def test_a_download_ends_after_the_last_day_of_sharing(giving):
    labelled(giving, people(41, 60), share_until="2026-07-20")
    labelled(giving, people(61, 80), share_until="2026-07-10")
    made = giving.extract("harbor")
    with reading(giving.context.store) as session:
        release = session.get_one(Release, made.release_id)
    assert release.first_consent_end == "2026-07-11"
    giving.clock.move(days=9)
    assert giving.content("harbor", made.id)
    giving.clock.move(days=1)
    with pytest.raises(ExpiredError):
        giving.content("harbor", made.id)


def test_the_same_file_under_other_labels_is_another_submission(giving):
    file = giving.folder / "again.csv"
    file.write_text(as_csv(people(41, 80)))
    labels = checked_labels({"share_with": ["government"]})
    for said, state in ((NO_LABELS, "accepted"), (labels, "accepted"), (labels, "loaded before")):
        report = giving.load_file(file, contributor="shelter", labels=said)
        assert report["state"] == state
    assert seen(giving) == 0


def test_a_labels_funding_closes_the_door_for_every_record_without_written_consent(giving):
    written = {"share_with": "ngo", "share_for": "research", "consent_ends": "2027-01-01"}
    rows = [person(41), person(42, **written)]
    report = labelled(giving, rows, funding="VAWA")
    assert [(p["kind"], p["count"]) for p in report["refused"]] == [("restricted-funding", 1)]
    assert report["accepted"] == 1


def test_only_financial_institutions_may_not_tell_of_reports_of_suspicious_activity(world):
    world.declare(
        note="note:         {type: string, -> note:         {restricted: "
        "suspicious-activity, type: string,"
    )
    for name, kind, accepted in (("shelter", "ngo", 2), ("meridian", "financial", 1)):
        world.partner(
            name,
            **{"class": kind},
            agreements=[
                {
                    "agreement": f"{name}-gives",
                    "dataset": "cases",
                    "submits": True,
                    "starts": "2026-01-01",
                    "ends": "2026-12-31",
                }
            ],
        )
        report = world.load([person(51), person(52, note="")], contributor=name)
        assert report["accepted"] == accepted


def test_labels_are_kept_as_they_were_said(giving):
    labels = checked_labels({"share_until": "2026-08-01", "share_with": ["ngo"]})
    report = giving.load(people(41, 50), contributor="shelter", labels=labels)
    assert submission_labels(giving.context.store, "cases") == {report["submission"]: labels}
    assert read_labels(written_labels(labels)) == labels


def test_labels_that_are_not_understood_say_what_is_wrong():
    with pytest.raises(DeclarationError) as caught:
        checked_labels({"share_with": ["everybody"], "sharewith": ["ngo"]})
    assert {reason.rule for reason in caught.value.reasons} == {"not-one-of", "unknown-key"}


def test_without_keys_a_replacement_takes_no_labels_off_either(counted):
    """Nobody can tell which of the records it brings again."""
    counted.contributor("oak", dataset="debts")
    said = {"contributor": "oak", "mode": "replace"}
    narrow = checked_labels({"share_with": ["government"]})
    counted.load_rows(generated(71, 72), labels=narrow, **said)
    with pytest.raises(IngestError) as caught:
        counted.load_rows(generated(73, 74), **said)
    assert [one.rule for one in caught.value.report.problems] == ["labels-loosened"]
    counted.load_rows(generated(73, 74), relabel=True, **said)


def test_labels_that_come_while_a_file_is_read_count_too(giving, monkeypatch):
    labelled(giving, people(41, 41))

    def meanwhile(*_load):
        with writing(giving.context.store) as session:
            own = select(Submission).where(Submission.contributor == "shelter")
            row = session.exec(own.order_by(Submission.sequence)).first()
            row.labels = written_labels(checked_labels({"share_with": ["government"]}))
            session.add(row)

    monkeypatch.setattr("gateway.lake.ingest.check_labels", meanwhile)
    with pytest.raises(IngestError):
        labelled(giving, people(41, 41, age="33"))

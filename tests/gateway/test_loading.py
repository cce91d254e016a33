from __future__ import annotations

import json

import pytest
from sqlmodel import select

from gateway.declarations import suspend_partner
from gateway.errors import IngestError, NotFoundError, RefusedError
from gateway.loading import count_loads
from gateway.store.engine import reading
from gateway.store.tables import Submission
from tests.small_homes import COLUMNS, as_csv, people, person


def submissions(world):
    with reading(world.context.store) as session:
        rows = session.exec(select(Submission).order_by(Submission.sequence)).all()
    return [(row.contributor, row.mode, row.state) for row in rows]


def people_in(world):
    return world.context.lake.count("cases")[1]


def test_a_load_is_a_submission_with_its_entry_and_a_sealed_report(world):
    report = world.load(people(41, 50))
    assert (report["state"], report["accepted"]) == ("accepted", 10)
    entry = world.entries("submission")[-1]
    assert entry["id"] == report["submission"]
    assert (entry["dataset"], entry["contributor"], entry["mode"]) == ("cases", "", "append")
    with reading(world.context.store) as session:
        row = session.get(Submission, report["submission"])
    cipher = world.context.keys.store_cipher()
    kept = json.loads(cipher.open(row.sealed_report, f"submission:{row.id}:report"))
    assert kept["accepted"] == 10


def test_the_same_file_twice_loads_once(world):
    file = world.folder / "again.csv"
    file.write_text(as_csv(people(41, 50)))
    first = world.load_file(file)
    again = world.load_file(file)
    assert again == {**again, "state": "loaded before", "submission": first["submission"]}
    assert people_in(world) == 50
    assert count_loads(world.context, "cases") == 2


def test_the_same_file_of_another_contributor_is_another_load(world):
    file = world.folder / "again.csv"
    file.write_text(as_csv(people(41, 50)))
    world.load_file(file)
    world.contributor("shelter")
    assert world.load_file(file, contributor="shelter")["state"] == "accepted"
    assert people_in(world) == 50  # the same people, told of twice
    assert world.context.lake.count("cases")[0] == 60


def test_a_known_key_updates_its_record(world):
    report = world.load([person(1, harm="Marriage")])
    assert (report["accepted"], report["updated"]) == (1, 1)
    assert world.context.lake.count("cases") == (40, 40)


def test_replace_leaves_what_this_load_brings_alone(world):
    world.contributor("shelter")
    world.load(people(101, 110), contributor="shelter")
    world.load(people(41, 60), mode="replace")
    assert people_in(world) == 30  # twenty, and the shelter's ten
    assert count_loads(world.context, "cases") == 2
    assert submissions(world) == [
        ("", "append", "replaced"),
        ("shelter", "append", "accepted"),
        ("", "replace", "accepted"),
    ]


def test_replace_with_an_earlier_file_brings_that_state_back(world):
    file = world.folder / "first.csv"
    file.write_text(as_csv(people(1, 40)))
    world.load_file(file, mode="replace")
    world.load(people(41, 60))
    assert people_in(world) == 60
    assert world.load_file(file, mode="replace")["state"] == "accepted"
    assert people_in(world) == 40
    assert world.load_file(file, mode="replace")["state"] == "loaded before"


def test_a_replaced_file_may_be_loaded_again(world):
    file = world.folder / "first.csv"
    file.write_text(as_csv(people(41, 50)))
    world.load_file(file)
    world.load(people(1, 40), mode="replace")
    assert world.load_file(file)["state"] == "accepted"
    assert people_in(world) == 50


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"person_id\n1\n",
        as_csv(people(1, 3)).replace("person_id", "peson_id").encode(),
        as_csv([person(1, person_id="")]).encode(),
        b"\x00\x01\x02\x03" * 100,
    ],
)
def test_a_file_that_can_not_be_loaded_changes_nothing_and_may_come_again(world, content):
    file = world.folder / "bad.csv"
    file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(IngestError):
            world.load_file(file)
    assert people_in(world) == 40
    assert count_loads(world.context, "cases") == 1
    assert [state for _, _, state in submissions(world)] == ["accepted", "failed", "failed"]
    assert len(world.entries("submission")) == 1


def test_no_report_repeats_a_value(world):
    secret = "do-not-repeat-me"
    changes = {name: secret for name in COLUMNS if name not in ("case_id", "person_id")}
    rows = [person(41, **changes), person(42, age=secret), person(43, person_id="", note=secret)]
    report = world.load([*rows, *people(44, 50)])
    assert report["refused"]
    assert secret not in json.dumps(report)
    file = world.folder / "bad.csv"
    file.write_text(as_csv([person(43, person_id="", note=secret, age=secret)]))
    with pytest.raises(IngestError) as caught:
        world.load_file(file)
    error = caught.value
    assert secret not in f"{error} {error.lines()} {json.dumps(error.report.as_dict())}"


def test_each_part_of_a_cell_with_several_values_is_looked_up(world):
    rows = [
        person(41, controls="Debt; Threats;Papers"),
        person(42, controls="Debt;Spells"),
        person(43, controls="Spells"),
        person(44, controls=";"),
    ]
    report = world.load(rows)
    warned = {problem["kind"]: problem for problem in report["warnings"]}
    assert list(warned) == ["unknown-code"]
    assert [place["row"] for place in warned["unknown-code"]["places"]] == [3, 4]


def test_a_dataset_that_is_not_declared_is_named_with_those_that_are(world):
    file = world.folder / "x.csv"
    file.write_text("a\n1\n")
    with pytest.raises(NotFoundError, match="there is: cases"):
        world.load_file(file, "elsewhere")
    with pytest.raises(NotFoundError, match="no file"):
        world.load_file(world.folder / "none.csv")


def may_not_submit(world, name):
    with pytest.raises(RefusedError) as caught:
        world.load([person(41)], contributor=name)
    return [reason.rule for reason in caught.value.reasons] == ["may-not-submit"]


def test_who_has_no_agreement_in_force_may_not_submit(world):
    with pytest.raises(NotFoundError):
        world.load([person(41)], contributor="nobody")
    assert may_not_submit(world, "harbor")  # it may ask, not give
    world.contributor("shelter", ends="2026-06-30")
    assert may_not_submit(world, "shelter")
    world.contributor("shelter", ends="2026-07-01")
    suspend_partner(world.context, "shelter")
    assert may_not_submit(world, "shelter")
    assert people_in(world) == 40


def test_restricted_records_do_not_come_in_from_elsewhere_without_written_consent(world):
    world.contributor("shelter")
    report = world.load([person(41, funding="VAWA"), person(42)], contributor="shelter")
    assert [(p["kind"], p["count"]) for p in report["refused"]] == [("restricted-funding", 1)]
    assert world.load([person(43, funding="VAWA")])["accepted"] == 1

"""Several records for one person, from the policy file to the recounted bytes."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from sqlmodel import select

from anonymizers.promises import RecountError
from gateway import buckets, recounting, root_queue
from gateway.audit_check import check_everything
from gateway.errors import RefusedError
from gateway.keyed_rows import KeyedRows
from gateway.lake import selection
from gateway.outcomes import CLASSES, folder_of
from gateway.previews import Audience, preview_policy
from gateway.release_ledger import LedgerWriter, read_classes
from gateway.release_parts import Part
from gateway.releases import manifest_bytes
from gateway.spill import Spill
from gateway.store.engine import reading
from gateway.store.tables import Release
from policies.documents import parse_policy
from tests.conftest import FixedClock
from tests.small_homes import NOON, POLICY, copy_home, open_world, person, template_of

SEVERAL = POLICY.replace(
    "  minors:",
    "  max_records_per_person: 2\n  sequence: [reported_on, age]\n  minors:",
).replace("max_suppressed: 0.1", "max_suppressed: 0.25")
SHOWN = ("reported_on", "age", "state")


def later(number):
    """A second record of the person of that number."""
    harm = {"harm": "Marriage"} if number <= 12 else {}
    day = "2026-04-20" if number % 2 else "2026-05-20"
    return person(number, case_id=f"later-{number}", reported_on=day, **harm)


def child(number):
    """Two records of somebody who came of age between them."""
    own = {"person_id": f"child-{number}", "harm": "Labour" if number % 2 else "Sexual"}
    return [
        person(number, **own, case_id=f"child-{number}-{age}", age=age, reported_on=day)
        for age, day in (("16", "2026-06-01"), ("19", "2026-06-02"))
    ]


RECORDS = [
    *(later(number) for number in range(1, 21)),
    # a sequence that nobody else has
    person(21, case_id="unique", reported_on="2027-09-09"),
    # many records, all alike
    *(person(n, case_id=f"more-{n}-{m}") for n in (22, 26, 30) for m in range(66)),
    # another state: only one of two can be a person's
    *(person(number, case_id=f"moved-{number}", state="TX") for number in (23, 27, 31)),
    # four children, where the policy asks for five
    *(row for number in range(1, 5) for row in child(number)),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Forty people, some with several records."""
    path = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("several"))
    with open_world(path, FixedClock(NOON)) as opened:
        opened.apply(SEVERAL)
        opened.load(RECORDS)
        yield opened


@pytest.fixture(scope="module")
def made(home):
    return home.extract("harbor")


@pytest.fixture(scope="module")
def rows(home, made):
    return home.table("harbor", made.id).to_pylist()


def by_person(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["person_id"]].append(row)
    return list(found.values())


def preview(home, text=SEVERAL):
    audience = Audience("harbor", "")
    return preview_policy(home.context, parse_policy(text), audience, 3, lambda _t, _s: None)


def test_people_leave_with_all_their_rows_in_classes_of_k(rows):
    sequences = Counter(
        tuple(sorted(tuple(row[name] for name in SHOWN) for row in of_one))
        for of_one in by_person(rows)
    )
    assert min(sequences.values()) >= 3
    assert Counter(map(len, by_person(rows)))[2] == 23


def test_a_sequence_that_nobody_else_has_does_not_leave(rows):
    assert not any(row["reported_on"].startswith("2027") for row in rows)


def test_no_more_records_leave_than_the_policy_says(rows):
    assert max(map(len, by_person(rows))) == 2


def test_what_must_not_change_does_not(rows):
    assert all(len({row["state"] for row in of_one}) == 1 for of_one in by_person(rows))


def test_whoever_is_a_minor_in_one_record_is_one(rows):
    assert not any(row["reported_on"] == "2026-06" for row in rows)


def test_each_place_and_each_class_has_two_harms_that_nobody_shares(rows):
    classes = defaultdict(list)
    for of_one in by_person(rows):
        key = tuple(sorted(tuple(row[name] for name in SHOWN) for row in of_one))
        classes[key].append(of_one)
    for key, members in classes.items():
        sets = [{row["harm"] for row in of_one} for of_one in members]
        assert not set.intersection(*sets)
        for place in key:
            there = (row for of_one in members for row in of_one if _shown(row) == place)
            assert len({row["harm"] for row in there}) >= 2


def _shown(row):
    return tuple(row[name] for name in SHOWN)


def test_the_manifest_and_the_codebook_say_it(home, made, rows):
    manifest = json.loads(manifest_bytes(home.context, "harbor", made.release_id))
    protection = manifest["protection"]
    assert protection["unit"] == "a person's whole set of rows"
    assert protection["max_records_per_person"] == 2
    assert protection["sequence"] == ["reported_on", "age"]
    assert protection["suppressed_share"] == pytest.approx(1 - len(by_person(rows)) / 44, abs=0.01)
    assert manifest["rows"] == len(rows)
    assert any("several rows" in limit for limit in manifest["limits"])
    codebook = home.codebook("harbor", made.id).decode()
    assert "may change from one row of a person to another" in codebook
    assert "the same in all rows of a person" in codebook


def test_the_audit_finds_the_release_whole(home, made):
    assert made.state == "ready"
    assert check_everything(home.context)["broken"] == []


def twice(ledger):
    """Name the first row again in place of the last."""
    return [*ledger[:-1], ledger[0]]


def one_less(ledger):
    return ledger[:-1]


def split(ledger):
    """Give one row of a person with two to somebody invented."""
    person, _ = Counter(row["person"] for row in ledger).most_common(1)[0]
    place = next(n for n, row in enumerate(ledger) if row["person"] == person)
    return [*ledger[:place], {**ledger[place], "person": bytes(16)}, *ledger[place + 1 :]]


def merged(ledger):
    """Give all rows of a class to one of its people."""
    first = {row["class"]: row["person"] for row in ledger}
    return [{**row, "person": first[row["class"]]} for row in ledger]


def apart(ledger):
    """Make each row a person: no class has them uneven."""
    return [{**row, "person": row["record"]} for row in ledger]


def moved(ledger):
    """Put one row of a person with two into a class of its own."""
    person, _ = Counter(row["person"] for row in ledger).most_common(1)[0]
    place = next(n for n, row in enumerate(ledger) if row["person"] == person)
    return [*ledger[:place], {**ledger[place], "class": 10**6}, *ledger[place + 1 :]]


@pytest.fixture
def kept_ledger(home, made):
    """Return the ledger's rows and a function that writes others; the honest file comes back."""
    with reading(home.context.store) as session:
        release = session.exec(select(Release).where(Release.id == made.release_id)).one()
    context_name = f"release:{release.id}:classes"
    key = home.context.keys.content_key_unwrap(release.sealed_classes_key, context_name)
    file = folder_of(home.context, made.id) / CLASSES
    honest = file.read_bytes()

    def write(ledger):
        with Spill(home.folder / "spill") as spill:
            write_rows(ledger, KeyedRows(spill, bytes(32), len(ledger)))

    def write_rows(ledger, rows):
        people, records = (
            pa.array([row[name] for row in ledger], pa.binary(16)) for name in ("person", "record")
        )
        nobody = np.zeros(len(ledger), bool)
        classes = pa.array([row["class"] for row in ledger], pa.int64())
        file.unlink()
        with LedgerWriter(file, key, rows) as writer:
            writer.add(Part(pa.table({"a": people}), people, records, classes, nobody, people))

    yield read_classes(file, key).to_pylist(), write
    file.write_bytes(honest)


@pytest.mark.parametrize("wrong", [one_less, twice, split, merged, apart, moved])
def test_control_the_audit_finds_a_ledger_of_other_people(home, kept_ledger, wrong):
    ledger, write = kept_ledger
    write(ledger)
    assert check_everything(home.context)["broken"] == []
    assert wrong(ledger) != ledger
    write(wrong(ledger))
    (broken,) = check_everything(home.context)["broken"]
    assert "other people than were released" in broken


def test_a_preview_counts_people_and_rows(home, rows):
    seen = preview(home)
    assert (seen["people"], seen["records"]) == (len(by_person(rows)), len(rows))
    assert seen["people"] + seen["left_out"] == 44
    assert seen["smallest_class"] >= 3
    assert seen["l"] == {"harm": 2}
    # 67 records of three people, of which two each are enough; one of two states of three
    assert seen["records_left_out"] == {"differing-records": 3, "further-records": 3 * 65}


def test_without_tokens_people_are_protected_as_if_their_rows_were_linked(home, rows):
    unlinked = home.extract("lantern", columns=["reported_on", "age", "state"])
    shown = Counter(map(_shown, home.table("lantern", unlinked.id).to_pylist()))
    assert shown == Counter(map(_shown, rows))


def test_too_few_people_are_refused(home):
    with pytest.raises(RefusedError):
        preview(home, SEVERAL.replace("k: 3", "k: 50").replace("k: 5}", "k: 60}"))
    home.partner("beacon")
    where = [{"column": "reported_on", "from": "2020-01-01", "to": "2020-01-31"}]
    assert home.extract("beacon", where=where).state == "refused"


def test_a_file_whose_rows_are_somebody_else_s_does_not_leave(home, monkeypatch):
    """The recount knows whose each row is: a person in place of another breaks k."""
    honest = recounting._OfSequences.note

    def mixed(self, part):
        people = part.people.take([0, *range(len(part.people) - 1)])
        honest(self, replace(part, people=people))

    monkeypatch.setattr(recounting._OfSequences, "note", mixed)
    with pytest.raises(RecountError):
        preview(home)


def opened(tmp_path_factory):
    path = copy_home(template_of(tmp_path_factory), tmp_path_factory.mktemp("again"))
    return open_world(path, FixedClock(NOON))


@pytest.fixture
def twin(tmp_path_factory):
    """The same people in another copy of the home."""
    with opened(tmp_path_factory) as twin:
        twin.apply(SEVERAL)
        twin.load(RECORDS)
        yield twin


@pytest.fixture
def small_buckets(monkeypatch):
    monkeypatch.setattr(selection, "BATCH_ROWS", 7)
    monkeypatch.setattr(selection, "WINDOW_ROWS", 16)
    monkeypatch.setattr(buckets, "BUCKET_ROWS", 4)
    monkeypatch.setattr(root_queue, "WAITING_ROOTS", 5)


def test_an_extract_in_buckets_has_the_bytes_of_one_in_memory(
    home, made, twin, small_buckets, monkeypatch
):
    written, write = Counter(), Spill.write
    monkeypatch.setattr(
        Spill, "write", lambda s, name: written.update([name.rsplit("-", 1)[0]]) or write(s, name)
    )
    again = twin.extract("harbor")
    assert again.state == "ready"
    assert twin.content("harbor", again.id) == home.content("harbor", made.id)
    assert min(written[name] for name in ("rows", "people", "by-person", "by-class")) > 3
    shares = [
        json.loads(manifest_bytes(w.context, "harbor", e.release_id))["protection"]
        for w, e in ((home, made), (twin, again))
    ]
    assert shares[0] == shares[1]


def test_a_preview_in_buckets_counts_the_same(home, small_buckets, monkeypatch):
    seen = preview(home)
    monkeypatch.undo()
    assert preview(home) == seen


def test_a_person_in_two_buckets_is_noticed(home, small_buckets, monkeypatch):
    """Control: rows put away without a look at whose they are."""

    def anywhere(key, rows, bits):
        return (np.arange(rows.num_rows) % (1 << bits)).astype(np.uint16)

    monkeypatch.setattr(recounting, "_first_bits", anywhere)
    with pytest.raises(RecountError, match="'rows'"):
        preview(home)
